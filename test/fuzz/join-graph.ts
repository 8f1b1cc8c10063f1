import fc from 'fast-check';
import { joinFrom, Node, type JoinOptions, type NodeClass, type NodeContext } from '#src/index.js';
import type { UncheckedRow } from '#src/graph/unchecked-graph.js';
import { nearestOfAll } from '../graph/support/dominates.js';
import { node } from '../support/nodes.js';

/** One node of a random graph with joins; those before it are the ones that may lead to it. */
export interface JoinNodePlan {
  /** Numbers that are taken modulo how many stand before. */
  readonly before: readonly number[];
  /** A join where several lead to it; else a node that sends so. */
  readonly does: 'join' | 'extended join' | 'return' | 'message' | 'emit' | 'route' | 'yield';
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

/** What goes round: it knows what it came from at every node that it passed last. */
export interface Token {
  readonly uid: number;
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
    const classes = plans.map((_, index) => (this.#isJoin(index) ? this.#join(index) : this.#plain(index)));
    const probes = plans.map((_, index) => (this.#isJoin(index) ? [this.#probe(index)] : []));
    this.roots = classes.slice(0, this.#rootCount);
    this.joins = plans.flatMap((_, index) => (this.#isJoin(index) ? [nameOf(index)] : []));
    this.rows = plans.map((_, index) => {
      const next = [...new Set([...this.#after(index), ...this.#backOf(index)])].map((to) => classes[to] as NodeClass);
      return [classes[index] as NodeClass, [...next, ...(probes[index] as NodeClass[])]] as const;
    });
  }

  /** A message from outside. */
  token(origin: string): Token {
    return { uid: this.#uids++, from: 'OpenSea', hops: 0, origins: new Map([['OpenSea', origin]]) };
  }

  /** What a join should have made of what came in: in the order of arrival, for each origin and source. */
  expected(join: string, arrived: readonly unknown[]): string[] {
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
    const fork = nearestOfAll(sources, 'OpenSea', this.#arcs());
    return {
      places: sources.length,
      options: (this.#plans[index] as JoinNodePlan).limits,
      originOf: (part) => this.#originsOf(part).get(fork) ?? 'none',
      placeOf: (part) => sources.indexOf(this.#fromOf(part)),
    };
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

  /** An edge back leads from a node that decides when to go back, to one that takes whatever comes. */
  #backOf(index: number): readonly number[] {
    const { back } = this.#plans[index] as JoinNodePlan;
    if (back === undefined || this.#isJoin(index)) return [];
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

  #join(index: number): NodeClass {
    const sources = this.#before(index).map(nameOf) as [string, ...string[]];
    const { does, limits } = this.#plans[index] as JoinNodePlan;
    const join = joinFrom(nameOf(index), sources, limits) as NodeClass;
    if (does === 'join') return join;
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
        const first = ([payload] as unknown[]).flat(9).find((each) => each !== undefined) as Token;
        const input = { uid: first.uid + ctx.delivery, from: '', hops: first.hops, origins };
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
