import { createRequire } from 'node:module';

import { expect } from 'chai';

import { recogniseLicence } from '../../../samples/license-audit/licence/licence-text.js';

const require = createRequire(import.meta.url);

function textOf(id: string): string {
  const list = require('spdx-license-list/full') as Readonly<Record<string, { licenseText: string }>>;
  const text = list[id]?.licenseText;
  if (text === undefined) throw new Error(`the SPDX list has no ${id}`);
  return text;
}

/** As packages have it: a holder, lines of 79 characters. */
function asShipped(id: string): string {
  const text = textOf(id)
    .replace(/<year>|YEAR/g, '2026')
    .replace(/<(copyright )?(holders?|owner|author)>|AUTHOR EMAIL/gi, 'Ada Lovelace');
  return text.replace(/(.{60,79}) /g, '$1\n');
}

describe('samples/license-audit: recogniseLicence', () => {
  const ids = `
    MIT MIT-0 ISC 0BSD BSD-2-Clause BSD-3-Clause Apache-2.0 Zlib BlueOak-1.0.0 JSON Unlicense CC0-1.0 WTFPL
    MPL-2.0 EPL-2.0 CDDL-1.0 GPL-2.0-only GPL-3.0-only LGPL-2.1-only LGPL-3.0-only AGPL-3.0-only
  `;
  for (const id of ids.trim().split(/\s+/)) {
    it(`recognises ${id}`, () => {
      expect(recogniseLicence(asShipped(id))?.id).to.equal(id);
    });
  }

  it('does not mind a heading, another holder and a missing appendix', () => {
    const mit = textOf('MIT')
      .replace('MIT License', '# The MIT License (MIT)\n=====')
      .replace('<year> <copyright holders>', '2026 Ada');
    expect(recogniseLicence(mit)?.id).to.equal('MIT');
    const apache = textOf('Apache-2.0').split('END OF TERMS AND CONDITIONS')[0] ?? '';
    expect(recogniseLicence(apache)?.id).to.equal('Apache-2.0');
  });

  it('does not take a licence with more terms for the licence', () => {
    const more = `${textOf('MIT')}\n${'You may not sell it, host it for others, or look at it on Sundays without asking. '.repeat(4)}`;
    expect(recogniseLicence(more)).to.equal(undefined);
  });

  it('does not choose between two licences in one file', () => {
    expect(recogniseLicence(`${textOf('ISC')}\n${textOf('MIT')}`)).to.equal(undefined);
  });

  it('recognises nothing in other texts', () => {
    expect(recogniseLicence('')).to.equal(undefined);
    expect(recogniseLicence('Copyright 2026 Ada Lovelace. All rights reserved.')).to.equal(undefined);
    expect(recogniseLicence('word '.repeat(50_000))).to.equal(undefined);
  });
});
