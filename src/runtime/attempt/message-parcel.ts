import { FlowError } from '../../errors/flow-error.js';
import { withoutFrames } from '../../errors/without-frames.js';
import type { Message } from '../../message/message.js';
import { Deadline } from '../trace/deadline.js';
import { Parcel } from '../trace/envelope.js';
import type { AttemptHost } from './attempt-host.js';

/**
 * The message a node returned or emitted, as the runtime carries it on.
 *
 * @param from - what the node works on
 * @throws FlowError `TRACE_MISMATCH`
 */
export function messageParcel({ core, name, id }: AttemptHost, message: Message, from: Parcel): Parcel {
  const { trace, deadline: inherited, piece } = from.envelope;
  if (message.traceId !== trace.id) {
    const text = `Node "${name}" works on trace ${trace.id} but emitted a Message of trace ${message.traceId}`;
    const facts = { message: text, traceId: trace.id, nodeName: name, nodeId: id };
    throw withoutFrames(() => new FlowError('TRACE_MISMATCH', facts));
  }
  if (message === Parcel.givenMessage(from)) return from;
  const deadline = Deadline.of(message.deadlineS, undefined, core.clock, inherited);
  const { headers, meta, ts } = message;
  const envelope = from.envelope.derive(headers, deadline, meta, ts, piece);
  if (deadline !== inherited) core.deadlines.watch(envelope, false);
  return new Parcel(message.payload, envelope, message);
}
