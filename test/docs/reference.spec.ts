import { readFileSync } from 'node:fs';
import { setImmediate as turn } from 'node:timers/promises';

import { expect } from 'chai';
import { circuitBreaker, ConsecutiveBreaker, fallback, handleAll } from 'cockatiel';
import {
  CLOCK,
  createFlow,
  dependency,
  Flow,
  FLOW_ERRORS,
  FLOW_EVENT_TYPES,
  joinK,
  FlowEvent,
  Node,
  start,
  type FlowEventType,
  type FlowNode,
  type NodeContext,
  type PenguiFlow,
} from '#src/index.js';
import { ManualClock } from '#src/testing/index.js';

import { DEFAULT_FLOW_LEVELS } from '#src/logging/flow-logger/flow-logger-options.js';

const ERRORS = 'docs/reference/errors.md';
const EVENTS = 'docs/reference/events.md';

describe('docs/reference', () => {
  describe('errors.md', () => {
    const sections = sectionsOf(ERRORS);

    it('has a section for each code of the catalogue, in its order, and no other', () => {
      expect([...sections.keys()]).to.have.members(Object.keys(FLOW_ERRORS));
    });

    for (const [code, { summary, fix }] of Object.entries(FLOW_ERRORS)) {
      it(`says of ${code} what the catalogue says`, () => {
        expect(sections.get(code)).to.contain(`\n${summary}\n`).and.to.contain(`**How to solve it:** ${fix}`);
      });
    }
  });

  describe('events.md', () => {
    const sections = sectionsOf(EVENTS);

    it('has a section for each event type, in the order of the list, and no other', () => {
      expect([...sections.keys()]).to.deep.equal([...FLOW_EVENT_TYPES]);
    });

    for (const type of FLOW_EVENT_TYPES) {
      it(`R25 names the level of ${type}`, () => {
        expect(sections.get(type)).to.contain(`Level: ${DEFAULT_FLOW_LEVELS[type]}`);
      });
    }

    it('R20 lists the property and the key of every field', () => {
      const table = readFileSync(EVENTS, 'utf8').matchAll(/^\| `(\w+)` +\| `(\w+)` +\|/gm);
      const rows = [...table].map(([, property, key]) => [property, key]);
      const event = anEvent() as unknown as Readonly<Record<string, unknown>> & FlowEvent;
      const payload = event.toPayload();
      expect(rows.map(([, key]) => key)).to.have.members(Object.keys(payload));
      for (const [property, key] of rows) expect(event[property ?? ''], property).to.equal(payload[key ?? '']);
    });

    it('lists the facts of its own that each type has in a run', async () => {
      const seen = await eventsOfARun();
      expect([...seen.keys()], 'every type was seen').to.have.members(
        FLOW_EVENT_TYPES.filter((type) => !UNSEEN.has(type)),
      );
      for (const [type, keys] of seen) expect(factsOf(sections.get(type)), type).to.have.members([...keys]);
    });
  });
});

/** Not seen in a run: a message that waits for room, and what a carrier tells of. */
const UNSEEN: ReadonlySet<FlowEventType> = new Set([
  'trace_cancel_drop',
  'part_start',
  'part_end',
  'message_published',
  'message_redelivered',
  'message_dropped',
  'dead_letter',
  'lease_lost',
  'carrier_state',
  'clock_skew',
]);

