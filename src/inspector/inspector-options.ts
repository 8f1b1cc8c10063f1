import type { IncomingMessage } from 'node:http';
import type { Logger } from 'winston';
import { FlowError, type FlowRecorder, type PenguiFlow } from '../index.js';
import type { FlowHistory } from '../store/index.js';
import type { InspectorAction } from './api.js';

/** Who asks, and what they may do. */
export interface InspectorAccess {
  /** Who it is, as actions are logged; null where nobody knows. */
  readonly subject: string | null;
  /** Tenants whose runs and lines they see. @defaultValue all */
  readonly tenants?: readonly string[] | undefined;
  /** What they may do, of what `actions` allows. @defaultValue all of it */
  readonly actions?: readonly InspectorAction[] | undefined;
}

/** Says who asks: undefined turns them away. What it throws does, too. */
export type Authorize = (
  request: IncomingMessage,
) => InspectorAccess | undefined | Promise<InspectorAccess | undefined>;

/** Options of {@link createInspector}. */
export interface InspectorOptions {
  /** The flows to show; `inspector.add` takes more. */
  readonly flows: readonly PenguiFlow[];
  /**
   * Where their runs are: the `FlowHistory` that they were made with.
   * @defaultValue one in memory, of the last 1,000 runs that begin while the inspector is there
   */
  readonly history?: FlowHistory;
  /** Whether, without `history`, runs are recorded from the beginning; false: from the first client on. @defaultValue true */
  readonly record?: boolean;
  /** What callers of the API show as `Authorization: Bearer`; 32 characters or more, unless only this machine can call. @defaultValue `listen()` makes one */
  readonly token?: string;
  /** Decides instead of a token who may call the API: from a session, a header of a proxy, a certificate. */
  readonly authorize?: Authorize;
  /** What may be done through the inspector. @defaultValue nothing: it only shows */
  readonly actions?: readonly InspectorAction[];
  /** Names of hosts that it answers under, besides `localhost` and addresses; `.example.com` is all below it. @defaultValue none */
  readonly allowedHosts?: readonly string[];
  /** Name of the application, in the title of the page. @defaultValue names of the flows */
  readonly title?: string;
  /** Path that it is mounted under, for servers that leave it in `req.url` (`node:http`). @defaultValue none: Express and Connect take it off */
  readonly path?: string;
  /** The winston logger whose lines the page shows as they come. @defaultValue `getLogger()` */
  readonly logger?: Logger;
}

/** {@link InspectorOptions}, checked and with the defaults. */
export interface InspectorSettings {
  readonly flows: readonly PenguiFlow[];
  readonly history: FlowHistory | undefined;
  readonly record: boolean;
  readonly token: string | undefined;
  readonly authorize: Authorize | undefined;
  readonly actions: readonly InspectorAction[];
  readonly allowedHosts: readonly string[];
  readonly title: string | undefined;
  /** Without a slash at its end; empty for none. */
  readonly path: string;
  readonly logger: Logger | undefined;
}

/** Characters of a token that others than this machine may send. */
const SAFE_TOKEN_LENGTH = 32;

export const ACTIONS: readonly InspectorAction[] = ['cancel', 'replay'];

const OWNER = 'createInspector()';
const OPTIONS: readonly (keyof InspectorOptions)[] = [
  ...(['flows', 'history', 'record', 'token', 'authorize', 'actions'] as const),
  ...(['allowedHosts', 'title', 'path', 'logger'] as const),
];
const HOST = /^\.?[a-z\d]([a-z\d.-]*[a-z\d])?$/;

