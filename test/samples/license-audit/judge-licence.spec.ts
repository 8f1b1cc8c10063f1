import { expect } from 'chai';
import { plainToInstance } from 'class-transformer';

import { familyOf } from '../../../samples/license-audit/licence/licence-family.js';
import { formatTerm, parseLicence } from '../../../samples/license-audit/licence/licence-expression.js';
import { judgeLicence, type Judgement } from '../../../samples/license-audit/policy/judge-licence.js';
import { LicencePolicy } from '../../../samples/license-audit/policy/licence-policy.js';

const POLICY = plainToInstance(LicencePolicy, {
  allow: ['permissive', 'CC-BY-4.0', 'LGPL-3.0-or-later'],
  review: ['weak-copyleft', 'Artistic-2.0'],
  deny: ['strong-copyleft', 'network-copyleft', 'AGPL-3.0'],
});

function judge(text: string, policy = POLICY): Judgement {
  const expression = parseLicence(text);
  if (expression === undefined) throw new Error(`${text} is no expression`);
  return judgeLicence(expression, policy);
}

describe('samples/license-audit: judgeLicence', () => {
  const verdicts: Readonly<Record<string, string>> = {
    MIT: 'allowed',
    'BlueOak-1.0.0': 'allowed',
    'MPL-2.0': 'review',
    'GPL-3.0-only': 'denied',
    'GPL-2.0+': 'denied',
    'CC-BY-4.0': 'allowed',
    'CC-BY-3.0': 'review',
    'LicenseRef-ours': 'review',
    'MIT OR GPL-3.0-only': 'allowed',
    'MIT AND GPL-3.0-only': 'denied',
    'MIT AND MPL-2.0': 'review',
    '(MPL-2.0 OR GPL-2.0-only) AND ISC': 'review',
    'GPL-2.0-only WITH Classpath-exception-2.0': 'review',
    'Apache-2.0 WITH LLVM-exception': 'allowed',
  };
  for (const [licence, verdict] of Object.entries(verdicts)) {
    it(`finds ${licence} ${verdict}`, () => {
      expect(judge(licence).verdict).to.equal(verdict);
    });
  }

  it('lets an exact entry win over a family', () => {
    expect(judge('LGPL-3.0-or-later').verdict).to.equal('allowed');
    expect(judge('Artistic-2.0').verdict).to.equal('review');
  });

  it('knows the old and the new names of the GNU licences', () => {
    expect(judge('LGPL-3.0+').verdict).to.equal('allowed');
    expect(judge('AGPL-3.0-or-later').reason).to.equal('AGPL-3.0-or-later is denied');
    const old = plainToInstance(LicencePolicy, { allow: ['GPL-3.0-only'] });
    expect(judge('GPL-3.0', old).verdict).to.equal('allowed');
    expect(judge('GPL-3.0-or-later', old).verdict).to.equal('review');
  });

  it('names the terms that apply: the branch that was chosen, all that hold together', () => {
    const terms = (text: string): readonly string[] => judge(text).terms.map(formatTerm);
    expect(terms('GPL-3.0-only OR MIT')).to.deep.equal(['MIT']);
    expect(terms('MIT AND (MPL-2.0 OR GPL-3.0-only)')).to.deep.equal(['MIT', 'MPL-2.0']);
  });

  it('gives the reason for the worst of an AND', () => {
    expect(judge('MIT AND GPL-3.0-only').reason).to.equal('GPL-3.0-only (strong-copyleft) is denied');
    expect(judge('CC-BY-3.0').reason).to.equal('CC-BY-3.0 is in no list of the policy');
  });
});

describe('samples/license-audit: familyOf', () => {
  const families: Readonly<Record<string, string | undefined>> = {
    'Apache-2.0': 'permissive',
    'LGPL-2.1-only': 'weak-copyleft',
    'GPL-2.0-or-later': 'strong-copyleft',
    'AGPL-3.0-only': 'network-copyleft',
    'BUSL-1.1': 'source-available',
    'CC-BY-NC-SA-4.0': 'source-available',
    'CC-BY-SA-4.0': 'strong-copyleft',
    'LicenseRef-x': undefined,
  };
  for (const [license, family] of Object.entries(families)) {
    it(`puts ${license} into ${family ?? 'none'}`, () => {
      expect(familyOf({ license })).to.equal(family);
    });
  }
});
