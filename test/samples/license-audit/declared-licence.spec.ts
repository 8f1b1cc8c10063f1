import { expect } from 'chai';

import { declaredLicence } from '../../../samples/license-audit/licence/declared-licence.js';
import { formatLicence } from '../../../samples/license-audit/licence/licence-expression.js';

function read(manifest: Record<string, unknown>): string {
  const declared = declaredLicence(manifest);
  switch (declared.kind) {
    case 'expression':
      return formatLicence(declared.expression);
    case 'file':
      return `file ${declared.file}`;
    default:
      return declared.kind;
  }
}

describe('samples/license-audit: declaredLicence', () => {
  const cases: ReadonlyArray<readonly [string, Record<string, unknown>, string]> = [
    ['an SPDX id', { license: 'MIT' }, 'MIT'],
    ['an SPDX expression', { license: '(MIT OR Apache-2.0) AND CC-BY-4.0' }, '(MIT OR Apache-2.0) AND CC-BY-4.0'],
    [
      'an exception',
      { license: 'GPL-2.0-only WITH Classpath-exception-2.0' },
      'GPL-2.0-only WITH Classpath-exception-2.0',
    ],
    ['a licence that is spelled differently', { license: 'Apache 2' }, 'Apache-2.0'],
    ['an address', { license: 'http://opensource.org/licenses/MIT' }, 'MIT'],
    ['an object', { license: { type: 'ISC', url: 'x' } }, 'ISC'],
    ['a list, of which one may choose', { licenses: [{ type: 'MIT' }, { type: 'GPLv2' }] }, 'MIT OR GPL-2.0-only'],
    ['a list of names', { license: ['MIT', 'BSD-2-Clause'] }, 'MIT OR BSD-2-Clause'],
    ['a list of one', { licenses: [{ type: 'BSD-3-Clause', url: 'x' }] }, 'BSD-3-Clause'],
    ['the British spelling', { licence: 'MIT' }, 'MIT'],
    ['UNLICENSED', { license: 'UNLICENSED' }, 'UNLICENSED'],
    ['a pointer to a file', { license: 'SEE LICENSE IN docs/LICENCE.md' }, 'file docs/LICENCE.md'],
    ['a reference', { license: 'LicenseRef-ours' }, 'LicenseRef-ours'],
    ['several in no expression', { license: 'MIT/GPL' }, 'unknown'],
    ['words', { license: 'Custom' }, 'unknown'],
    ['nothing', {}, 'nothing'],
    ['an empty text', { license: ' ' }, 'nothing'],
    ['an empty list', { licenses: [] }, 'nothing'],
    ['null', { license: null }, 'nothing'],
    ['a number', { license: 7 }, 'nothing'],
  ];
  for (const [title, manifest, expected] of cases) {
    it(`reads ${title}`, () => {
      expect(read(manifest)).to.equal(expected);
    });
  }
});