/** @throws FlowError `INVALID_OPTION` */
export function readInspectorOptions(options: InspectorOptions): InspectorSettings {
  const given: unknown = options;
  if (typeof given !== 'object' || given === null) throw invalidOption('options', 'an object', given);
  const unknown = Object.keys(given).find((key) => !OPTIONS.includes(key as keyof InspectorOptions));
  if (unknown !== undefined) throw invalidOption(unknown, `one of ${OPTIONS.join(', ')}; there is no such option`, '');
  const { flows, history, token, authorize, actions = [], allowedHosts = [], title, path = '', logger } = options;
  const { record = true } = options;
  check('flows', Array.isArray(flows), 'a list of flows', flows);
  for (const flow of flows) checkFlow(flow);
  check('history', history === undefined || isHistory(history), 'a FlowHistory', history);
  check('record', typeof record === 'boolean', 'true or false', record);
  check('token', token === undefined || isToken(token), 'a text of visible characters, without spaces', 'another one');
  check('authorize', authorize === undefined || typeof authorize === 'function', 'a function', authorize);
  check('authorize', authorize === undefined || token === undefined, 'given alone, without `token`', authorize);
  check(
    'actions',
    isListOf(actions, (each) => ACTIONS.includes(each as never)),
    `of ${ACTIONS.join(', ')}`,
    actions,
  );
  const isHost = (each: unknown): boolean => typeof each === 'string' && HOST.test(each.toLowerCase());
  check('allowedHosts', isListOf(allowedHosts, isHost), 'names of hosts, without scheme and port', allowedHosts);
  check('title', title === undefined || (typeof title === 'string' && title !== ''), 'a text', title);
  check('path', typeof path === 'string' && /^(\/[^?#]*)?$/.test(path), 'a path that begins with /', path);
  check('logger', logger === undefined || isLogger(logger), 'a winston logger', logger);
  return {
    ...{ flows, history, record, token, authorize, actions, title, logger },
    allowedHosts: allowedHosts.map((host) => host.toLowerCase()),
    path: path.replace(/\/+$/, ''),
  };
}

/** @throws FlowError `INVALID_OPTION` */
export function checkFlow(flow: PenguiFlow): void {
  const given = flow as Partial<PenguiFlow> | null | undefined;
  const isFlow = typeof given?.snapshot === 'function' && typeof given.record === 'function';
  check('flows', isFlow, 'a list of what createFlow() returns', flow);
}

/**
 * Whether others than this machine may be let in.
 * @throws FlowError `INSPECTOR_UNSAFE`
 */
export function mustBeSafe({ token, authorize }: Pick<InspectorSettings, 'token' | 'authorize'>, what: string): void {
  if (authorize !== undefined || (token !== undefined && token.length >= SAFE_TOKEN_LENGTH)) return;
  const has = token === undefined ? 'neither' : `a \`token\` of ${token.length} characters`;
  throw new FlowError('INSPECTOR_UNSAFE', {
    message: `${what} lets others than this machine call the inspector, which needs a \`token\` of ${SAFE_TOKEN_LENGTH} characters or \`authorize\`, and has ${has}`,
  });
}

export function invalidOption(option: string, expected: string, got: unknown, owner = OWNER): FlowError {
  const shown = typeof got === 'string' && got.length < 40 ? JSON.stringify(got) : `something of type ${typeof got}`;
  return new FlowError('INVALID_OPTION', {
    message: `Expected \`${option}\` of ${owner} to be ${expected}, got ${shown}`,
    metadata: { option, owner },
  });
}

function check(option: string, isRight: boolean, expected: string, got: unknown): void {
  if (!isRight) throw invalidOption(option, expected, got);
}

function isListOf(value: unknown, takes: (each: unknown) => boolean): boolean {
  return Array.isArray(value) && value.every(takes);
}

function isHistory(value: unknown): boolean {
  const given = value as (Partial<FlowHistory> & Partial<FlowRecorder>) | null;
  return typeof given?.list === 'function' && typeof given.planReplay === 'function';
}

function isToken(value: unknown): boolean {
  return typeof value === 'string' && /^[\x21-\x7e]+$/.test(value);
}

function isLogger(value: unknown): boolean {
  const given = value as Partial<Logger> | null;
  return typeof given?.add === 'function' && Array.isArray(given.transports);
}
