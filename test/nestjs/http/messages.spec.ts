import { Catch, type ArgumentsHost, type ExceptionFilter } from '@nestjs/common';
import { expect } from 'chai';
import { FlowErrorFilter, type FlowErrorMessage } from '#src/nestjs/index.js';
import { LineCatcher } from '../../support/line-catcher.js';
import { Desk } from '../support/orders-app.js';
import { startHybrid, type Hybrid, type Seen } from '../support/messages-app.js';
import { post } from '../support/run-app.js';

const silent = { logging: { level: 'silent' } } as const;

async function rejected(promise: Promise<unknown>): Promise<FlowErrorMessage> {
  try {
    await promise;
  } catch (error) {
    return error as FlowErrorMessage;
  }
  return expect.fail('it did not reject') as never;
}

for (const kind of ['rpc', 'ws'] as const) {
  describe(`penguiflow/nestjs: messages (${kind})`, () => {
    let hybrid: Hybrid | undefined;
    const unhandled: unknown[] = [];
    const note = (reason: unknown): void => void unhandled.push(reason);

    before(() => void process.on('unhandledRejection', note));
    after(() => void process.off('unhandledRejection', note));
    afterEach(async () => {
      await hybrid?.close();
      hybrid = undefined;
      expect(unhandled.splice(0)).to.deep.equal([]);
    });

    it('@CallFlow answers with the result of the flow', async () => {
      hybrid = await startHybrid(silent);
      expect(await hybrid.send[kind]('call', { sku: 'abc' })).to.deep.equal({ sku: 'abc', cents: 300 });
    });

    for (const pattern of ['call', 'by-hand']) {
      it(`R14d a failing flow is answered with code, safe text and trace id, and nothing of what was thrown (${pattern})`, async () => {
        hybrid = await startHybrid(silent);
        for (const sku of ['broken', 'unknown']) {
          const { traceId, ...answer } = await rejected(hybrid.send[kind](pattern, { sku }));
          expect(answer).to.deep.equal({
            status: 'error',
            statusCode: 502,
            code: 'NODE_EXCEPTION',
            message: 'A step of the work failed.',
          });
          expect(traceId).to.match(/^[\da-f]{32}$/);
        }
        // And the connection goes on.
        expect(await hybrid.send[kind]('call', { sku: 'a' })).to.include({ cents: 100 });
      });

      it(`a tenant that is none is a 400 with the trace id (${pattern})`, async () => {
        hybrid = await startHybrid(silent);
        for (const tenant of ['', 'x'.repeat(129), 'line\nbreak']) {
          const { traceId, ...answer } = await rejected(hybrid.send[kind](pattern, { sku: 'a', tenant }));
          expect(answer).to.deep.equal({
            status: 'error',
            statusCode: 400,
            code: 'INVALID_OPTION',
            message: 'The request is not valid.',
          });
          expect(traceId).to.match(/^[\da-f]{32}$/);
        }
      });
    }

    it('@FlowRequest gives a trace id, a signal and the time of the module', async () => {
      hybrid = await startHybrid({ ...silent, timeoutS: 7 });
      const first = (await hybrid.send[kind]('by-hand', { sku: 'a' })) as Seen;
      const second = (await hybrid.send[kind]('by-hand', { sku: 'a' })) as Seen;
      expect(first).to.include({ timeoutS: 7, hasSignal: true });
      expect(first.traceId)
        .to.match(/^[\da-f]{32}$/)
        .and.not.equal(second.traceId);
    });

    it('`timeoutS` of @CallFlow is the deadline', async () => {
      hybrid = await startHybrid(silent);
      expect(await rejected(hybrid.send[kind]('strict', { sku: 'a', wait: true }))).to.include({
        code: 'DEADLINE_EXCEEDED',
        statusCode: 504,
      });
    });

    it('@StreamFlow says that it is for HTTP, in the log and with an answer', async () => {
      const caught = new LineCatcher();
      hybrid = await startHybrid({ logging: { structured: true, destination: caught } });
      expect(await rejected(hybrid.send[kind]('stream', { sku: 'a' }))).to.include({ code: 'INVALID_OPTION' });
      await hybrid.close();
      hybrid = undefined;
      const line = caught.json.find(({ level }) => level === 'error');
      expect(JSON.stringify(line)).to.match(/Orders\w+\.stream has @StreamFlow, which answers HTTP requests alone/);
    });

    it('R16 a client that hangs up cancels its runs', async () => {
      hybrid = await startHybrid(silent);
      hybrid.send[kind]('call', { sku: 'a', wait: true }).catch(() => {});
      const desk = hybrid.app.get(Desk, { strict: false });
      const ctx = await desk.arrived.promise;
      hybrid.hangUp[kind]();
      await desk.left.promise;
      expect(ctx.signal.aborted).to.equal(true);
    });

    it('lines of the handler and of the flow carry one trace id', async () => {
      const caught = new LineCatcher();
      hybrid = await startHybrid({ logging: { structured: true, destination: caught } });
      await hybrid.send[kind]('call', { sku: 'abc' });
      await hybrid.close();
      const ids = ['called', 'pricing'].map(
        (message) => caught.json.find((line) => line['message'] === message)?.['trace_id'],
      );
      expect(ids[0]).to.match(/^[\da-f]{32}$/);
      expect(ids[1]).to.equal(ids[0]);
      hybrid = undefined;
    });
  });
}

describe('FlowErrorFilter in a hybrid application', () => {
  let hybrid: Hybrid | undefined;
  afterEach(() => hybrid?.close());

  it('answers HTTP, microservices and gateways alike, and outlives a failing event', async () => {
    hybrid = await startHybrid(silent);
    const { send, emit, url } = hybrid;
    await emit('event', { sku: 'broken' });
    const response = await post(`${url}/orders/by-hand`, { sku: 'broken' });
    expect(response.status).to.equal(502);
    for (const kind of ['rpc', 'ws'] as const) {
      expect(await rejected(send[kind]('by-hand', { sku: 'broken' }))).to.include({ code: 'NODE_EXCEPTION' });
    }
  });

  it('of catch-all filters and this one, the one that was registered last is asked first', async () => {
    const seen: string[] = [];
    @Catch()
    class Everything implements ExceptionFilter {
      catch(_error: unknown, host: ArgumentsHost): void {
        seen.push(host.getType());
        host.switchToHttp().getResponse<{ status(code: number): { send(body: unknown): void } }>().status(418).send({});
      }
    }
    const statuses: number[] = [];
    for (const filters of [
      [new Everything(), new FlowErrorFilter()],
      [new FlowErrorFilter(), new Everything()],
    ]) {
      hybrid = await startHybrid(silent, (app) => void app.useGlobalFilters(...filters));
      statuses.push((await post(`${hybrid.url}/orders/by-hand`, { sku: 'broken' })).status);
      await hybrid.close();
      hybrid = undefined;
    }
    expect(statuses).to.deep.equal([502, 418]);
    expect(seen).to.deep.equal(['http']);
  });
});
