import type { DependencyContainer } from 'tsyringe';
import { describeThrown, FlowError } from '../../errors/flow-error.js';
import { describeParameter, isBuiltIn, parameterHint } from '../../metadata/constructor-check.js';
import type { Token } from '../../ports/token.js';
import { constructorOwner } from './constructor-params.js';
import { isDisposed } from './open-container.js';

/** How a token reads in a message. */
export function describeToken(token: Token): string {
  if (typeof token === 'function') return token.name;
  if (typeof token === 'symbol') return token.description ?? 'a symbol';
  return typeof token === 'string' ? JSON.stringify(token) : 'a delayed class';
}

/** How a class is called in a message. */
export function nameOfClass(target: Function): string {
  return target.name || 'a class without a name';
}

/** Services that need each other, by their names in order. */
export function circular(names: readonly string[]): FlowError {
  return unresolvable(
    `The services need each other in a circle: ${names.join(' -> ')}`,
    'Break the circle with `@inject(delay(() => Other))` on one of the parameters, and use that one after the constructor.',
    names,
  );
}

/** Tokens that stand for each other. */
export function ring(tokens: readonly Token[]): FlowError {
  const names = tokens.map(describeToken);
  return unresolvable(
    `The providers refer to each other in a circle: ${names.join(' -> ')}`,
    'Bind one of these tokens with `useValue`, `useClass` or `useFactory`.',
    names,
  );
}

/** A token that stands for another, which nobody provides. */
export function leadsNowhere(from: Token, to: Token, path: readonly Function[]): FlowError {
  const [alias, name] = [describeToken(from), describeToken(to)];
  const way = path.length === 0 ? '' : `${chain(path)} -> `;
  return unresolvable(`${way}${alias} stands for ${name}, which nobody provides`, howToProvide(name), names(path));
}

/** A parameter whose class was lost, or never was one. */
export function typeLost(path: readonly Function[], index: number, type: unknown): FlowError {
  const target = ownerOf(path);
  const hint = parameterHint(type, target, index);
  return unresolvable(`The class of ${chainTo(path, index)} is unknown at run time`, hint, names(path));
}

/** A parameter whose token nobody provides. */
export function notProvided(path: readonly Function[], index: number, token: Token): FlowError {
  const name = describeToken(token);
  // A class of the platform under its own name: what is meant may be anything.
  const hint = isBuiltIn(token) ? parameterHint(token, ownerOf(path), index) : howToProvide(name);
  return unresolvable(`${chainTo(path, index)} asks for ${name}, which nobody provides`, hint, names(path));
}

/** A class whose parameters nobody knows. */
export function undecorated(path: readonly Function[]): FlowError {
  const { name } = ownerOf(path);
  return unresolvable(
    `${chainTo(path, 0)} is unknown: the compiler emits parameter types only for decorated classes`,
    `Put \`@injectable()\` on ${name} if it is yours; otherwise add \`{ token: ${name}, useFactory: () => new ${name}(…) }\` to the \`providers\` of createFlow.`,
    names(path),
  );
}

/** A factory that is not done when it returns. */
export function givesPromise(path: readonly string[]): FlowError {
  return unresolvable(
    `The factory of ${path.join(' -> ')} gives a promise, and a flow is made at once`,
    'Await it before createFlow and bind what it gives with `useValue`, or open it in `onFlowStart` of what uses it. A promise that is ' +
      'meant is bound with `useValue`, too.',
    path,
  );
}

/**
 * What a service could not be built for.
 *
 * @param error - what tsyringe threw
 * @param cause - what was thrown first; tsyringe keeps only its words
 * @param around - the container of the user's
 */
export function cannotBuild(token: Token, error: unknown, cause: unknown, around: DependencyContainer): FlowError {
  if (FlowError.is(error)) return error;
  const name = describeToken(token);
  if (FlowError.is(cause, 'UNRESOLVABLE_DEPENDENCY')) {
    const message = `Cannot build ${name}: ${cause.message}`;
    return new FlowError('UNRESOLVABLE_DEPENDENCY', { message, hint: cause.hint, metadata: cause.metadata, cause });
  }
  return new FlowError('UNRESOLVABLE_DEPENDENCY', {
    message: `Cannot build ${name}: ${describeThrown(error)}`,
    hint: isDisposed(around)
      ? 'The container of the flow, or one around it, was disposed of: stop the flow before you dispose of it.'
      : 'Read `cause`: a constructor or a factory on the way threw, or the container lacks a service.',
    cause,
  });
}

function howToProvide(name: string): string {
  return `Add \`{ token: ${name}, useValue: … }\` to the \`providers\` of createFlow, or register it in the container.`;
}

function unresolvable(message: string, hint: string, path: readonly string[]): FlowError {
  return new FlowError('UNRESOLVABLE_DEPENDENCY', { message, hint, metadata: { path } });
}

function names(path: readonly Function[]): readonly string[] {
  return path.map((target) => target.name);
}

function chain(path: readonly Function[]): string {
  return names(path).join(' -> ');
}

function chainTo(path: readonly Function[], index: number): string {
  return `${chain(path)} -> ${describeParameter(ownerOf(path), index)}`;
}

function ownerOf(path: readonly Function[]): Function {
  return constructorOwner(path[path.length - 1]!);
}
