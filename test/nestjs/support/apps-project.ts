import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { cp, rm } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { expect } from 'chai';
import type { Tool } from '../../support/needs-tool.js';

const run = promisify(execFile);

/** A project of its own, with the libraries of NestJS that cannot stand beside ours. */
export const APPS = 'test/nestjs/apps';

export const appsProject: Tool = {
  name: `what ${APPS} depends on`,
  install: `npm ci --prefix ${APPS}`,
  isThere: () => existsSync(join(APPS, 'node_modules/@nestjs/graphql')),
};

let prepared: Promise<void> | undefined;

/** Installs this package there as a user would, and compiles the applications; once for all specs. */
export function prepareApps(): Promise<void> {
  prepared ??= prepare();
  return prepared;
}

async function prepare(): Promise<void> {
  const installed = join(APPS, 'node_modules/penguiflow');
  await rm(installed, { recursive: true, force: true });
  await cp('lib', join(installed, 'lib'), { recursive: true });
  await cp('package.json', join(installed, 'package.json'));
  await run(process.execPath, ['build.mjs'], { cwd: APPS }).catch((error: unknown) =>
    expect.fail((error as { readonly stdout: string }).stdout),
  );
}

/** What an application exports: the plain one, or that which the compiler plugin of @nestjs/swagger has seen. */
export async function importApp<T>(name: string, kind: 'plain' | 'plugin' = 'plain'): Promise<T> {
  await prepareApps();
  return (await import(pathToFileURL(resolve(APPS, 'out', kind, `${name}.js`)).href)) as T;
}
