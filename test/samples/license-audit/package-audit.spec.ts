import { expect } from 'chai';

import { CLOCK, createFlow, FlowError, type PenguiFlow } from '#src/index.js';
import { ManualClock } from '#src/testing/manual-clock.js';

import { PackageFiles } from '../../../samples/license-audit/files/package-files.js';
import type { Finding } from '../../../samples/license-audit/messages/finding.js';
import { InstalledPackage } from '../../../samples/license-audit/messages/installed-package.js';
import { PackageAudit } from '../../../samples/license-audit/package-audit.js';
import { LicencePolicy } from '../../../samples/license-audit/policy/licence-policy.js';

const PACKAGE = new InstalledPackage('p', 'node_modules/p', '/project/node_modules/p');

function fileError(code: string): Error {
  return Object.assign(new Error(`${code}: from the test`), { code, syscall: 'open' });
}

/** The disk does not answer. */
const HANG = Symbol('hang');

/** A disk on which each reading of a manifest goes as the next entry says. */
class TroubledFiles extends PackageFiles {
  reads = 0;

  constructor(private readonly outcomes: ReadonlyArray<string | Error | typeof HANG>) {
    super();
  }

  override readManifest(_directory: string, signal: AbortSignal): Promise<string> {
    const outcome = this.outcomes[this.reads++] ?? HANG;
    if (outcome instanceof Error) return Promise.reject(outcome);
    if (outcome !== HANG) return Promise.resolve(outcome);
    return new Promise((_resolve, reject) => {
      signal.addEventListener('abort', () => reject(new Error('aborted')), { once: true });
    });
  }

  override findLicence(): Promise<string | undefined> {
    return Promise.resolve(undefined);
  }
}

describe('samples/license-audit: PackageAudit', () => {
  let clock: ManualClock;
  let flow: PenguiFlow<InstalledPackage, Finding> | undefined;

  beforeEach(() => {
    clock = new ManualClock();
  });

  afterEach(async () => {
    await flow?.stop();
    flow = undefined;
  });

  async function audit(files: PackageFiles, policy: Partial<LicencePolicy> = {}): Promise<Finding> {
    flow = createFlow(PackageAudit, {
      providers: [
        { token: CLOCK, useValue: clock },
        { token: PackageFiles, useValue: files },
        { token: LicencePolicy, useValue: Object.assign(new LicencePolicy(), { allow: ['permissive'] }, policy) },
      ],
    });
    await flow.run();
    const call = flow.call(PACKAGE);
    call.catch(() => undefined);
    await clock.advance(30_000);
    return call;
  }

  it('reads again when the system was short of file handles', async () => {
    const files = new TroubledFiles([fileError('EMFILE'), fileError('EAGAIN'), '{ "name": "p", "license": "MIT" }']);
    expect((await audit(files)).verdict).to.equal('allowed');
    expect(files.reads).to.equal(3);
  });

  it('does not read again when a file is broken or missing', async () => {
    const files = new TroubledFiles([fileError('ENOENT')]);
    const finding = await audit(files);
    expect(finding.verdict).to.equal('unreadable');
    expect(finding.reason).to.equal('package.json does not exist');
    expect(files.reads).to.equal(1);
  });

  it('fails its trace when the trouble does not pass', async () => {
    const failure = await audit(new TroubledFiles(Array.from({ length: 9 }, () => fileError('EBUSY')))).catch(
      (error: unknown) => error,
    );
    expect(FlowError.is(failure, 'NODE_EXCEPTION')).to.equal(true);
    expect((failure as FlowError).nodeName).to.equal('ReadManifest');
  });

  it('fails its trace when the disk does not answer', async () => {
    const failure = await audit(new TroubledFiles([HANG])).catch((error: unknown) => error);
    expect(FlowError.is(failure, 'NODE_TIMEOUT')).to.equal(true);
  });

  it('takes copyleft packages along their own branch', async () => {
    const files = new TroubledFiles(['{ "name": "p", "license": "MPL-2.0" }']);
    const finding = await audit(files, { allow: ['weak-copyleft'] });
    expect(finding.verdict).to.equal('allowed');
    expect(finding.obligations).to.deep.equal([
      'MPL-2.0: changes to the package itself must be published under the same licence',
      'the licence text must be handed on, and the package ships none',
    ]);
  });

  it('lets a recorded exception win, and gives its reason', async () => {
    const files = new TroubledFiles(['{ "name": "p", "version": "1.0.0", "license": "GPL-3.0-only" }']);
    const finding = await audit(files, {
      deny: ['strong-copyleft'],
      packages: [{ package: 'p', verdict: 'allow', reason: 'only runs in the build' }],
    });
    expect(finding).to.deep.include({ verdict: 'allowed', reason: 'exception: only runs in the build' });
  });
});
