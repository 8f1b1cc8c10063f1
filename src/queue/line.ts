/** Somebody who can stand in a line, in one at a time. The fields are the line's own. */
export abstract class LineMember {
  line: Line<LineMember> | undefined;
  before: LineMember | undefined;
  after: LineMember | undefined;

  /** Leaves the line; false when it stood in none. */
  leaveLine(): boolean {
    if (this.line === undefined) return false;
    this.line.remove(this);
    return true;
  }
}

/**
 * A line of those who wait, first come first served: joining it, leaving it from any place and serving the first take the same
 * time however long it is.
 */
export class Line<T extends LineMember> {
  size = 0;
  first: T | undefined;
  #last: T | undefined;

  /** Who came last. */
  get last(): T | undefined {
    return this.#last;
  }

  push(member: T): void {
    member.line = this as unknown as Line<LineMember>;
    member.before = this.#last;
    if (this.#last === undefined) this.first = member;
    else this.#last.after = member;
    this.#last = member;
    this.size++;
  }

  /** Takes the first one out. */
  shift(): T | undefined {
    const { first } = this;
    if (first !== undefined) this.remove(first);
    return first;
  }

  /** Takes somebody out who stands in this line. */
  remove(member: T): void {
    const { before, after } = member;
    if (before === undefined) this.first = after as T | undefined;
    else before.after = after;
    if (after === undefined) this.#last = before as T | undefined;
    else after.before = before;
    member.line = member.before = member.after = undefined;
    this.size--;
  }

  /** All who stand in line now; each may leave while it is looked at, and others, too. */
  members(): T[] {
    const members: T[] = [];
    for (let at = this.first; at !== undefined; at = at.after as T | undefined) members.push(at);
    return members;
  }
}
