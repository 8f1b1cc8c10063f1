/** A warning of Node, as its listeners get it. */
export interface Warning extends Error {
  readonly code?: string;
}

/** The warnings with one code (or, where they have none, of one name) that each test of the enclosing `describe` causes; none is printed. */
export function catchWarnings(code: string): readonly Warning[] {
  const warnings: Warning[] = [];
  // Node prints warnings through a listener of its own.
  let printers: NodeJS.WarningListener[];
  beforeEach(() => {
    warnings.length = 0;
    printers = process.listeners('warning');
    process.removeAllListeners('warning');
    process.on(
      'warning',
      (warning: Warning) => void ((warning.code ?? warning.name) === code && warnings.push(warning)),
    );
  });
  afterEach(() => {
    process.removeAllListeners('warning');
    for (const printer of printers) process.on('warning', printer);
  });
  return warnings;
}
