import type { Report, Request } from '../thread-protocol.js';
import type { FlowViews } from './flow-view.js';
import type { RecordTable } from './record-table.js';
import type { RoomWaits } from './room-waits.js';
import { ThreadSession } from './thread-session.js';

/** More room than a session can fill at a time is not counted. */
const PLENTY = 512;

/** The sessions of the thread: what they take, what they hear, and what they are told. */
export class SessionDesk {
  readonly sessions = new Map<number, ThreadSession>();
  readonly #views: FlowViews;
  readonly #records: RecordTable;
  readonly #post: (report: Report) => void;

  constructor(views: FlowViews, records: RecordTable, post: (report: Report) => void) {
    this.#views = views;
    this.#records = records;
    this.#post = post;
  }

  /** @returns whether the file is to be read anew */
  handle(request: Exclude<Request, { readonly kind: 'call' | 'close' }>): boolean {
    if (request.kind === 'open') {
      this.sessions.set(request.session, new ThreadSession(request.session, this.#views.of(request.flow)));
      return true;
    }
    const session = this.sessions.get(request.session);
    if (session === undefined) return false;
    switch (request.kind) {
      case 'closing':
        session.isClosing = true;
        break;
      case 'take': {
        const { taking: id, queue, free: credit, maxHoldMs } = request;
        session.takings.set(id, { id, session, queue, maxHoldMs, credit, registered: undefined });
        break;
      }
      case 'more': {
        const taking = session.takings.get(request.taking);
        if (taking !== undefined) taking.credit += request.free;
        break;
      }
      case 'stop': {
        const queue = session.takings.get(request.taking)?.registered;
        session.takings.delete(request.taking);
        const isLeft = ![...session.takings.values()].some(({ registered }) => registered === queue);
        if (queue !== undefined && isLeft) session.left.add(queue);
        break;
      }
      case 'listen':
      case 'hear': {
        const { listener: id, prefix } = request;
        const topic = request.kind === 'listen' ? request.topic : undefined;
        const cursor = request.kind === 'listen' && request.from === 'start' ? 0 : undefined;
        session.listeners.set(id, { id, topic, prefix, cursor });
        return true;
      }
      default:
        session.listeners.delete(request.listener);
    }
    return false;
  }

  /** Who is told of a flow; undefined for all. */
  oneOf(flow: string | undefined): number | undefined {
    const all = [...this.sessions.values()];
    if (flow === undefined) return undefined;
    return (all.find((session) => session.flow.name === flow) ?? all[0])?.id;
  }

  remove(id: number): void {
    this.sessions.delete(id);
  }

  /** A message of the session waits for room. */
  noRoom(session: ThreadSession, queue: string): void {
    if (session.told.get(queue) === 0) return;
    session.told.set(queue, 0);
    this.#post({ kind: 'room', session: session.id, queue, room: 0 });
  }

  /** A message of the session was taken into account: it knows of less room than it was told. */
  hasPut(session: ThreadSession, queue: string): void {
    if (session.told.has(queue)) session.told.set(queue, -1);
  }

  /** @param waits - where others wait for room, who come first */
  tellRoom(waits: RoomWaits): void {
    for (const session of this.sessions.values()) {
      for (const [name, told] of session.told) {
        const room = session.flow.queues.get(name)?.room ?? Infinity;
        if (room === told || (room > 0 && waits.has(session.id, name))) continue;
        const isPlenty = room >= PLENTY;
        if (isPlenty) session.told.delete(name);
        else session.told.set(name, room);
        if (room > 0) this.#post({ kind: 'room', session: session.id, queue: name, room: isPlenty ? Infinity : room });
      }
    }
  }

  tellRecords(): void {
    for (const session of this.sessions.values()) {
      for (const listener of session.listeners.values()) {
        if (listener.topic === undefined) continue;
        this.#records.tell(listener, listener.topic, Date.now(), (record) =>
          this.#post({ kind: 'record', session: session.id, listener: listener.id, record }),
        );
      }
    }
  }

  tellCasts(): void {
    for (const session of this.sessions.values()) {
      for (const listener of session.listeners.values()) {
        if (listener.topic !== undefined) continue;
        this.#records.tellCasts(listener, (topic, body) =>
          this.#post({ kind: 'heard', session: session.id, listener: listener.id, topic, body }),
        );
      }
    }
  }
}
