import type { FlowEventType } from '../events/flow-event-type.js';
import type { FlowListener, FlowSubscription } from '../events/flow-listener.js';
import { FlowError } from '../errors/flow-error.js';
import type { FlowPlan } from '../graph/flow-plan.js';
import { Message } from '../message/message.js';
import { newTraceId } from '../message/trace-id.js';
import { subscriptionsOf, type MiddlewareObject } from '../metadata/middleware-subscriptions.js';
import { WheelEntry } from '../policy/timer-wheel.js';
import { cancelTrace } from './cancel-trace.js';
import {
  abortedError,
  checkEmitOptions,
  checkFetchOptions,
  envelopeFacts,
  type EmitOptions,
  type EnvelopeFacts,
  type FetchOptions,
} from './emit-options.js';
import { Envelope, Parcel } from './envelope.js';
import { FlowEngine } from './flow-engine.js';
import { FlowLifecycle, waitUntil } from './flow-lifecycle.js';
import type { FlowParts } from './flow-parts.js';
import { snapshotOf, type FlowSnapshot, type FlowState } from './flow-snapshot.js';
import { haltFlow, stoppedError } from './halt-flow.js';
import { ResultWaiter, type Delivered } from './result-waiter.js';
import { ResultsReader, type FlowResult } from './results-reader.js';
import type { TraceRecord } from './trace-record.js';
import { TraceTurns } from './trace-turns.js';
