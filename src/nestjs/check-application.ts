import { isDeepStrictEqual } from 'node:util';
import type { Type } from '@nestjs/common';
import { Reflector, type ModulesContainer } from '@nestjs/core';
import { FlowError } from '../index.js';
import { classesOf, isProvided, methodsOf } from './application-scan.js';
import { getFlowToken } from './flow-token.js';
import { FLOW_CALL, type FlowCallMetadata } from './http/flow-call-metadata.js';
import { readMessagesWith } from './http/message-trace.js';
import { documentResponse } from './http/openapi-responses.js';
import { isFieldResolver } from './nest-metadata.js';
import type { PenguiFlowModuleOptions } from './penguiflow-module-options.js';

/**
 * Looks at the controllers and gateways of an application when it starts: each is told how messages are read, and the flows that its
 * methods call have to be there.
 *
 * @throws FlowError `UNRESOLVABLE_DEPENDENCY` that names the first method whose flow no module provides, `INVALID_OPTION` for
 * `@CallFlow` where no interceptor runs
 */
export function prepareHandlers(modules: ModulesContainer, options: PenguiFlowModuleOptions): void {
  for (const { type } of classesOf(modules)) readMessagesWith(type, options);
  for (const { type, name, method, call } of flowCallsOf(modules)) {
    const flow = call.flowClass.name;
    const handler = `${type.name}.${name}`;
    if (!isProvided(modules, getFlowToken(call.flowClass))) {
      throw new FlowError('UNRESOLVABLE_DEPENDENCY', {
        message: `${handler} calls flow ${flow}, which no module of the application provides`,
        hint: `Import \`PenguiFlowModule.forFeature([${flow}])\` in the module of ${type.name}.`,
        metadata: { flow, handler },
      });
    }
    if (isFieldResolver(method) && !enhancesFields(modules)) {
      throw new FlowError('INVALID_OPTION', {
        message: `${handler} has @CallFlow and resolves a field of GraphQL, where NestJS leaves interceptors out`,
        hint: "Give `GraphQLModule.forRoot({ fieldResolverEnhancers: ['interceptors', 'filters'] })`, or call the handle in the method.",
        metadata: { option: 'fieldResolverEnhancers', handler },
      });
    }
  }
}

/** Tells OpenAPI what the methods answer with that call flows. */
export function documentHandlers(modules: ModulesContainer): void {
  for (const { type, name, method, call, isController } of flowCallsOf(modules)) {
    if (isController) documentResponse(type, name, method, call);
  }
}

/** A method with `@CallFlow` or `@StreamFlow`. */
interface FlowCallMethod {
  readonly type: Type;
  readonly isController: boolean;
  readonly name: string;
  readonly method: () => unknown;
  readonly call: FlowCallMetadata;
}

function* flowCallsOf(modules: ModulesContainer): Generator<FlowCallMethod> {
  const reflector = new Reflector();
  for (const { type, isController } of classesOf(modules)) {
    for (const [name, method] of methodsOf(type)) {
      const call = reflector.get<FlowCallMetadata | undefined>(FLOW_CALL, method);
      if (call !== undefined) yield { type, isController, name, method, call };
    }
  }
}

/** Whether an endpoint of GraphQL runs the interceptors and filters of fields; their options are a provider of this name. */
function enhancesFields(modules: ModulesContainer): boolean {
  return [...modules.values()].some(({ providers }) => {
    const options = providers.get('GqlModuleOptions')?.instance as { fieldResolverEnhancers?: unknown } | undefined;
    const enhancers = options?.fieldResolverEnhancers;
    return Array.isArray(enhancers) && enhancers.includes('interceptors') && enhancers.includes('filters');
  });
}

/** @throws FlowError `INVALID_OPTION` when `forRoot` was imported twice and does not say the same */
export function rejectOtherOptions(own: PenguiFlowModuleOptions, others: PenguiFlowModuleOptions): void {
  const names = [...new Set([...Object.keys(own), ...Object.keys(others)])] as (keyof PenguiFlowModuleOptions)[];
  const option = names.find((name) => !isDeepStrictEqual(own[name], others[name]));
  if (option === undefined) return;
  throw new FlowError('INVALID_OPTION', {
    message: `PenguiFlowModule.forRoot() was imported twice in one application, with a different \`${option}\``,
    hint: 'Import it once, in the root module; feature modules import `PenguiFlowModule.forFeature([…])`.',
    metadata: { option, owner: 'PenguiFlowModule.forRoot()' },
  });
}
