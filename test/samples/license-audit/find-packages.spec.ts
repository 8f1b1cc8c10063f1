import { expect } from 'chai';

import { findPackages } from '../../../samples/license-audit/files/find-packages.js';
import { Unreadable } from '../../../samples/license-audit/messages/unreadable.js';
import { DIRECTORY, Link, ProjectFixture, type FixtureEntry } from './project-fixture.js';

async function find(entries: Readonly<Record<string, FixtureEntry>>): Promise<readonly string[]> {
  await using project = await ProjectFixture.make(entries);
  const found: string[] = [];
  for await (const entry of findPackages(project.directory)) {
    found.push(
      entry instanceof Unreadable ? `${entry.location}: ${entry.problem}` : `${entry.name} in ${entry.location}`,
    );
  }
  return found;
}

const PACKAGE = { name: 'p', version: '1.0.0', license: 'MIT' };

describe('samples/license-audit: findPackages', () => {
  it('finds plain, scoped and nested packages, by name', async () => {
    const found = await find({
      'node_modules/b/package.json': PACKAGE,
      'node_modules/a/package.json': PACKAGE,
      'node_modules/a/node_modules/@s/deep/package.json': PACKAGE,
      'node_modules/@scope/c/package.json': PACKAGE,
    });
    expect(found).to.deep.equal([
      '@scope/c in node_modules/@scope/c',
      'a in node_modules/a',
      '@s/deep in node_modules/a/node_modules/@s/deep',
      'b in node_modules/b',
    ]);
  });

  it('leaves out what package managers and tools keep beside the packages', async () => {
    const found = await find({
      'node_modules/.bin/mocha': '#!/bin/sh',
      'node_modules/.cache/x/package.json': PACKAGE,
      'node_modules/.package-lock.json': {},
      'node_modules/README.md': 'a file',
      'node_modules/a/package.json': PACKAGE,
    });
    expect(found).to.deep.equal(['a in node_modules/a']);
  });

  it('finds nothing in an empty node_modules, and nothing without one', async () => {
    expect(await find({ node_modules: DIRECTORY })).to.deep.equal([]);
    expect(await find({ 'package.json': PACKAGE })).to.deep.equal([]);
  });

  it('follows a link to a package outside the project, and to what is installed there', async () => {
    await using outside = await ProjectFixture.make({
      'package.json': PACKAGE,
      'node_modules/own/package.json': PACKAGE,
    });
    const found = await find({ 'node_modules/linked': new Link(outside.directory) });
    expect(found).to.deep.equal(['linked in node_modules/linked', 'own in node_modules/linked/node_modules/own']);
  });

  it('ends when links lead in a circle', async () => {
    const found = await find({
      'node_modules/a/package.json': PACKAGE,
      'node_modules/a/node_modules/b': new Link('../../b'),
      'node_modules/b/package.json': PACKAGE,
      'node_modules/b/node_modules/a': new Link('../../a'),
      'node_modules/b/node_modules/project': new Link('../../..'),
      'node_modules/self': new Link('self'),
    });
    expect(found).to.deep.equal([
      'a in node_modules/a',
      'b in node_modules/a/node_modules/b',
      'node_modules/self: node_modules/self is a link that leads back to itself',
    ]);
  });

  it('says when a link leads nowhere', async () => {
    expect(await find({ 'node_modules/gone': new Link('../missing') })).to.deep.equal([
      'node_modules/gone: a link that leads nowhere',
    ]);
  });

  it('searches workspaces without reporting them', async () => {
    const found = await find({
      'packages/one/package.json': PACKAGE,
      'packages/one/node_modules/c/package.json': PACKAGE,
      'node_modules/@mine/one': new Link('../../packages/one'),
      'node_modules/d/package.json': PACKAGE,
    });
    expect(found).to.deep.equal(['c in node_modules/@mine/one/node_modules/c', 'd in node_modules/d']);
  });

  it('reports each package in the store of pnpm once, under the link that people see', async () => {
    const found = await find({
      'node_modules/.pnpm/a@1.0.0/node_modules/a/package.json': PACKAGE,
      'node_modules/.pnpm/a@1.0.0/node_modules/b': new Link('../../b@2.0.0/node_modules/b'),
      'node_modules/.pnpm/b@2.0.0/node_modules/b/package.json': PACKAGE,
      'node_modules/.pnpm/lock.yaml': 'lockfileVersion: 9',
      'node_modules/.pnpm/node_modules/b': new Link('../b@2.0.0/node_modules/b'),
      'node_modules/a': new Link('.pnpm/a@1.0.0/node_modules/a'),
    });
    expect(found).to.deep.equal(['a in node_modules/a', 'b in node_modules/.pnpm/a@1.0.0/node_modules/b']);
  });

  it('takes a node_modules that is itself a link', async () => {
    await using store = await ProjectFixture.make({ 'modules/a/package.json': PACKAGE });
    expect(await find({ node_modules: new Link(store.path('modules')) })).to.deep.equal(['a in node_modules/a']);
  });
});
