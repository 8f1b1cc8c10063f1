import { existsSync, realpathSync, statSync } from 'node:fs';
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';

import type { FlowClass, FlowPlan, NodeResolver, Token } from '../../index.js';
import { CommandFailure } from '../command-failure.js';
import { EXIT } from '../exit-codes.js';

/** What is needed of the library, which is loaded where it is needed. */
interface Library {
  readonly createFlow: (flow: FlowClass, options: { readonly resolver: NodeResolver }) => { readonly plan: FlowPlan };
}

/** A flow of a module. */
export interface LoadedFlow {
  readonly exportName: string;
  readonly plan: FlowPlan;
}

/** Of Node, and of what loads the module. */
const OUR_FRAMES = ['node:internal/', '/commander/', import.meta.dirname];
/** Compilers that are brought as loaders take their time. */
const LIMIT_MS = 60_000;
const TYPESCRIPT = /\.([cm]?)tsx?$/;
/** What makes Node run TypeScript with the types that decorators need. */
const LOADERS = /\b(?:tsx|ts-node|swc-node|swc|esbuild-register|jiti|amaro)\b/;

/**
 * The flows that a module exports; with `#Name` the one of that name, as it is exported or as its flow is called. Nothing runs but the
 * module itself: no constructor of a node, and none of its services.
 */
export async function loadFlows(
  target: string,
  loadLibrary: () => Promise<Library>,
  env: NodeJS.ProcessEnv,
  limitMs = LIMIT_MS,
): Promise<LoadedFlow[]> {
  const [path, wanted] = split(target);
  const file = resolve(path);
  if (!existsSync(file)) throw new CommandFailure(EXIT.notFound, `${path} is not there`);
  if (!statSync(file).isFile()) {
    throw new CommandFailure(EXIT.usage, `${path} is no file`, 'Name the compiled module in it that exports the flow.');
  }
  if (TYPESCRIPT.test(file) && !hasLoader(env)) throw needsCompiler(path);
  const exported = await inTime(load(path, file), path, limitMs);
  const library = await loadLibrary();
  const flows: LoadedFlow[] = [];
  const seen = new Set<unknown>();
  for (const [exportName, value] of Object.entries(exported)) {
    if (typeof value !== 'function' || seen.has(value)) continue;
    seen.add(value);
    const plan = planOf(value as FlowClass, library);
    if (plan !== undefined) flows.push({ exportName, plan });
  }
  if (flows.length === 0) {
    throw new CommandFailure(EXIT.notFound, `${path} exports no flow`, 'Export a class that has @Flow from it.');
  }
  const chosen = flows.filter(
    ({ exportName, plan }) => wanted === undefined || exportName === wanted || plan.flowName === wanted,
  );
  if (chosen.length > 0) return chosen;
  const names = flows.map(({ plan }) => plan.flowName).join(', ');
  throw new CommandFailure(EXIT.notFound, `${path} exports no flow ${JSON.stringify(wanted)}`, `It has ${names}.`);
}

/** A file may have that character in its name. */
function split(target: string): [path: string, wanted: string | undefined] {
  const at = target.lastIndexOf('#');
  return at === -1 || existsSync(target) ? [target, undefined] : [target.slice(0, at), target.slice(at + 1)];
}

