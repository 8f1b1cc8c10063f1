import { spawnSync } from 'node:child_process';
import type { Suite } from 'mocha';

/** Something outside of the project that tests need and a machine may lack. */
export interface Tool {
  readonly name: string;
  /** The command that gets it. */
  readonly install: string;
  /** The only systems that can have it; left out: all of them. */
  readonly platforms?: readonly NodeJS.Platform[];
  isThere(): boolean;
}

/** A tool that is a command; it is there when it can be started. */
export function commandTool(
  name: string,
  { install, versionFlag = '--version' }: { readonly install: string; readonly versionFlag?: string },
): Tool {
  return { name, install, isThere: () => spawnSync(name, [versionFlag]).error === undefined };
}

const CONNECT = `const [host, port] = process.argv.slice(1);
require('node:net').connect({ host, port, timeout: 2000 })
  .on('connect', () => process.exit(0)).on('error', () => process.exit(1)).on('timeout', () => process.exit(1));`;

/** A tool that is a service; it is there when somebody listens at its address. */
export function serviceTool(name: string, { hostname, port }: URL, install: string): Tool {
  const isThere = (): boolean => spawnSync(process.execPath, ['-e', CONNECT, hostname, port]).status === 0;
  return { name: `${name} on ${hostname}:${port}`, install, isThere };
}

/** Set by most systems that build; GitHub Actions and GitLab say `true`. */
const IS_CI = ['true', '1'].includes(process.env['CI'] ?? '');

/** Suites that are pending for want of a tool, each with what is missing. */
const excused = new Map<Suite, string>();

/** Why the suite, or one around it, may be pending. */
export function whyPending(suite: Suite | undefined): string | undefined {
  for (let each = suite; each !== undefined; each = each.parent) {
    const reason = excused.get(each);
    if (reason !== undefined) return reason;
  }
  return undefined;
}

/**
 * A suite that needs a tool. Where the tool is missing it is pending and says what to install; with `CI=true` in the environment it fails,
 * unless the system cannot have the tool. The one place in which tests may be pending.
 */
export function describeWithTool(tool: Tool, title: string, body: (this: Suite) => void): void {
  if (tool.isThere()) {
    describe(title, body);
    return;
  }
  const isPossible = tool.platforms?.includes(process.platform) ?? true;
  const reason = isPossible
    ? `${tool.name} is missing (${tool.install})`
    : `${tool.name} does not exist on ${process.platform}`;
  if (isPossible && IS_CI) {
    describe(title, () => {
      it(`NOT TESTED: ${reason}`, () => {
        throw new Error(`${reason}: with CI set every tool must be there`);
      });
    });
    return;
  }
  const suite = describe.skip(`${title} (NOT TESTED: ${reason})`, body) as Suite;
  excused.set(suite, reason);
}
