import { expect } from 'chai';

import { createFlow } from '#src/index.js';

import { PackageFiles } from '../../../samples/license-audit/files/package-files.js';
import { openProject } from '../../../samples/license-audit/files/open-project.js';
import { LicencePolicy } from '../../../samples/license-audit/policy/licence-policy.js';
import { ProjectAudit } from '../../../samples/license-audit/project-audit.js';
import { AuditProgress } from '../../../samples/license-audit/report/audit-progress.js';
import { Recording } from '../../../samples/license-audit/recording.js';
import { SlowNodes } from '../../../samples/license-audit/report/slow-nodes.js';
import { ProjectFixture } from './project-fixture.js';

/** Has a bug that shows with one package only. */
class BuggyFiles extends PackageFiles {
  override readManifest(directory: string, signal: AbortSignal): Promise<string> {
    if (directory.endsWith('unlucky')) throw new TypeError('cannot read it');
    return super.readManifest(directory, signal);
  }
}

class NotedProgress extends AuditProgress {
  readonly notes: string[] = [];

  override begin(total: number): void {
    this.notes.push(`begin ${total}`);
  }

  override advance(name: string): void {
    this.notes.push(name);
  }
}

describe('samples/license-audit: ProjectAudit', () => {
  it('gives a package whose trace fails a row, goes on with the others and reports progress', async () => {
    await using fixture = await ProjectFixture.make({
      'node_modules/fine/package.json': { name: 'fine', license: 'MIT' },
      'node_modules/good/package.json': { name: 'good', license: 'ISC' },
      'node_modules/unlucky/package.json': { name: 'unlucky', license: 'MIT' },
    });
    const progress = new NotedProgress();
    const slowNodes = new SlowNodes();
    await using flow = createFlow(ProjectAudit, {
      providers: [
        { token: LicencePolicy, useValue: Object.assign(new LicencePolicy(), { allow: ['permissive'] }) },
        { token: PackageFiles, useValue: new BuggyFiles() },
        { token: AuditProgress, useValue: progress },
        { token: SlowNodes, useValue: slowNodes },
        { token: Recording, useValue: new Recording(undefined) },
      ],
    });
    await flow.run();
    const { rows } = await flow.call(await openProject(fixture.directory));

    expect(rows.map(({ name, verdict }) => `${name} ${verdict}`)).to.deep.equal([
      'fine allowed',
      'good allowed',
      'unlucky unreadable',
    ]);
    expect(rows[2]?.reason).to.equal("Node 'ReadManifest' raised TypeError: cannot read it");
    expect(progress.notes[0]).to.equal('begin 3');
    expect(progress.notes.slice(1)).to.have.members(['fine', 'good', 'unlucky']);
    const timing = slowNodes.timings().find(({ node }) => node === 'ReadManifest');
    expect(timing).to.deep.include({ runs: 3, retries: 0 });
  });
});
