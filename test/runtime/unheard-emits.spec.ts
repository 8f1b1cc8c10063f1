import { expect } from 'chai';
import { Message, type NodeContext, type NodeOptions } from '#src/index.js';
import { useFlows } from '../support/flows.js';
import { held, line, node, pass } from '../support/nodes.js';
import { failureOf, settle } from '../support/settling.js';

type Emit = (ctx: NodeContext) => unknown;

describe('emits that are refused', () => {
  const bench = useFlows();

  async function linesOf(emit: Emit, options: NodeOptions = {}): Promise<unknown[]> {
    const flow = await bench.run(
      line(
        node(
          'Splits',
          (payload, ctx: NodeContext) => {
            void emit(ctx);
            return payload;
          },
          options,
        ),
        pass('Next'),
      ),
    );
    await flow.call(1, { traceId: 't', tenant: 'acme' });
    await settle();
    return bench.log.lines
      .filter(({ message }) => message === 'emit_refused')
      .map(({ level, fields, reserved }) => [
        level,
        (fields as { error: { code: string } }).error.code,
        reserved['node_name'],
        reserved['trace_id'],
        reserved['tenant'],
        reserved['attempt'],
      ]);
  }

  const refusals: Readonly<Record<string, readonly [Emit, string]>> = {
    'to a node that is not there': [(ctx) => ctx.emit(1, { to: 'Nxet' }), 'UNKNOWN_TARGET'],
    'with an unknown option': [(ctx) => ctx.emit(1, { too: 'Next' } as never), 'INVALID_OPTION'],
    'a message of another trace': [(ctx) => ctx.emit(new Message(1, { traceId: 'other' })), 'TRACE_MISMATCH'],
    'a chunk to a node that is not there': [(ctx) => ctx.emitChunk('x', { to: 'Nxet' }), 'UNKNOWN_TARGET'],
  };
  for (const [what, [emit, code]] of Object.entries(refusals)) {
    it(`R14b are told of where nobody awaits them: ${what}`, async () => {
      expect(await linesOf(emit)).to.deep.equal([['error', code, 'Splits', 't', 'acme', 0]]);
    });
  }

  it('R14b so are those that come when the attempt has returned', async () => {
    expect(await linesOf((ctx) => settle().then(() => void ctx.emit(2)))).to.deep.equal([
      ['error', 'ATTEMPT_ENDED', 'Splits', 't', 'acme', 0],
    ]);
  });

  it('R14b one that is awaited, caught or handed on is told of by whoever does', async () => {
    const caught: Emit[] = [
      (ctx) => ctx.emit(1, { to: 'Nxet' }).catch(() => {}),
      (ctx) => Promise.allSettled([ctx.emit(1, { to: 'Nxet' })]),
      async (ctx) => {
        const emitted = ctx.emit(1, { to: 'Nxet' });
        await failureOf(emitted);
      },
      (ctx) => settle().then(() => failureOf(ctx.emit(2))),
    ];
    for (const emit of caught) expect(await linesOf(emit)).to.deep.equal([]);
    const flow = await bench.run(line(node('Hands', (_, ctx: NodeContext) => ctx.emit(1, { to: 'Nxet' }))));
    expect(await failureOf(flow.call(1))).to.include({ code: 'UNKNOWN_TARGET' });
    expect(bench.log.lines.filter(({ message }) => message === 'emit_refused')).to.deep.equal([]);
  });

  it('R14b R15 those whose payload an asynchronous rule refuses are told of, too, and lead to the line that emits', async () => {
    const validate = async (value: unknown): Promise<object> =>
      value === 'wrong' ? { issues: [{ message: 'is wrong' }] } : { value };
    const output = { '~standard': { version: 1, vendor: 'test', validate } } as never;
    const emitsWrong: Emit = (ctx) => ctx.emit('wrong');
    expect(await linesOf(emitsWrong, { output })).to.deep.equal([
      ['error', 'VALIDATION_FAILED', 'Splits', 't', 'acme', 0],
    ]);
    const told = bench.log.lines.find(({ message }) => message === 'emit_refused') ?? expect.fail('nothing is told');
    expect(told.fields)
      .to.have.nested.property('error.stack')
      .that.matches(/\n +at emitsWrong .*unheard-emits/);
    // The rule has answered when the attempt is over.
    const [, tooLate] = await linesOf((ctx) => ctx.emit('right'), { output });
    expect(tooLate).to.include('ATTEMPT_ENDED');
  });

  it('R11 R14b nothing is told of one that comes from code which was interrupted', async () => {
    const { node: late, calls } = held('Late', { timeoutS: 1 });
    const flow = await bench.run(line(late));
    await flow.emit(1);
    await bench.clock.advance(1_000);
    void calls[0]?.ctx.emit('late');
    await settle();
    expect(bench.log.lines.filter(({ message }) => message === 'emit_refused')).to.deep.equal([]);
  });
});
