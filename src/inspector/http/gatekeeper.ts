import { createHash, timingSafeEqual } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { Clock } from '../../index.js';
import { refused, type Answer } from '../answer.js';
import type { InspectorAction } from '../api.js';
import { ACTIONS, type Authorize } from '../inspector-options.js';

/** Who asks, as the API sees them. */
export interface Caller {
  readonly subject: string | null;
  /** Undefined: all. */
  readonly tenants: readonly string[] | undefined;
  readonly actions: readonly InspectorAction[];
}

/** Failures within a second that are answered as such. */
const MAX_FAILURES = 10;
const WINDOW_MS = 1_000;

/** Lets callers of the API in: by a token, or as the user's own function says. */
export class Gatekeeper {
  readonly #clock: Clock;
  readonly #actions: readonly InspectorAction[];
  readonly #authorize: Authorize | undefined;
  #tokenHash: Buffer | undefined;
  /** When the last failures were, oldest first. */
  #failuresMs: number[] = [];

  /** @param actions - what anybody may do */
  constructor(
    clock: Clock,
    actions: readonly InspectorAction[],
    token: string | undefined,
    authorize: Authorize | undefined,
  ) {
    this.#clock = clock;
    this.#actions = actions;
    this.#authorize = authorize;
    if (token !== undefined) this.token = token;
  }

  /** From now on this one counts. */
  set token(token: string) {
    this.#tokenHash = hashOf(token);
  }

  /**
   * Whether somebody is let in. Who shows what is right is, however many others failed.
   * @throws what `authorize` does
   */
  async letIn(request: IncomingMessage): Promise<Caller | Answer> {
    if (this.#authorize === undefined) return this.#byToken(request) ?? this.#failed('a token that is right');
    const access: unknown = await this.#authorize(request);
    if (access === undefined) return this.#failed('somebody that `authorize` of the inspector lets in');
    return this.#callerOf(access);
  }

  #byToken({ headers }: IncomingMessage): Caller | undefined {
    const [, shown] = /^bearer +(\S+) *$/i.exec(headers.authorization ?? '') ?? [];
    // Both are hashed, so that they are of one length, and the time says nothing of either.
    const isRight =
      shown !== undefined && this.#tokenHash !== undefined && timingSafeEqual(hashOf(shown), this.#tokenHash);
    return isRight ? { subject: null, tenants: undefined, actions: this.#actions } : undefined;
  }

  /** What cannot be read lets nobody do anything. */
  #callerOf(access: unknown): Caller | Answer {
    const { subject = null, tenants, actions = ACTIONS } = (access ?? {}) as Record<string, unknown>;
    const isRight =
      typeof access === 'object' &&
      access !== null &&
      (subject === null || typeof subject === 'string') &&
      (tenants === undefined || isTexts(tenants)) &&
      isTexts(actions);
    if (!isRight)
      return refused(
        403,
        'FORBIDDEN',
        'What `authorize` of the inspector gave is no access: { subject, tenants?, actions? }',
      );
    return {
      subject: subject as string | null,
      tenants: tenants as readonly string[] | undefined,
      actions: this.#actions.filter((action) => (actions as readonly string[]).includes(action)),
    };
  }

  #failed(needed: string): Answer {
    const nowMs = this.#clock.monotonic();
    this.#failuresMs = this.#failuresMs.filter((atMs) => nowMs - atMs < WINDOW_MS);
    if (this.#failuresMs.length >= MAX_FAILURES) {
      return refused(429, 'TOO_MANY_FAILURES', `There were ${MAX_FAILURES} failures within a second; try later`, {
        'retry-after': '1',
      });
    }
    this.#failuresMs.push(nowMs);
    const challenge: Record<string, string> =
      this.#authorize === undefined ? { 'www-authenticate': 'Bearer realm="penguiflow"' } : {};
    return refused(401, 'UNAUTHORIZED', `This needs ${needed}`, challenge);
  }
}

/** Whether it is one that was let in. */
export function isCaller(made: Caller | Answer): made is Caller {
  return !('status' in made);
}

function isTexts(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every((each) => typeof each === 'string');
}

function hashOf(token: string): Buffer {
  return createHash('sha256').update(token).digest();
}
