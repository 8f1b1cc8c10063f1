import { readFileSync } from 'node:fs';

import { expect } from 'chai';
import {
  configureLogging,
  createFlow,
  dependency,
  Flow,
  FlowError,
  FlowLogger,
  Node,
  start,
  stopOnSignals,
  type FlowNode,
} from '#src/index.js';
import { Distributed, memoryCarrier, queue, sqliteCarrier } from '#src/distributed/index.js';
import { FlowHistory, memoryStore, postgresStore, sqliteStore } from '#src/store/index.js';

const OPTIONS = 'docs/reference/options.md';
const HANDLE = 'docs/reference/handle.md';

@Node()
class Echo implements FlowNode<string, string> {
  process(text: string): string {
    return text;
  }
}

@Flow()
class Echoes {
  readonly graph = start(Echo);
}

/** An option that nobody knows: the hint of the error names those that are known. */
const UNKNOWN = { nobodyKnowsThis: 1 } as never;

/** What takes the options of each section. */
const TAKERS: Readonly<Record<string, () => unknown>> = {
  '`@Node`': () => Node(UNKNOWN)(Echo),
  '`dependency`': () => dependency('bank', UNKNOWN),
  '`@Flow`': () => Flow(UNKNOWN)(Echoes),
  '`createFlow`': () => createFlow(Echoes, UNKNOWN),
  '`run`': () => createFlow(Echoes).run(UNKNOWN),
  '`emit`, `tryEmit`, `call`, `stream`': () => running((flow) => flow.emit('x', UNKNOWN)),
  '`fetch`, `fetchMessage`': () => running((flow) => flow.fetch(UNKNOWN)),
  '`cancel`': () => running((flow) => flow.cancel('x', UNKNOWN)),
  '`stop`': () => running((flow) => flow.stop(UNKNOWN)),
  '`stopOnSignals`': () => stopOnSignals([], UNKNOWN),
  '`configureLogging`': () => configureLogging(UNKNOWN),
  '`FlowLogger`': () => new FlowLogger(undefined, UNKNOWN),
  '`FlowHistory`': () => new FlowHistory(memoryStore(), UNKNOWN),
  '`memoryStore`': () => memoryStore(UNKNOWN),
  '`sqliteStore`': () => sqliteStore(UNKNOWN),
  '`postgresStore`': () => postgresStore(UNKNOWN),
  '`@Distributed`': () => Distributed(UNKNOWN)(Echoes),
  '`queue`': () => queue(Echo, UNKNOWN),
  '`memoryCarrier`': () => memoryCarrier(UNKNOWN),
  '`sqliteCarrier`': () => sqliteCarrier(UNKNOWN),
};

async function running(use: (flow: ReturnType<typeof createFlow<typeof Echoes>>) => unknown): Promise<void> {
  await using flow = createFlow(Echoes);
  using _listener = flow.on('*', () => {});
  await flow.run();
  await use(flow);
}

async function namesKnownTo(take: () => unknown): Promise<readonly string[]> {
  try {
    await take();
  } catch (error) {
    if (!FlowError.is(error, 'INVALID_OPTION')) throw error;
    return /: (.+)\.$/.exec(error.hint)?.[1]?.split(', ') ?? [];
  }
  throw new Error('an option that nobody knows was taken');
}

/** The names in the first column of the tables of a page, by second-level section. */
function tablesOf(page: string): ReadonlyMap<string, readonly string[]> {
  const [, ...sections] = readFileSync(page, 'utf8').split(/^## /m);
  return new Map(sections.map((section) => [section.split('\n', 1)[0] ?? '', firstColumnOf(section)]));
}

function firstColumnOf(text: string): readonly string[] {
  const cells = [...text.matchAll(/^\| (`[^|]+?) +\|/gm)].map(([, cell]) => cell ?? '');
  return cells.flatMap((cell) => [...cell.matchAll(/`([^`]+)`/g)].map(([, name]) => name ?? ''));
}

describe('docs/reference', () => {
  describe('options.md', () => {
    const tables = tablesOf(OPTIONS);

    for (const [title, take] of Object.entries(TAKERS)) {
      it(`lists the options of ${title}, and no other`, async () => {
        const names = await namesKnownTo(take);
        expect(names.length).to.be.greaterThan(0);
        expect(tables.get(title)).to.have.members(names);
      });
    }
  });

  describe('handle.md', () => {
    it('lists the members of the handle, and no other', () => {
      const [members = ''] = readFileSync(HANDLE, 'utf8').split(/^## /m);
      const listed = firstColumnOf(members).map((name) => name.replace(/\(.*\)$/, ''));
      const prototype = Object.getPrototypeOf(createFlow(Echoes)) as object;
      const real = Reflect.ownKeys(prototype)
        .filter((key) => key !== 'constructor')
        .map((key) => (key === Symbol.asyncDispose ? '[Symbol.asyncDispose]' : String(key)));
      expect(listed).to.have.members(real);
    });
  });
});
