import { Node, type FlowNode, type NodeContext } from 'penguiflow';

import { Discovered } from '../messages/discovered.js';
import { Finding } from '../messages/finding.js';
import { Findings } from '../messages/findings.js';
import { Unreadable } from '../messages/unreadable.js';
import { AuditProgress } from '../report/audit-progress.js';

/** What has come in of one audit. */
interface Collection {
  total: number;
  readonly rows: Finding[];
}

/** Puts the rows of an audit together and emits them when the last one is in. */
@Node()
export class CollectFindings implements FlowNode<Discovered | Finding | Unreadable, Findings> {
  private readonly collections = new Map<string, Collection>();

  constructor(private readonly progress: AuditProgress) {}

  process(message: Discovered | Finding | Unreadable, ctx: NodeContext): Findings | undefined {
    const collection = this.collections.get(ctx.traceId) ?? { total: Infinity, rows: [] };
    this.collections.set(ctx.traceId, collection);
    if (message instanceof Discovered) {
      collection.total = message.total;
      this.progress.begin(message.total);
    } else {
      const row = message instanceof Finding ? message : Finding.unreadable(message, message.problem);
      collection.rows.push(row);
      this.progress.advance(row.name);
    }
    if (collection.rows.length < collection.total) return undefined;
    this.collections.delete(ctx.traceId);
    return new Findings(collection.rows.toSorted((a, b) => (a.location < b.location ? -1 : 1)));
  }
}