/** The third-level sections of a page by title. */
function sectionsOf(path: string): ReadonlyMap<string, string> {
  const [, ...parts] = readFileSync(path, 'utf8').split(/^### /m);
  return new Map(parts.map((part) => [part.split('\n', 1)[0] ?? '', part]));
}

function factsOf(section: string | undefined): readonly string[] {
  return [...(section ?? '').matchAll(/^- `(\w+)`:/gm)].map(([, name]) => name ?? '');
}

function anEvent(): FlowEvent {
  return new FlowEvent({
    eventType: 'node_success',
    ts: 1.5,
    flowName: 'Orders',
    nodeName: 'Price',
    nodeId: 'Orders.Price',
    traceId: 'a',
    runId: 1,
    tenant: 'acme',
    attempt: 1,
    latencyMs: 2,
    queueDepthIn: 3,
    queueDepthOut: 4,
    outgoingEdges: 5,
    queueMaxsize: 6,
    tracePending: 8,
    traceInflight: 9,
    traceCancelled: true,
  });
}

function holdEventLoop(ms: number): void {
  const end = performance.now() + ms;
  while (performance.now() < end);
}

@Node({ timeoutS: 0.02, maxRetries: 1, backoffBaseS: 0, name: 'Work' })
class Work implements FlowNode<string, string> {
  async process(kind: string, ctx: NodeContext): Promise<string> {
    if (kind === 'broken') throw new Error(kind);
    if (kind === 'slow') await ctx.sleep(10);
    if (kind === 'busy') holdEventLoop(5);
    return kind;
  }
}

@Node()
class Hold implements FlowNode<string, string> {
  async process(kind: string, ctx: NodeContext): Promise<string> {
    if (kind === 'held') await ctx.sleep(10);
    return kind;
  }
}

@Flow({ blockedMs: 1 })
class Everything {
  readonly graph = start(Work).to(Hold);
}

@Flow({ queueMaxsize: 1, stuckAfterS: 5 })
class Full {
  readonly graph = start(Hold);
}

@Node({ timeoutS: 1, maxLate: 0 })
class Deaf implements FlowNode<string, void> {
  process(): Promise<void> {
    return new Promise(() => {});
  }
}

@Flow()
class HeldBack {
  readonly graph = start(Deaf);
}

@Node({ name: 'Left' })
class Left implements FlowNode<string, string> {
  process(kind: string): string {
    if (kind === 'broken') throw new Error(kind);
    return kind;
  }
}

@Flow()
class Halved {
  readonly graph = start(Left).to(joinK<string>('Pair', 2));
}

@Node({ name: 'Caller' })
class Caller implements FlowNode<string, string> {
  process(kind: string, ctx: NodeContext): Promise<string> {
    return ctx.call(LeftAlone, kind);
  }
}

@Flow()
class LeftAlone {
  readonly graph = start(Left);
}

@Flow()
class Calling {
  readonly graph = start(Caller);
}

const breaker = circuitBreaker(handleAll, { halfOpenAfter: 10_000, breaker: new ConsecutiveBreaker(1) });
const BANK = dependency('bank', { policy: breaker });
const SAFE = dependency('safe', { policy: fallback(handleAll, 'later') });

@Node({ name: 'Charge' })
class Charge implements FlowNode<string, string> {
  process(kind: string, ctx: NodeContext): Promise<string> {
    return ctx.through(kind === 'replaced' ? SAFE : BANK, () => {
      if (kind !== 'fine') throw new Error(kind);
      return kind;
    });
  }
}

@Flow()
class Dependent {
  readonly graph = start(Charge);
}

const NEVER_VALID = {
  '~standard': {
    version: 1,
    vendor: 'test',
    validate: () => ({ issues: [{ message: 'no', path: ['sku'] }] }),
  },
} as const;

@Node({ input: NEVER_VALID, name: 'Strict' })
class Strict implements FlowNode<unknown, void> {
  process(): void {}
}

@Flow()
class Refusing {
  readonly graph = start(Strict);
}

type Facts = Map<FlowEventType, Set<string>>;

function watch(flow: PenguiFlow, seen: Facts): void {
  flow.on('*', ({ eventType, extra }) => {
    seen.set(eventType, new Set([...(seen.get(eventType) ?? []), ...Object.keys(extra)]));
  });
}

/** The facts of its own that each type had, over runs in which all happens. */
async function eventsOfARun(): Promise<Facts> {
  const seen: Facts = new Map();
  const flow = createFlow(Everything);
  watch(flow, seen);
  await flow.run();
  await Promise.allSettled([flow.call('broken'), flow.call('slow'), flow.call('busy'), flow.call('fine')]);
  await flow.emit('held', { traceId: 'cancelled' });
  await atNode(flow, 'Hold');
  await flow.call('fine', { timeoutS: 0.01 }).catch(() => {});
  flow.cancel('cancelled');
  await flow.emit('held');
  await atNode(flow, 'Hold');
  holdEventLoop(100);
  while (seen.get('loop_blocked')?.has('suspects') !== true) await turn();
  await flow.stop();
  await waitInVain(seen);
  await runLate(seen);
  await runHalved(seen);
  await runUntaken(seen);
  await runDependent(seen);
  await runInvalid(seen);
  return seen;
}

/** What comes of waiting for long. */
async function waitInVain(seen: Facts): Promise<void> {
  const clock = new ManualClock();
  const flow = createFlow(Full, { providers: [{ token: CLOCK, useValue: clock }] });
  watch(flow, seen);
  await flow.run();
  await flow.emit('held');
  await clock.advance(10_000);
  for (let n = 0; n < 4; n++) flow.emit('fine').catch(() => {});
  await clock.advance(15_000);
  await flow.stop();
}

/** What comes of interrupted code that does not return. */
async function runLate(seen: Facts): Promise<void> {
  const clock = new ManualClock();
  const flow = createFlow(HeldBack, { providers: [{ token: CLOCK, useValue: clock }] });
  watch(flow, seen);
  await flow.run();
  await flow.emit('late');
  await clock.advance(3_000);
  const stopped = flow.stop({ graceS: 0 });
  await clock.advance(0);
  await stopped;
}

/** What comes of a join that lacks a part. */
async function runHalved(seen: Facts): Promise<void> {
  const flow = createFlow(Halved);
  watch(flow, seen);
  await flow.run();
  await flow.call('half').catch(() => {});
  await flow.stop();
}

/** What comes of a result that is fetched late, and of a playbook, also of one that fails. */
async function runUntaken(seen: Facts): Promise<void> {
  const flow = createFlow(Calling);
  watch(flow, seen);
  await flow.run();
  await flow.emit('fine');
  while (flow.snapshot().results === 0) await turn();
  await flow.fetch();
  await flow.call('broken').catch(() => {});
  await flow.stop();
}

/** What comes of calls of dependencies. */
async function runDependent(seen: Facts): Promise<void> {
  const flow = createFlow(Dependent);
  watch(flow, seen);
  await flow.run();
  for (const kind of ['fine', 'replaced', 'broken', 'broken']) await flow.call(kind).catch(() => {});
  breaker.isolate();
  await flow.stop();
}

/** What comes of invalid input. */
async function runInvalid(seen: Facts): Promise<void> {
  const flow = createFlow(Refusing);
  watch(flow, seen);
  await flow.run();
  await flow.call({}).catch(() => {});
  await flow.stop();
}

async function atNode(flow: ReturnType<typeof createFlow<typeof Everything>>, name: string): Promise<void> {
  while (flow.snapshot().nodes.find((node) => node.name === name)?.inFlight !== 1) {
    await new Promise((resolve) => {
      setImmediate(resolve);
    });
  }
}
