import { fileURLToPath } from 'node:url';

import { expect } from 'chai';

import type { LicencePolicy } from '../../../samples/license-audit/policy/licence-policy.js';
import { exceptionFor } from '../../../samples/license-audit/policy/exception-for.js';
import { loadPolicy } from '../../../samples/license-audit/policy/load-policy.js';
import { UsageError } from '../../../samples/license-audit/usage-error.js';
import { ProjectFixture, type FixtureEntry } from './project-fixture.js';

async function load(policy: FixtureEntry): Promise<LicencePolicy> {
  await using files = await ProjectFixture.make({ 'policy.json': policy });
  return await loadPolicy(files.path('policy.json'));
}

async function problemOf(loading: Promise<unknown>): Promise<string> {
  try {
    await loading;
  } catch (error) {
    if (error instanceof UsageError) return error.message;
    throw error;
  }
  throw new Error('the policy was accepted');
}

describe('samples/license-audit: loadPolicy', () => {
  it('accepts the policy of this project', async () => {
    const file = fileURLToPath(new URL('../../../../samples/license-audit/policy.json', import.meta.url));
    expect((await loadPolicy(file)).allow).to.include('permissive');
  });

  it('accepts ids, exceptions, families and UNLICENSED, and needs no list', async () => {
    const policy = await load({
      allow: ['MIT', 'GPL-2.0-only WITH Classpath-exception-2.0', 'weak-copyleft'],
      deny: ['UNLICENSED'],
    });
    expect(policy.review).to.deep.equal([]);
    expect((await load({})).allow).to.deep.equal([]);
  });

  it('says what is wrong with an entry and what was meant', async () => {
    const problem = await problemOf(load({ allow: ['MIT', 'Apache 2'], deny: ['copyleft', 3, 'MIT OR ISC'] }));
    expect(problem).to.contain('allow: "Apache 2" is neither an SPDX licence nor a family: did you mean "Apache-2.0"?');
    expect(problem).to.contain(
      'deny: "copyleft" is neither an SPDX licence nor a family: the families are permissive,',
    );
    expect(problem).to.contain('3 is neither');
    expect(problem).to.contain('"MIT OR ISC" is neither');
  });

  it('lists everything that is wrong at once', async () => {
    const problem = await problemOf(
      load({
        allow: 'MIT',
        deny: ['MIT', 'ISC'],
        review: ['ISC'],
        forbid: [],
        packages: [{ package: 'a b', verdict: 'maybe' }],
      }),
    );
    expect(problem).to.contain('allow must be a list of licences');
    expect(problem).to.contain('property forbid should not exist');
    expect(problem).to.contain('packages.0: package must be a name or name@version, got "a b"');
    expect(problem).to.contain('packages.0: verdict must be one of the following values: allow, review, deny');
    expect(problem).to.contain('packages.0: reason');
    expect(problem).to.contain('"ISC" is in more than one list');
  });

  it('says when the file is missing, is a directory, is no JSON or no object', async () => {
    await using files = await ProjectFixture.make({ 'policy.json': '{ "allow": [', 'list.json': [] });
    expect(await problemOf(loadPolicy(files.path('none.json')))).to.match(/none\.json does not exist/);
    expect(await problemOf(loadPolicy(files.directory))).to.match(/is a directory/);
    expect(await problemOf(loadPolicy(files.path('policy.json')))).to.match(/is not JSON/);
    expect(await problemOf(loadPolicy(files.path('list.json')))).to.match(/must be a JSON object/);
  });
});

describe('samples/license-audit: exceptionFor', () => {
  it('prefers the decision about the version', async () => {
    const policy = await load({
      packages: [
        { package: '@a/b', verdict: 'allow', reason: 'asked the author' },
        { package: '@a/b@2.0.0', verdict: 'deny', reason: 'changed its licence' },
      ],
    });
    expect(exceptionFor('@a/b', '1.0.0', policy)?.verdict).to.equal('allow');
    expect(exceptionFor('@a/b', '2.0.0', policy)?.verdict).to.equal('deny');
    expect(exceptionFor('b', '2.0.0', policy)).to.equal(undefined);
  });
});
