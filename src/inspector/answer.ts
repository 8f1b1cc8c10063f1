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

/** The answer to an error that the caller caused; undefined for any other. */
export function answerTo(error: unknown): Answer | undefined {
  if (!FlowError.is(error)) return undefined;
  const status = STATUSES[error.code];
  return status === undefined ? undefined : refused(status, error.code, error.message);
}
