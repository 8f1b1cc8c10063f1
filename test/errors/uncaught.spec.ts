import { spawnSync } from 'node:child_process';
import { expect } from 'chai';

const DECLARE = `
  import 'reflect-metadata';
  import { createFlow, Flow, FlowError, Node, start } from '#src/index.js';
  class Price { process() { throw new TypeError('no such order'); } }
  Node()(Price);
  class Orders { graph = start(Price); }
  Flow()(Orders);
  const flow = createFlow(Orders);
  await flow.run();
`;

/** What a program prints that ends with an error which nobody handles. */
function printedBy(line: string): string {
  const program = `${DECLARE}\n${line}\n`;
  const ran = spawnSync(process.execPath, ['--input-type=module', '-e', program], { encoding: 'utf8' });
  expect(ran.status).to.equal(1);
  return ran.stderr;
}

describe('an error that nobody handles', () => {
  for (const [what, line, first] of [
    ['is thrown', "throw new FlowError('NODE_EXCEPTION', { message: 'mine' });", 'FlowError [NODE_EXCEPTION]: mine'],
    [
      'is thrown later',
      "setTimeout(() => { throw new FlowError('NODE_EXCEPTION', { message: 'mine' }); });",
      'FlowError [NODE_EXCEPTION]: mine',
    ],
    [
      'is rejected with',
      "Promise.reject(new FlowError('NODE_EXCEPTION', { message: 'mine' }));",
      'FlowError [NODE_EXCEPTION]: mine',
    ],
    [
      'is the failure of a call that is awaited',
      'await flow.call(1);',
      "FlowError [NODE_EXCEPTION]: Node 'Price' raised TypeError: no such order",
    ],
    [
      'calls what is refused',
      "await flow.emit(1, { to: 'Nobody' });",
      'FlowError [UNKNOWN_TARGET]: "Nobody" is not an ingress of flow "Orders"; its ingress is: Price',
    ],
    [
      'calls with a wrong option',
      'await flow.fetch({ timeoutS: -1 });',
      'FlowError [INVALID_OPTION]: Expected `timeoutS` of fetch() of flow "Orders" to be >= 0, got -1',
    ],
  ] as const) {
    it(`R14b prints the line of the source where it ${what}, with its code below`, () => {
      const printed = printedBy(line).split('\n');
      const at = printed.indexOf(line);
      expect(at, printed.join('\n')).to.be.greaterThan(0);
      expect(printed[at + 1]).to.match(/^ *\^$/);
      expect(printed[at + 3]).to.equal(first);
    });
  }

  it('R14b can be frozen before it reaches its caller', () => {
    const line = "flow.on('node_failed', ({ error }) => { Object.freeze(error); }); await flow.call(1);";
    expect(printedBy(line)).to.contain("FlowError [NODE_EXCEPTION]: Node 'Price' raised TypeError: no such order");
  });
});
