/** Hears how far an audit is. This one keeps it to itself. */
export class AuditProgress {
  begin(_total: number): void {}
  advance(_name: string): void {}
  end(): void {}
}
