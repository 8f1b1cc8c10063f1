import { randomUUID } from 'node:crypto';

import { FlowError } from '../index.js';
import { planChanged } from '../distributed/carrier/carrier-errors.js';
import { timesOf, withTimes, type WholePlan } from '../distributed/carrier/carrier-times.js';
import { isEmpty, planDiff, touchedQueues } from '../distributed/carrier/plan-diff.js';
import type { CarrierPlan, ProvisionDiff } from '../distributed/index.js';
import type { NatsLine } from './nats-line.js';
import { token, type Names } from './names.js';
import { stored } from './store.js';
import { lastOf } from './stream-reader.js';
import {
  consumerConfig,
  consumerInfo,
  deleteConsumer,
  ensureConsumer,
  ensureStream,
  refuseOn,
  sharedStreams,
  streamInfo,
  workStream,
} from './streams.js';

/** What the server has of a flow. */
export interface KnownPlan {
  readonly plan: WholePlan;
  /** On how many servers it lies; undefined where it lies on one, whose subjects are places of queues. */
  readonly replicas: number;
  readonly seq: number;
}

/** It is heard of before it is stored. */
const CHANGED_MS = 100;

interface AccountInfo {
  readonly streams: number;
  /** In bytes. */
  readonly storage: number;
  readonly limits: { readonly max_streams: number; readonly max_storage: number };
}

/** The plan of a flow at the server: what is there, and what a new one needs. */
export class Provisioning {
  readonly #line: NatsLine;
  readonly #names: Names;
  readonly #flow: string;
  readonly #replicas: number;

  constructor(line: NatsLine, names: Names, flow: string, replicas: number) {
    this.#line = line;
    this.#names = names;
    this.#flow = flow;
    this.#replicas = replicas;
  }

  /** Calls back whenever somebody has changed the plan. */
  watch(changed: () => void): void {
    const soon = (): void => void this.#line.after(CHANGED_MS, changed);
    this.#line.connection.subscribe(this.#subject, { callback: soon });
    this.#line.onUp(soon);
  }

  async read(): Promise<KnownPlan | undefined> {
    const kept = await lastOf(this.#line, this.#names.stream('DOC'), this.#subject);
    if (kept === undefined) return undefined;
    const { plan, replicas } = JSON.parse(kept.data.toString()) as { plan: CarrierPlan; replicas: number };
    return { plan: { ...plan, ...timesOf(plan) }, replicas, seq: kept.seq };
  }

  async provision(wanted: CarrierPlan, mode: 'ensure' | 'verify'): Promise<ProvisionDiff> {
    const known = await this.read();
    const diff = planDiff(known?.plan, wanted);
    const touched = known === undefined ? [] : touchedQueues(known.plan, wanted);
    const holding = await this.#holding(touched);
    if (holding.length > 0 || (mode === 'verify' && !isEmpty(diff))) throw planChanged(this.#flow, diff, holding);
    const plan = withTimes(known?.plan, wanted);
    if (mode === 'verify') return diff;
    const replicas = known?.replicas ?? this.#replicas;
    if (isEmpty(diff) && known?.plan.hash === plan.hash) {
      // Whoever began to change it may have ended in the middle.
      await ensureStream(this.#line, workStream(this.#names, plan, namesOf(plan), replicas));
      return diff;
    }
    if (known === undefined || known.plan.keepS < plan.keepS) await this.#makeShared(plan.keepS);
    await this.#takeAway(known, plan, touched, diff, replicas);
    await this.#make(plan, replicas);
    const call = {
      subject: this.#subject,
      data: JSON.stringify({ plan, replicas }),
      id: randomUUID(),
      after: known?.seq ?? 0,
    };
    // Somebody else has changed it meanwhile: what is to be done may be less.
    if (typeof (await stored(this.#line, call)) === 'string') await this.provision(wanted, mode);
    return diff;
  }

  get #subject(): string {
    return this.#names.subject('plan', token(this.#flow));
  }

  get #stream(): string {
    return this.#names.workStream(this.#flow);
  }

  async #holding(queues: readonly string[]): Promise<readonly string[]> {
    const infos = await Promise.all(
      queues.map((queue) => consumerInfo(this.#line, this.#stream, this.#names.consumer(queue))),
    );
    return queues.filter((_, index) => (infos[index]?.num_pending ?? 0) + (infos[index]?.num_ack_pending ?? 0) > 0);
  }

  /** First nobody can put into what goes, then it is looked at whether it is empty. */
  async #takeAway(
    known: KnownPlan | undefined,
    plan: WholePlan,
    touched: readonly string[],
    diff: ProvisionDiff,
    replicas: number,
  ): Promise<void> {
    if (known === undefined || touched.length === 0) return;
    const former = namesOf(known.plan);
    const open = former.filter((queue) => !touched.includes(queue));
    await ensureStream(this.#line, workStream(this.#names, known.plan, open, replicas));
    const holding = await this.#holding(touched);
    if (holding.length > 0) {
      await ensureStream(this.#line, workStream(this.#names, known.plan, former, replicas));
      throw planChanged(plan.flow, diff, holding);
    }
    for (const queue of diff.removed) await deleteConsumer(this.#line, this.#stream, this.#names.consumer(queue));
  }

  async #make(plan: WholePlan, replicas: number): Promise<void> {
    await ensureStream(this.#line, workStream(this.#names, plan, namesOf(plan), replicas));
    const stream = this.#stream;
    await Promise.all(
      plan.queues.map((queue) => ensureConsumer(this.#line, stream, consumerConfig(this.#names, plan, queue))),
    );
  }

  async #makeShared(keepS: number): Promise<void> {
    const wanted = sharedStreams(this.#names, this.#replicas, keepS);
    const there = await Promise.all(wanted.map(({ name }) => streamInfo(this.#line, name)));
    const missing = wanted.filter((_, index) => there[index] === undefined);
    const hasWork = (await streamInfo(this.#line, this.#stream)) !== undefined;
    await this.#checkAccount(
      missing.length + (hasWork ? 0 : 1),
      sum(missing.map(({ max_bytes: bytes }) => Math.max(0, bytes))),
    );
    await Promise.all(missing.map((config) => ensureStream(this.#line, config)));
    const answers = there[0]?.config;
    // Other flows may keep their answers for less.
    if (answers !== undefined && answers.max_age < wanted[0]!.max_age) {
      await ensureStream(this.#line, { ...answers, max_age: wanted[0]!.max_age });
    }
  }

  /** Before anything is made. */
  async #checkAccount(streams: number, bytes: number): Promise<void> {
    const { error, ...has } = await this.#line.api<AccountInfo>('INFO');
    refuseOn(error, 'to say what the account may have');
    const { max_streams: mostStreams, max_storage: mostBytes } = has.limits;
    if (mostStreams >= 0 && has.streams + streams > mostStreams)
      throw this.#accountTooSmall('streams', streams, has.streams, mostStreams);
    if (mostBytes >= 0 && has.storage + bytes > mostBytes)
      throw this.#accountTooSmall('bytes', bytes, has.storage, mostBytes);
  }

  #accountTooSmall(what: string, needed: number, has: number, most: number): FlowError {
    return new FlowError('CARRIER_REFUSED', {
      message: `Flow "${this.#flow}" needs ${needed} more ${what}, and the account of the NATS server may have ${most} and has ${has}`,
      metadata: { flow: this.#flow, what, needed, has, most },
    });
  }
}

function namesOf(plan: CarrierPlan): readonly string[] {
  return plan.queues.map(({ queue }) => queue);
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((all, each) => all + each, 0);
}
