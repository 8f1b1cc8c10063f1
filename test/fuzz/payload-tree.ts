import fc from 'fast-check';
import { KEPT_KINDS } from '../validation/support/kept-kinds.js';
import { PLAIN_KINDS } from '../validation/support/plain-kinds.js';

/** Those that class-validator cannot look at are refused, which is right and proves nothing; one is long to walk through. */
const LEAVES = [...Object.entries(KEPT_KINDS), ...Object.entries(PLAIN_KINDS)].filter(
  ([kind]) => !kind.startsWith('a proxy that') && kind !== 'an array that is mostly hole',
);

/** A value of any kind, by the name of its kind. */
interface Leaf {
  readonly kind: string;
}

/** How a payload is built; the same plan gives an equal payload each time. */
export type TreePlan =
  | Leaf
  | { readonly scalar: unknown }
  | { readonly list: readonly TreePlan[]; readonly holes: boolean }
  | { readonly object: readonly (readonly [key: string, value: TreePlan])[]; readonly bare: boolean }
  | { readonly entries: readonly (readonly [key: string, value: TreePlan])[] }
  | { readonly set: readonly TreePlan[] }
  | { readonly part: TreePlan; readonly as: 'instance' | 'plain' | 'derived' }
  | { readonly again: number };

const key = fc.oneof(
  { weight: 4, arbitrary: fc.constantFrom('a', 'b', 'any', 'name', 'one', 'list') },
  { weight: 1, arbitrary: fc.constantFrom('size', 'toString', 'constructor', 'then', 'length', '', '0', 'a.b') },
);

export const treePlan: fc.Arbitrary<TreePlan> = fc.letrec<{ tree: TreePlan }>((tie) => ({
  tree: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    fc.record({ kind: fc.constantFrom(...LEAVES.map(([kind]) => kind)) }),
    fc.record({ scalar: fc.oneof(fc.string(), fc.integer(), fc.constantFrom(null, undefined, true, 1.5)) }),
    fc.record({ list: fc.array(tie('tree'), { maxLength: 3 }), holes: fc.boolean() }),
    fc.record({ object: fc.array(fc.tuple(key, tie('tree')), { maxLength: 3 }), bare: fc.boolean() }),
    fc.record({ entries: fc.array(fc.tuple(key, tie('tree')), { maxLength: 3 }) }),
    fc.record({ set: fc.array(tie('tree'), { maxLength: 3 }) }),
    fc.record({ part: tie('tree'), as: fc.constantFrom('instance' as const, 'plain' as const, 'derived' as const) }),
    fc.record({ again: fc.nat(5) }),
  ),
})).tree;

/** Builds the values of a plan. */
export class TreeBuilder {
  readonly #made: unknown[] = [];
  readonly #part: new () => object;
  readonly #derived: new () => object;

  /** @param part - the class that `@Type` names, and one derived from it */
  constructor(part: new () => object, derived: new () => object) {
    this.#part = part;
    this.#derived = derived;
  }

  build(plan: TreePlan): unknown {
    if ('again' in plan) return this.#made[plan.again];
    const value = this.#new(plan);
    this.#made.push(value);
    return value;
  }

  #new(plan: Exclude<TreePlan, { again: number }>): unknown {
    if ('kind' in plan) return LEAVES.find(([kind]) => kind === plan.kind)?.[1]();
    if ('scalar' in plan) return plan.scalar;
    if ('list' in plan) return this.#list(plan.list, plan.holes);
    if ('object' in plan) {
      const object: object = plan.bare ? (Object.create(null) as object) : {};
      return Object.assign(object, Object.fromEntries(this.#pairs(plan.object)));
    }
    if ('entries' in plan) return new Map(this.#pairs(plan.entries));
    if ('set' in plan) return new Set(plan.set.map((each) => this.build(each)));
    const data = { name: 'part', any: this.build(plan.part) };
    if (plan.as === 'plain') return data;
    return Object.assign(plan.as === 'instance' ? new this.#part() : new this.#derived(), data);
  }

  #list(plans: readonly TreePlan[], holes: boolean): unknown[] {
    const list = plans.map((each) => this.build(each));
    if (holes) list.length += 1;
    return list;
  }

  #pairs(plans: readonly (readonly [string, TreePlan])[]): [string, unknown][] {
    return plans.map(([name, plan]) => [name, this.build(plan)]);
  }
}
