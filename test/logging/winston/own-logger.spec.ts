import { expect } from 'chai';
import { runProgram } from '../support/child-program.js';
import { describeOwnLogger } from '../support/own-logger-contract.js';
import { WAYS } from '../support/own-logger-ways.js';

describe("a user's own winston logger", () => {
  for (const way of WAYS) describe(way.name, () => describeOwnLogger(way));

  // By itself winston ends the process here: nobody listens to the errors of a logger that was ended, or of a transport.
  const ends: Record<string, string> = {
    'that was ended': 'logger.end()',
    'that was destroyed': 'logger.destroy(new Error("gone"))',
    'whose transport emits an error': 'logger.transports[0].emit("error", new Error("gone"))',
  };
  for (const [what, end] of Object.entries(ends)) {
    it(`R23c a logger ${what} ends neither the process nor the flow, although nodes write to it`, async () => {
      const { code, stdout, stderr } = await runProgram(
        `const winston = (await import('winston')).default;
         const { createFlow, Flow, FlowLogger, LOGGER, Node, start } = await import('${new URL('../../../src/index.js', import.meta.url).href}');
         const logger = winston.createLogger({ transports: [new winston.transports.Stream({ stream: process.stderr })] });
         class Work { process(n) { logger.info('direct ' + n); return n; } }
         Node()(Work);
         class Works { graph = start(Work); }
         Flow({ middlewares: [FlowLogger] })(Works);
         const flow = createFlow(Works, { providers: [{ token: LOGGER, useValue: logger }] });
         await flow.run();
         await flow.call(1);
         ${end};
         await new Promise((resolve) => { setImmediate(resolve); });
         for (let n = 2; n < 50; n++) await flow.call(n);
         await flow.stop();
         console.log('done', loggingStats().dropped > 0);`,
      );
      expect({ code, stdout }).to.deep.equal({ code: 0, stdout: 'done true\n' });
      expect(stderr)
        .to.contain('direct 1')
        .and.match(/penguiflow: the winston logger of LOGGER (was closed|failed: Error: gone)/);
    });
  }
});
