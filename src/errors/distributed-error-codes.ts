import type { FlowErrorEntry } from './flow-error-code.js';

/** The part of the catalogue about flows in several processes. */
export const DISTRIBUTED_ERRORS = {
  // Distributed flows: the carrier
  CARRIER_CLOSED: {
    summary: 'A session with a carrier was closed before the engine had answered, or was used after that.',
    fix: 'Close the session when nothing needs it any more, or give `close` more time; whether the engine has what it did not answer is not known.',
  },
  CARRIER_JOURNAL_LARGE: {
    summary:
      'The journal of an SQLite carrier is above 256 MB, as somebody reads in its file for long: it cannot be emptied meanwhile.',
    fix: 'End what reads, or have it read in short transactions; `metadata.readers` names the processes where the system tells. It is emptied by itself then.',
  },
  DEAD_LETTERS_DROPPED: {
    summary: 'Dead letters were dropped, as they were older than 14 days or as there were more than 100,000 of a flow.',
    fix: 'Look at the dead letters in time: redrive them when what they failed of is mended, or discard them; alert on their number.',
  },
  LEASE_LOST: {
    summary:
      'A delivery was settled or handed back that is not ours any more: it was held without a renewal, or has ended already.',
    fix: 'Drop its work: another session has the message. If that happens often, raise `leaseS` of the carrier, or `maxHoldS` of its queue.',
    final: true,
  },
  MESSAGE_TOO_LARGE: {
    summary: 'A message is larger than its engine takes.',
    fix: 'Send a reference to the data instead of the data; `metadata.maxBytes` is what the engine takes.',
    final: true,
    own: true,
  },
  PLAN_CHANGED: {
    summary:
      'The plan of a flow does not fit what its engine has, and changing that could strand messages or break their order.',
    fix: 'Let the queues that `metadata.holding` names run empty under the former plan, then start the new one; with `provision: "verify"`, provision first.',
    final: true,
  },

  // Distributed flows: what becomes of messages
  HOLD_EXCEEDED: {
    summary: 'A process worked on a message for longer than it may hold one.',
    fix: 'Find what takes that long, or raise `maxHoldS` of the `queue(…)` of the node that the message came to.',
    final: true,
    own: true,
  },
  POISON_MESSAGE: {
    summary:
      'A message was begun several times, and each time its process ended before it did: it is put aside, so that it ends no more of them.',
    fix: 'Look at what the last processes said before they ended (out of memory, a native module); when that is mended, redrive the dead letter.',
    final: true,
  },

  // Distributed flows: clients
  RESULTS_QUEUED: {
    summary: 'A client was to wait for results of a flow whose results go somewhere else than to who asks.',
    fix: "Use `emit`; or say `results: 'reply'` in `@Distributed`.",
    final: true,
  },

  // Distributed flows: payloads and plans
  NOT_ENCODABLE: {
    summary: 'A payload has something in it that cannot be sent to another process.',
    fix: 'Read `metadata.path` and `metadata.kind` for what it is; send data, name classes in `types` of `@Distributed`, and give a `wire(…)` for those that are more than their fields.',
    final: true,
    own: true,
  },
  NOT_DECODABLE: {
    summary: 'What came from another process is no payload that PenguiFlow has written there.',
    fix: 'Look at who else writes to the queues of the flow, and whether `encode` and `decode` of the `wire(…)` that the message names agree.',
    final: true,
  },
  UNKNOWN_TYPE: {
    summary: 'A payload came that is of a class whose wire name nobody here knows.',
    fix: 'Name the class in `types` of `@Distributed`, or put `@Wire` on it, and deploy that build; `metadata.type` is the wire name.',
  },
  PLAN_UNSUPPORTED: {
    summary: 'The groups of a distributed flow cut it where it cannot be cut.',
    fix: 'Put the nodes that `metadata.nodes` names into one group.',
  },
} as const satisfies Record<string, FlowErrorEntry>;
