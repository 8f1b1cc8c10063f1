import { existsSync, readFileSync } from 'node:fs';
import { expect } from 'chai';
import { memoryStore, postgresStore, sqliteStore, type FlowHistory, type KeptPayloads } from '#src/store/index.js';
import { describeWithTool } from '../support/needs-tool.js';
import { ADDRESS, dropSchema, newSchema, POSTGRES } from './postgres/support/postgres-target.js';
import { deleteFile, newFile } from './sqlite/support/sqlite-target.js';
import { rowsOfFile, rowsOfSchema, rowsOfStore, type EveryRow } from './support/every-row.js';
import {
  LABEL,
  plantSecrets,
  SECRETS,
  secretOf,
  TENANT,
  wordOf,
  WORDS,
  type End,
  type Hiding,
} from './support/planted-secrets.js';

const MODES: readonly KeptPayloads[] = ['none', 'failed', 'ingress', 'all'];
const HIDINGS: readonly Hiding[] = ['nothing', 'seal', 'keepPayload'];

/** Runs of which something is kept when they fail. */
const FAILED: readonly End[] = ['fails', 'hangs', 'isInvalid'];
const PLANTED = [...SECRETS, ...WORDS];
const ALL: readonly End[] = [...FAILED, 'succeeds', 'isCancelled', 'isLate'];

function found(bytes: Buffer, texts: readonly string[]): string[] {
  return texts.filter((text) => bytes.includes(text));
}

/** What a message from outside has. */
function whatCame(end: End): string[] {
  return [secretOf('payload', end), wordOf('payload', end), secretOf('meta', end), wordOf('meta', end)];
}

/** What must be in the payloads, of all that has been planted. */
function expectedIn(mode: KeptPayloads, hiding: Hiding): string[] {
  if (mode === 'none' || hiding !== 'nothing') return [];
  const came = (mode === 'failed' ? FAILED : ALL).flatMap(whatCame);
  return mode === 'all' ? [...came, secretOf('output', 'succeeds'), wordOf('output', 'succeeds')] : came;
}

/** Looks for what was planted in all that is kept of six runs. */
function examine({ payloads, others }: EveryRow, mode: KeptPayloads, hiding: Hiding): void {
  expect(found(others, SECRETS), 'secrets beside the payloads').to.deep.equal([]);
  expect(found(others, [LABEL, ...ALL, 'at work', 'login failed', '[Redacted]'])).to.have.length(10);
  const expected = expectedIn(mode, hiding);
  expect(found(payloads, expected), 'payloads that are kept').to.deep.equal(expected);
  const isHidden = mode === 'none' || hiding !== 'nothing';
  if (isHidden) expect(found(others, WORDS), 'words beside the payloads').to.deep.equal([]);
  else expect(found(others, [wordOf('payload', 'fails')])).to.have.length(mode === 'ingress' ? 0 : 1);
  const never = PLANTED.filter((text) => !expected.includes(text));
  // Of runs that were cancelled or late, the node's message may be among what has failed.
  const mayBe = isHidden ? [] : ALL.flatMap(whatCame);
  expect(
    found(
      payloads,
      never.filter((text) => !mayBe.includes(text)),
    ),
    'payloads that are not kept',
  ).to.deep.equal([]);
  if (mode === 'failed') expect(found(payloads, [secretOf('payload', 'succeeds')])).to.deep.equal([]);
}

/** Plants in each mode, and hides it in each way. */
function inEachMode(test: (mode: KeptPayloads, hiding: Hiding) => Promise<void>): void {
  for (const mode of MODES) {
    for (const hiding of HIDINGS) {
      const how = { nothing: '', seal: ', under a seal', keepPayload: ', of nodes with `keepPayload: false`' }[hiding];
      it(`H9b with payloads: '${mode}'${how}`, () => test(mode, hiding));
    }
  }
}

async function forget(history: FlowHistory): Promise<void> {
  expect(await history.forget({ tenant: TENANT })).to.equal(ALL.length);
}

describe('what was planted is where it may be only, and nowhere once it is forgotten,', function () {
  this.timeout(20_000);

  describe('in memory', () => {
    inEachMode(async (mode, hiding) => {
      const store = memoryStore();
      await plantSecrets(store, mode, hiding, async (history) => {
        examine(await rowsOfStore(store), mode, hiding);
        await forget(history);
        const { payloads, others } = await rowsOfStore(store);
        expect(found(Buffer.concat([payloads, others]), [...PLANTED, LABEL, TENANT])).to.deep.equal([]);
      });
    });
  });

  describe('in an SQLite file and those beside it', () => {
    inEachMode(async (mode, hiding) => {
      const file = newFile();
      const files = [file, `${file}-wal`, `${file}-shm`];
      const raw = (): Buffer =>
        Buffer.concat(files.filter((each) => existsSync(each)).map((each) => readFileSync(each)));
      await plantSecrets(sqliteStore({ file, worker: 'inline' }), mode, hiding, async (history) => {
        const { payloads, others } = rowsOfFile(file);
        examine({ payloads, others }, mode, hiding);
        const kept = found(Buffer.concat([payloads, others]), PLANTED);
        expect(found(raw(), PLANTED), 'bytes of the files').to.have.members(kept);
        await forget(history);
        expect(found(raw(), [...PLANTED, LABEL, TENANT, ...ALL]), 'bytes that were forgotten').to.deep.equal([]);
      });
      expect(found(raw(), [...PLANTED, LABEL, TENANT]), 'bytes at the end').to.deep.equal([]);
      deleteFile(file);
    });
  });

  describeWithTool(POSTGRES, 'in a schema of Postgres', () => {
    const schema = newSchema();
    after(() => dropSchema(schema));

    inEachMode(async (mode, hiding) => {
      await plantSecrets(postgresStore({ url: ADDRESS.href, schema }), mode, hiding, async (history) => {
        examine(await rowsOfSchema(schema), mode, hiding);
        await forget(history);
        const { payloads, others } = await rowsOfSchema(schema);
        expect(found(Buffer.concat([payloads, others]), [...PLANTED, LABEL, TENANT, ...ALL])).to.deep.equal([]);
      });
    });
  });
});
