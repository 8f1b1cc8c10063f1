import { createFlow, FlowError, Node, type FlowNode, type NodeContext, type PenguiFlow } from 'penguiflow';

import { PackageFiles } from '../files/package-files.js';
import { Finding } from '../messages/finding.js';
import type { InstalledPackage } from '../messages/installed-package.js';
import { PackageAudit } from '../package-audit.js';
import { LicencePolicy } from '../policy/licence-policy.js';
import { Recording } from '../recording.js';
import { SlowNodes } from '../report/slow-nodes.js';

/** Longer than every retry of every node of a package together. */
const PACKAGE_TIMEOUT_S = 60;

/**
 * Runs each package through a flow of its own, in a trace of its own: what goes wrong with one package costs its row and
 * nothing else, and its lines in the log are found by its path.
 */
@Node({ concurrency: 16 })
export class AuditPackage implements FlowNode<InstalledPackage, Finding> {
  private readonly packages: PenguiFlow<InstalledPackage, Finding>;

  constructor(policy: LicencePolicy, files: PackageFiles, slowNodes: SlowNodes, recording: Recording) {
    this.packages = createFlow(PackageAudit, {
      ...recording.option,
      providers: [
        { token: LicencePolicy, useValue: policy },
        { token: PackageFiles, useValue: files },
        { token: SlowNodes, useValue: slowNodes },
      ],
    });
  }

  async onFlowStart(): Promise<void> {
    await this.packages.run();
  }

  async onFlowStop(): Promise<void> {
    await this.packages.stop();
  }

  async process(installed: InstalledPackage, ctx: NodeContext): Promise<Finding> {
    try {
      return await this.packages.call(installed, {
        traceId: installed.location,
        timeoutS: PACKAGE_TIMEOUT_S,
        signal: ctx.signal,
      });
    } catch (error) {
      if (ctx.signal.aborted || !FlowError.is(error)) throw error;
      return Finding.unreadable(installed, error.message);
    }
  }
}
