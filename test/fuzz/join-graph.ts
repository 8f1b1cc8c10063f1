import fc from 'fast-check';
import { collect, joinFrom, joinK, Node, type JoinOptions, type NodeClass, type NodeContext } from '#src/index.js';
import type { UncheckedRow } from '#src/graph/unchecked-graph.js';
import { reachableFrom } from '#src/graph/graph-order.js';
import { nearestOfAll } from '../graph/support/dominates.js';
import { node } from '../support/nodes.js';

type JoinKind = 'join' | 'extended join' | 'keyed join';

/** One node of a random graph with joins; those before it are the ones that may lead to it. */
export interface JoinNodePlan {
  /** Numbers that are taken modulo how many stand before. */
  readonly before: readonly number[];
  /** A join where several lead to it; else a node that sends so. */
  readonly does: JoinKind | 'collect' | 'list' | 'return' | 'message' | 'emit' | 'route' | 'yield';
  readonly times: number;
  readonly back: number | undefined;
  readonly drops: number;
  readonly fails: number;
  readonly concurrency: number;
  readonly ordered: boolean;
  readonly salt: number;
  /** Of a join that does not wait for ever. */
  readonly limits?: JoinOptions;
}

export const joinNodePlan: fc.Arbitrary<JoinNodePlan> = fc.record({
  before: fc.array(fc.nat(9), { minLength: 1, maxLength: 4 }),
  does: fc.constantFrom(
    'join',
    'join',
    'join',
    'join',
    'join',
    'extended join',
    'return',
    'message',
    'emit',
    'route',
    'yield',
  ),
  times: fc.integer({ min: 1, max: 3 }),
  back: fc.option(fc.nat(9), { nil: undefined, freq: 4 }),
  drops: fc.constantFrom(0, 0, 2, 4),
  fails: fc.constantFrom(0, 0, 3, 6),
  concurrency: fc.integer({ min: 1, max: 3 }),
  ordered: fc.boolean(),
  salt: fc.nat(999),
});

/** The same with what makes lists in other ways. */
export const listingNodePlan: fc.Arbitrary<JoinNodePlan> = fc
  .tuple(
    joinNodePlan,
    fc.constantFrom(...(['keyed join', 'collect', 'collect', 'list', undefined, undefined, undefined] as const)),
  )
  .map(([plan, does]) => (does === undefined ? plan : { ...plan, does }));

/** What goes round: it knows what it came from at every node that it passed last. */
export interface Token {
  readonly uid: number;
  readonly run: string;
  readonly from: string;
  readonly hops: number;
  /** By node, which emission of it this descends from. */
  readonly origins: ReadonlyMap<string, string>;
}

/** More tokens than this are dropped, so that a graph that multiplies comes to an end. */
const MOST_TOKENS = 1_500;
const MOST_HOPS = 2;

/** A random graph, and what its joins should have given by what the tokens know. */
export class JoinGraph {
  readonly rows: readonly UncheckedRow[];
  readonly roots: readonly NodeClass[];
  readonly joins: readonly string[];
  /** By join, what has come out of it. */
  readonly lists = new Map<string, unknown[][]>();
  readonly #plans: readonly JoinNodePlan[];
  readonly #rootCount: number;
  readonly #joinOf = new WeakMap<object, string>();
  readonly #ids = new WeakMap<object, string>();
  #uids = 0;
  #fresh = 0;

