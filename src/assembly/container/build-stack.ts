import { circular } from './unresolvable.js';

interface Built {
  /** The class, or the registration. */
  readonly key: object;
  readonly name: string;
}

/** What is being built, the outermost first. Something that needs itself, by way of a factory say, is found here, and not when the stack is full. */
export class BuildStack {
  readonly #building: Built[] = [];

  /** The way to what is being built; a class that stands under a token of its name is named once. */
  get path(): readonly string[] {
    return namesOf(this.#building);
  }

  /** @throws FlowError `UNRESOLVABLE_DEPENDENCY` when it is being built already */
  within<T>(key: object, name: string, build: () => T): T {
    const first = this.#building.findIndex((built) => built.key === key);
    if (first !== -1) throw circular([...namesOf(this.#building.slice(first)), name]);
    this.#building.push({ key, name });
    try {
      return build();
    } finally {
      this.#building.pop();
    }
  }
}

function namesOf(built: readonly Built[]): readonly string[] {
  return built.map(({ name }) => name).filter((name, index, all) => name !== all[index - 1]);
}