function needsCompiler(path: string): CommandFailure {
  const compiled = path.replace(TYPESCRIPT, '.$1js').replace(/^(?:\.\/)?src\//, 'dist/');
  return new CommandFailure(
    EXIT.usage,
    `${path} is TypeScript, and Node strips the types that decorators write down`,
    `Compile it (npx tsc) and name what comes of it: penguiflow graph ${compiled}\n` +
      'Or bring a loader that keeps them: NODE_OPTIONS="--import @swc-node/register/esm-register"',
  );
}

function hasLoader(env: NodeJS.ProcessEnv): boolean {
  return LOADERS.test([...process.execArgv, env['NODE_OPTIONS'] ?? ''].join(' '));
}

/** A module that waits for what never comes, as for a service that is not there, must not keep us. */
async function inTime<Value>(loaded: Promise<Value>, path: string, limitMs: number): Promise<Value> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      reject(
        new CommandFailure(
          EXIT.failed,
          `${path} is still being loaded after ${limitMs / 1_000} s: it waits for something`,
          'Export the flow from a module that does nothing else when it is loaded.',
        ),
      );
    }, limitMs);
    // Where there is nothing else to wait for, the process ends at once.
    timer.unref();
  });
  return Promise.race([loaded, late]).finally(() => clearTimeout(timer));
}

async function load(path: string, file: string): Promise<Readonly<Record<string, unknown>>> {
  try {
    const loaded = (await import(pathToFileURL(realpathSync(file)).href)) as Record<string, unknown>;
    // All that a CommonJS module exports is there, though not each of its names.
    const { default: common } = loaded;
    return typeof common === 'object' && common !== null ? { ...common, ...loaded } : loaded;
  } catch (error) {
    const { message, hint } = (error ?? {}) as { readonly message?: unknown; readonly hint?: unknown };
    if (typeof hint === 'string') {
      throw new CommandFailure(EXIT.failed, `${path} cannot be loaded: ${String(message)}`, hint);
    }
    throw new CommandFailure(EXIT.failed, `${path} cannot be loaded: ${textOf(error)}`);
  }
}

/** With the frames of the user's own code. */
function textOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const lines = (error.stack ?? error.message).split('\n');
  return lines.filter((line) => !OUR_FRAMES.some((part) => line.includes(part))).join('\n');
}

/** Undefined for what is no flow. */
function planOf(flow: FlowClass, { createFlow }: Library): FlowPlan | undefined {
  try {
    return createFlow(flow, { resolver: new PictureResolver() }).plan;
  } catch (error) {
    if ((error as { readonly code?: unknown }).code === 'FLOW_NOT_DECORATED') return undefined;
    throw error;
  }
}

/** Stands in for whatever is asked of it. */
function standIn(): object {
  const anything: object = new Proxy(function stand() {}, {
    get: (_, key) => (key === Symbol.toPrimitive ? () => '' : key === 'then' ? undefined : anything),
    apply: () => anything,
    construct: () => anything,
  });
  return anything;
}

/** An object of a class that was never made: what its accessors would read is not there, so it has none. */
function blankOf(prototype: object): Record<string, unknown> {
  const blank = Object.create(prototype) as Record<string, unknown>;
  for (let each = prototype; each !== Object.prototype && each !== null; each = Object.getPrototypeOf(each) as object) {
    for (const [key, property] of Object.entries(Object.getOwnPropertyDescriptors(each))) {
      if ('value' in property) continue;
      Object.defineProperty(blank, key, { value: undefined, writable: true, configurable: true });
    }
  }
  return blank;
}

/** Gives nodes and services that were never made; only the flow class is, as its graph is a field of it. */
class PictureResolver implements NodeResolver {
  #hasFlow = false;

  resolve<T>(token: Token<T>): T {
    if (typeof token !== 'function') return standIn() as T;
    const made = token as unknown as new (...args: object[]) => object;
    if (!this.#hasFlow) {
      this.#hasFlow = true;
      return new made(...Array.from({ length: made.length }, standIn)) as T;
    }
    const instance = blankOf(made.prototype as object);
    // They may be fields of the class.
    for (const method of ['process', 'intercept', 'listener']) {
      if (typeof instance[method] !== 'function') instance[method] = async (): Promise<undefined> => undefined;
    }
    if ('subscription' in instance) instance['subscription'] = (): object => ({ listener: () => {} });
    return instance as T;
  }

  has(): boolean {
    return false;
  }

  async dispose(): Promise<void> {
    // There is nothing.
  }
}