  constructor(plans: readonly JoinNodePlan[], rootCount: number) {
    this.#plans = plans;
    this.#rootCount = Math.min(rootCount, plans.length);
    const classes = plans.map((_, index) => (this.#lists(index) ? this.#listing(index) : this.#plain(index)));
    const probes = plans.map((_, index) => (this.#lists(index) ? [this.#probe(index)] : []));
    this.roots = classes.slice(0, this.#rootCount);
    this.joins = plans.flatMap((_, index) => (this.#lists(index) ? [nameOf(index)] : []));
    this.rows = plans.map((_, index) => {
      const next = [...new Set([...this.#after(index), ...this.#backOf(index)])].map((to) => classes[to] as NodeClass);
      return [classes[index] as NodeClass, [...next, ...(probes[index] as NodeClass[])]] as const;
    });
  }

  /** A message from outside. */
  token(origin: string): Token {
    const run = origin.startsWith('joined') ? 'joined' : origin;
    return { uid: this.#uids++, run, from: 'OpenSea', hops: 0, origins: new Map([['OpenSea', origin]]) };
  }

  /** What a join should have made of what came in: in the order of arrival, for each origin and source. */
  expected(join: string, arrived: readonly unknown[]): string[] {
    // It sends itself the first of them once more.
    if (this.collects(join)) return [...new Set(arrived)].map((part) => this.show(part));
    const { originOf, placeOf, places } = this.rulesOf(join);
    const open = new Map<string, unknown[][]>();
    const lists: string[] = [];
    for (const part of arrived) {
      const origin = originOf(part);
      const lines = open.get(origin) ?? Array.from({ length: places }, (): unknown[] => []);
      open.set(origin, lines);
      lines[placeOf(part)]?.push(part);
      if (lines.every(({ length }) => length > 0)) lists.push(this.show(lines.map((line) => line.shift())));
    }
    return lists;
  }

  /** How a join tells its parts apart. */
  rulesOf(join: string): {
    readonly places: number;
    readonly options: JoinOptions | undefined;
    readonly originOf: (part: unknown) => string;
    readonly placeOf: (part: unknown) => number;
  } {
    const index = Number(join.slice(1));
    const sources = this.#before(index).map(nameOf);
    const { does, limits: options } = this.#planOf(join);
    if (does === 'list') {
      const arrived = new Map<string, number>();
      const placeOf = (part: unknown): number => {
        const count = arrived.get(this.runOf(part)) ?? 0;
        arrived.set(this.runOf(part), count + 1);
        return count % 2;
      };
      return { places: 2, options, originOf: (part) => this.runOf(part), placeOf };
    }
    const keyOf = does === 'keyed join' ? this.#keyOf : this.#originAt(sources);
    return {
      places: sources.length,
      options,
      originOf: (part) => `${this.runOf(part)} ${keyOf(part)}`,
      placeOf: (part) => sources.indexOf(this.#fromOf(part)),
    };
  }

  /** Which emission of the fork of these a part descends from, if not all of them are collected behind it. */
  #originAt(sources: readonly string[]): (part: unknown) => string {
    const arcs = this.#arcs();
    const fork = nearestOfAll(sources, 'OpenSea', arcs);
    const reached = reachableFrom(
      [fork],
      arcs.filter(({ to }) => !this.collects(to)),
    );
    const apart = sources.some((source) => reached.has(source));
    return (part) => (apart ? (this.#originsOf(part).get(fork) ?? 'none') : 'the run');
  }

  /** Whether it gathers all of a run. */
  collects(name: string): boolean {
    return this.#planOf(name).does === 'collect' && this.#lists(Number(name.slice(1)));
  }

  readonly #keyOf = (part: unknown): string => String(this.#firstOf(part).uid % 2);

  #planOf(name: string): JoinNodePlan {
    return this.#plans[Number(name.slice(1))] as JoinNodePlan;
  }

  #firstOf(part: unknown): Token {
    return ([part] as unknown[]).flat(9).find((each) => each !== undefined) as Token;
  }

  /** The run of a part. */
  runOf(part: unknown): string {
    return this.#firstOf(part).run;
  }

  /** A list by the tokens that it is made of. */
  show(part: unknown): string {
    if (part === undefined) return '-';
    return Array.isArray(part) ? `[${part.map((each) => this.show(each)).join(' ')}]` : String((part as Token).uid);
  }

  draw(): string {
    return this.#plans
      .map(({ does }, index) => {
        const kind = this.#isJoin(index) ? does : does.replace(/.*join/, 'return');
        return `${nameOf(index)} (${kind}) -> ${[...this.#after(index), ...this.#backOf(index)].map(nameOf).join(', ')}`;
      })
      .join('\n');
  }

  #before(index: number): readonly number[] {
    if (index < this.#rootCount) return [];
    return [...new Set((this.#plans[index] as JoinNodePlan).before.map((each) => each % index))];
  }

  #after(index: number): readonly number[] {
    return this.#plans.flatMap((_, other) => (this.#before(other).includes(index) ? [other] : []));
  }

  #isJoin(index: number): boolean {
    return (this.#plans[index] as JoinNodePlan).does.endsWith('join') && this.#before(index).length > 1;
  }

  /** Whether it makes lists. */
  #lists(index: number): boolean {
    const { does } = this.#plans[index] as JoinNodePlan;
    return this.#isJoin(index) || ((does === 'collect' || does === 'list') && this.#before(index).length > 0);
  }

  /** An edge back leads from a node that decides when to go back, to one that takes whatever comes. */
  #backOf(index: number): readonly number[] {
    const { back } = this.#plans[index] as JoinNodePlan;
    if (back === undefined || this.#lists(index)) return [];
    const to = back % (index + 1);
    return this.#isJoin(to) ? [] : [to];
  }

  #arcs(): readonly { readonly from: string; readonly to: string }[] {
    const entries = this.roots.map((_, index) => ({ from: 'OpenSea', to: nameOf(index) }));
    const edges = this.#plans.flatMap((_, from) =>
      [...this.#after(from), ...this.#backOf(from)].map((to) => ({ from: nameOf(from), to: nameOf(to) })),
    );
    return [...entries, ...edges];
  }

  #listing(index: number): NodeClass {
    const name = nameOf(index);
    const { does } = this.#planOf(name);
    if (does === 'collect') return collect(name) as NodeClass;
    return does === 'list' ? (joinK(name, 2) as NodeClass) : this.#join(index);
  }

  #join(index: number): NodeClass {
    const sources = this.#before(index).map(nameOf) as [string, ...string[]];
    const { does, limits } = this.#plans[index] as JoinNodePlan;
    const by = does === 'keyed join' ? { by: this.#keyOf } : undefined;
    const join = joinFrom(nameOf(index), sources, { ...limits, ...by }) as NodeClass;
    if (does !== 'extended join') return join;
    @Node({ name: nameOf(index) })
    class Extended extends (join as new () => { readonly process: () => undefined }) {}
    return Extended;
  }

  #probe(index: number): NodeClass {
    return node(`${nameOf(index)}Probe`, (list) => {
      this.#joinOf.set(list as object, nameOf(index));
      const lists = this.lists.get(nameOf(index)) ?? [];
      this.lists.set(nameOf(index), lists);
      lists.push(list as unknown[]);
    });
  }

  /** What a part descends from; a list from what all its parts do, and from the join that made it. */
  #originsOf(part: unknown, join?: string): ReadonlyMap<string, string> {
    if (!Array.isArray(part)) return (part as Token).origins;
    const parts = part.filter((each) => each !== undefined);
    const [first, ...others] = parts.map((each) => this.#originsOf(each)) as [ReadonlyMap<string, string>];
    const common = [...first].filter(([name, origin]) =>
      others.every((each) => (each as typeof first).get(name) === origin),
    );
    let id = this.#ids.get(part);
    if (id === undefined) this.#ids.set(part, (id = `list ${this.#fresh++}`));
    return new Map([...common, [join ?? this.#fromOf(part), id]]);
  }

  #fromOf(part: unknown): string {
    return Array.isArray(part) ? (this.#joinOf.get(part) as string) : (part as Token).from;
  }

  /** A node that sends what it gets as its plan says. */
  #plain(index: number): NodeClass {
    const plan = this.#plans[index] as JoinNodePlan;
    const name = nameOf(index);
    const forward = (): readonly string[] => this.#after(index).map(nameOf);
    const counts = new Map<string, number>();
    const child = (input: Token, origin: string, hops = input.hops): Token => ({
      uid: this.#uids++,
      run: input.run,
      from: name,
      hops,
      origins: new Map([...input.origins, [name, origin]]),
    });
    // By the rule: one of its own on several edges, else the number among those on this edge.
    const originOn = (edges: readonly string[], { delivery }: NodeContext): string => {
      if (edges.length > 1) return `own ${this.#fresh++}`;
      const edge = `${delivery} ${edges[0]}`;
      const count = counts.get(edge) ?? 0;
      counts.set(edge, count + 1);
      return `${name} ${delivery} ${count}`;
    };
    const emit = (input: Token, edges: readonly string[], ctx: NodeContext): Promise<void> =>
      edges.length === 0 ? Promise.resolve() : ctx.emit(child(input, originOn(edges, ctx)), { to: edges });
    const chance = (input: Token, of: number): number => (input.uid * 31 + plan.salt * 17 + index * 7) % of;
    const goBack = async (input: Token, ctx: NodeContext): Promise<void> => {
      for (const to of this.#backOf(index).map(nameOf)) {
        if (input.hops >= MOST_HOPS || chance(input, 3) === 0 || forward().includes(to)) continue;
        await ctx.emit(child(input, originOn([to], ctx), input.hops + 1), { to });
      }
    };
    const sends = async (input: Token, ctx: NodeContext): Promise<unknown> => {
      await goBack(input, ctx);
      const edges = forward();
      // What is returned goes everywhere, back as well.
      const may = this.#backOf(index).length === 0 && edges.length > 0;
      if (plan.does === 'message' && may) return ctx.message.with({ payload: child(input, originOn(edges, ctx)) });
      if (plan.does === 'yield' && may) return pieces(input);
      if (plan.does !== 'emit' && plan.does !== 'route' && may) return child(input, originOn(edges, ctx));
      for (let time = 0; time < plan.times; time++) {
        if (plan.does !== 'route') await emit(input, edges, ctx);
        else for (const edge of edges) if ((chance(input, 5) + time) % 3 !== 0) await emit(input, [edge], ctx);
        if (ctx.attempt === 0 && plan.fails !== 0 && chance(input, plan.fails) === 1) throw new Error('half way');
      }
      return undefined;
    };
    const fresh = (): string => `own ${this.#fresh++}`;
    async function* pieces(input: Token): AsyncGenerator<Token> {
      for (let time = 0; time < plan.times; time++) yield child(input, fresh());
    }
    const { concurrency, ordered } = plan;
    return node(
      name,
      async (payload, ctx: NodeContext) => {
        const isList = Array.isArray(payload);
        const origins = isList ? this.#originsOf(payload, ctx.source) : (payload as Token).origins;
        const first = this.#firstOf(payload);
        const input = { uid: first.uid + ctx.delivery, run: first.run, from: '', hops: first.hops, origins };
        await ctx.sleep(chance(input, 3));
        if (this.#uids > MOST_TOKENS || (plan.drops !== 0 && chance(input, plan.drops) === 0)) return undefined;
        if (ctx.attempt === 0 && plan.fails !== 0 && chance(input, plan.fails) === 0) throw new Error('at once');
        return sends(input, ctx);
      },
      { concurrency, ordered, maxRetries: 2, backoffBaseS: 1 },
    );
  }
}

function nameOf(index: number): string {
  return `N${index}`;
}
