import { readFileSync } from 'node:fs';
import { exceptionType, FlowError } from '../errors/flow-error.js';
import type { RoutingDecision, RoutingRequest } from './routing-policy.js';

/** Successors by key. */
export type RoutingMap = Readonly<Record<string, RoutingDecision>> | ReadonlyMap<string, RoutingDecision>;

/** Options of {@link MapRoutingPolicy}. */
export interface MapRoutingPolicyOptions {
  /** For a key that is not in the map. @defaultValue null: the message is dropped */
  readonly fallback?: RoutingDecision;
  /** What of a request is looked up; undefined means `fallback`. @defaultValue the trace id */
  readonly key?: (request: RoutingRequest) => string | undefined;
}

/** Options of {@link MapRoutingPolicy.fromEnv}. */
export interface EnvRoutingPolicyOptions extends MapRoutingPolicyOptions {
  /** Turns the variable's text into a map. @defaultValue `JSON.parse` */
  readonly parse?: (text: string) => unknown;
}

/**
 * A routing policy that looks the decision up in a map, which may come from configuration and may be replaced while the
 * flow runs.
 *
 * @example
 * ```ts
 * const policy = MapRoutingPolicy.fromJson('{"acme": ["fast", "audit"]}', { key: ({ tenant }) => tenant, fallback: 'slow' });
 * const Lanes = predicateRouter('lanes', () => ['fast', 'slow', 'audit'], { policy });
 * ```
 */
export class MapRoutingPolicy {
  readonly #key: (request: RoutingRequest) => string | undefined;
  #map: ReadonlyMap<string, RoutingDecision>;
  #fallback: RoutingDecision;

  /** @throws FlowError `ROUTING_POLICY_INVALID` when the map is none, or has an entry that names no successor */
  constructor(map: RoutingMap, options: MapRoutingPolicyOptions = {}) {
    this.#map = checkedMap(map, 'the map of a MapRoutingPolicy');
    this.#fallback = options.fallback ?? null;
    this.#key = options.key ?? ((request) => request.traceId);
  }

  /** @throws FlowError `ROUTING_POLICY_INVALID` when the text is no JSON object of successors */
  static fromJson(text: string, options: MapRoutingPolicyOptions = {}): MapRoutingPolicy {
    return new MapRoutingPolicy(parsed(text, JSON.parse, 'the JSON of a MapRoutingPolicy'), options);
  }

  /** Reads the file at once, while the flow is declared. @throws FlowError `ROUTING_POLICY_INVALID` */
  static fromJsonFile(path: string | URL, options: MapRoutingPolicyOptions = {}): MapRoutingPolicy {
    const what = `the file ${String(path)}`;
    let text: string;
    try {
      text = readFileSync(path, 'utf8');
    } catch (error) {
      throw invalidPolicy(`Cannot read ${what}`, error);
    }
    return new MapRoutingPolicy(parsed(text, JSON.parse, what), options);
  }

  /** Reads an environment variable. @throws FlowError `ROUTING_POLICY_INVALID` also when it is not set */
  static fromEnv(variable: string, options: EnvRoutingPolicyOptions = {}): MapRoutingPolicy {
    const { parse = JSON.parse as (text: string) => unknown, ...rest } = options;
    const text = process.env[variable];
    if (text === undefined) throw invalidPolicy(`The environment variable ${variable} is not set`);
    return new MapRoutingPolicy(parsed(text, parse, `the environment variable ${variable}`), rest);
  }

  select(request: RoutingRequest): RoutingDecision {
    const key = this.#key(request);
    return key !== undefined && this.#map.has(key) ? this.#map.get(key) : this.#fallback;
  }

  /** Replaces the whole map; messages that are routed from now on see it. @throws FlowError `ROUTING_POLICY_INVALID` */
  update(map: RoutingMap): void {
    this.#map = checkedMap(map, 'the map of a MapRoutingPolicy');
  }

  /** Replaces what a key outside the map gives. */
  setFallback(decision: RoutingDecision): void {
    this.#fallback = decision;
  }
}

function parsed(text: string, parse: (text: string) => unknown, what: string): RoutingMap {
  let value: unknown;
  try {
    value = parse(text);
  } catch (error) {
    // Without the cause: what a parser says quotes the text, in which there may be secrets.
    throw invalidPolicy(`Cannot parse ${what}: ${exceptionType(error)}${placeIn(error)}`);
  }
  return checkedMap(value, what);
}

/** What sort of value it is, never the value. */
function kindOf(value: unknown): string {
  if (value === null || value === undefined) return String(value);
  return Array.isArray(value) ? 'an array' : `${typeof value === 'object' ? 'an' : 'a'} ${typeof value}`;
}

/** Where a parser gave up, as far as it says. */
function placeIn(error: unknown): string {
  const position = error instanceof SyntaxError ? / at position \d+/.exec(error.message)?.[0] : undefined;
  return position ?? '';
}

function checkedMap(value: unknown, what: string): ReadonlyMap<string, RoutingDecision> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw invalidPolicy(`Expected ${what} to hold successors by key, got ${kindOf(value)}`);
  }
  const entries: [string, unknown][] =
    value instanceof Map ? [...(value as Map<string, unknown>)] : Object.entries(value);
  for (const [index, [, decision]] of entries.entries()) {
    if (isDecision(decision)) continue;
    throw invalidPolicy(
      `Expected entry ${index + 1} of ${what} to be a successor, a list of them or null, got ${kindOf(decision)}`,
    );
  }
  return new Map(entries as [string, RoutingDecision][]);
}

function isDecision(value: unknown): value is RoutingDecision {
  return value === null || value === undefined || isRef(value) || (Array.isArray(value) && value.every(isRef));
}

function isRef(value: unknown): boolean {
  return (typeof value === 'string' && value !== '') || typeof value === 'function';
}

function invalidPolicy(message: string, cause?: unknown): FlowError {
  return new FlowError('ROUTING_POLICY_INVALID', { message, cause });
}
