import { isDeepStrictEqual } from 'node:util';
import { Reflector, type ModulesContainer } from '@nestjs/core';
import { FlowError } from '../index.js';
import { classesOf, isProvided, methodsOf } from './application-scan.js';
import { getFlowToken } from './flow-token.js';
import { FLOW_CALL, type FlowCallMetadata } from './http/flow-call-metadata.js';
import { readMessagesWith } from './http/message-trace.js';
import type { PenguiFlowModuleOptions } from './penguiflow-module-options.js';

/**
 * Looks at the controllers and gateways of an application when it starts: each is told how messages are read, and the flows that its
 * methods call have to be there.
 *
 * @throws FlowError `UNRESOLVABLE_DEPENDENCY` that names the first method whose flow no module provides
 */
export function prepareHandlers(modules: ModulesContainer, options: PenguiFlowModuleOptions): void {
  const reflector = new Reflector();
  for (const { type } of classesOf(modules)) {
    readMessagesWith(type, options);
    for (const [name, method] of methodsOf(type)) {
      const call = reflector.get<FlowCallMetadata | undefined>(FLOW_CALL, method);
      if (call === undefined || isProvided(modules, getFlowToken(call.flowClass))) continue;
      const flow = call.flowClass.name;
      throw new FlowError('UNRESOLVABLE_DEPENDENCY', {
        message: `${type.name}.${name} calls flow ${flow}, which no module of the application provides`,
        hint: `Import \`PenguiFlowModule.forFeature([${flow}])\` in the module of ${type.name}.`,
        metadata: { flow, handler: `${type.name}.${name}` },
      });
    }
  }
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
