import { FlowError } from '../index.js';

/** What the API says to a request, but for the runner, which each answer bears. */
export interface Answer {
  readonly status: number;
  readonly body: object;
  readonly headers?: Readonly<Record<string, string>>;
}

export function answered(body: object): Answer {
  return { status: 200, body };
}

/** What goes wrong, as `Refusal` of the API. */
export function refused(
  status: number,
  code: string,
  message: string,
  headers: Readonly<Record<string, string>> = {},
): Answer {
  return { status, body: { error: { code, message } }, headers };
}

export const NOT_FOUND: Answer = refused(404, 'NOT_FOUND', 'There is nothing of that name here');

/** The statuses of errors that a caller causes. */
const STATUSES: Readonly<Record<string, number>> = {
  INVALID_OPTION: 400,
  RUN_NOT_FOUND: 404,
  REPLAY_REFUSED: 409,
  NOT_RUNNING: 409,
  FLOW_STOPPED: 409,
  PAYLOAD_UNREADABLE: 409,
};

/** What the store says may be of anybody's data: its log has it. */
const STORE_AWAY: Answer = refused(503, 'STORE_UNAVAILABLE', 'The store does not answer; the log says why');

/** Whether a store is away, or cannot be read: nobody's fault who asks. */
export function isOfStore(error: unknown): boolean {
  return FlowError.is(error) && error.code.startsWith('STORE_');
}

/** The answer to an error that the caller caused, or the store; undefined for any other. */
export function answerTo(error: unknown): Answer | undefined {
  if (!FlowError.is(error)) return undefined;
  if (isOfStore(error)) return STORE_AWAY;
  const status = STATUSES[error.code];
  return status === undefined ? undefined : refused(status, error.code, error.message);
}
