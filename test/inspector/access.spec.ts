import { readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { networkInterfaces } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import type { InspectorAccess } from '#src/inspector/inspector-options.js';
import { createInspector } from '#src/inspector/index.js';
import { ManualClock } from '#src/testing/index.js';
import { reasonOf } from '../support/settling.js';
import { thrownBy } from '../support/thrown-by.js';
import { ask, post, TOKEN, useInspectors } from './support/inspectors.js';

interface Refused {
  readonly error: { readonly code: string; readonly message: string };
  readonly runner: { readonly pid: number; readonly host: string; readonly startedMs: number };
}

function codeOf({ json }: { readonly json: unknown }): string {
  return (json as Refused).error.code;
}

describe('who may call the inspector', () => {
  const bench = useInspectors();

  it('I2 files need no token, and each call of the API does', async () => {
    const clock = new ManualClock();
    const url = await bench.serve(bench.inspector({}, clock).handler);
    expect((await ask(`${url}/`, { token: false })).text).to.include('<title>inspector</title>');
    for (const path of ['hello', 'flows', 'stream', 'runs', 'runs/1', 'runs/1/lines', 'store', 'nowhere', '']) {
      const answer = await ask(`${url}/api/${path}`, { token: false });
      expect([path, answer.status, codeOf(answer)]).to.deep.equal([path, 401, 'UNAUTHORIZED']);
      expect(answer.headers['www-authenticate']).to.match(/^Bearer/);
      await clock.advance(1_001);
    }
    expect((await ask(`${url}/api/hello`)).status).to.equal(200);
    expect((await ask(`${url}/api/hello?token=${TOKEN}`, { token: false })).status).to.equal(401);
    expect((await ask(`${url}/api/hello`, { token: false, headers: { cookie: `token=${TOKEN}` } })).status).to.equal(
      401,
    );
  });

  it('I2 ten wrong tokens a second are answered, more are put off, and the right one is never refused', async () => {
    const clock = new ManualClock();
    const url = await bench.serve(bench.inspector({}, clock).handler);
    const tries = [];
    for (let index = 0; index < 12; index++) {
      tries.push((await ask(`${url}/api/hello`, { token: `${TOKEN}${index}` })).status);
      expect((await ask(`${url}/api/hello`)).status).to.equal(200);
    }
    expect(tries).to.deep.equal([...Array.from({ length: 10 }, () => 401), 429, 429]);
    const late = await ask(`${url}/api/hello`, { token: 'wrong' });
    expect([late.headers['retry-after'], codeOf(late)]).to.deep.equal(['1', 'TOO_MANY_FAILURES']);
    await clock.advance(1_001);
    expect((await ask(`${url}/api/hello`, { token: 'wrong' })).status).to.equal(401);
  });

  it('I2 `authorize` stands in the place of the token: it names who asks, turns away, and lets nobody in when it fails', async () => {
    const answers = new Map<string, () => InspectorAccess | undefined>([
      ['ada', () => ({ subject: 'ada', tenants: ['acme'], actions: ['cancel'] })],
      ['nobody', () => undefined],
      ['odd', () => ({ tenants: 'acme' }) as never],
      [
        'broken',
        () => {
          throw new Error('the session store is away');
        },
      ],
    ]);
    const inspector = bench.inspector({
      actions: ['cancel', 'replay'],
      authorize: async ({ headers }) => answers.get(String(headers['x-user']))?.(),
    });
    const url = await bench.serve(inspector.handler);
    const as = (user: string) => ask(`${url}/api/hello`, { headers: { 'x-user': user } });
    expect((await as('ada')).json)
      .to.include({ subject: 'ada' })
      .and.deep.include({ tenants: ['acme'], actions: ['cancel'] });
    expect([(await as('nobody')).status, (await as('odd')).status, (await as('broken')).status]).to.deep.equal([
      401, 403, 500,
    ]);
    expect((await as('broken')).text).not.to.include('session store');
  });

  it('I7 an access gives no more than the inspector allows', async () => {
    const inspector = bench.inspector({
      actions: ['cancel'],
      authorize: () => ({ subject: 'ada', actions: ['cancel', 'replay'] }),
    });
    const hello = await ask(`${await bench.serve(inspector.handler)}/api/hello`);
    expect(hello.json).to.deep.include({ actions: ['cancel'] });
  });

  it('I3 sets no cookie anywhere', async () => {
    const url = await bench.serve(bench.inspector().handler);
    for (const path of ['/', '/api/hello', '/nowhere'])
      expect((await ask(url + path)).headers['set-cookie']).to.equal(undefined);
  });

  it('I4 does not answer under a foreign host, which a page of somebody else may have led here', async () => {
    const url = await bench.serve(
      bench.inspector({ allowedHosts: ['orders.example.com', '.tools.example.com'] }).handler,
    );
    const under = async (host: string, path = '/api/hello') => (await ask(url + path, { headers: { host } })).status;
    for (const host of [
      '127.0.0.1:80',
      'localhost:4000',
      '[::1]:80',
      '10.0.0.7',
      'orders.example.com',
      'ORDERS.example.com:8443',
      'a.tools.example.com',
      'tools.example.com',
    ]) {
      expect([host, await under(host)]).to.deep.equal([host, 200]);
    }
    for (const host of [
      'evil.example',
      'orders.example.com.evil.example',
      'xtools.example.com',
      '127.0.0.1.evil.example',
      'localhost.evil.example',
    ]) {
      expect([host, await under(host), await under(host, '/')]).to.deep.equal([host, 421, 421]);
    }
    const told = await ask(`${url}/`, { headers: { host: 'evil.example' } });
    expect(told.text).to.include('allowedHosts').and.include('evil.example');
  });

  it('I4 the API answers pages of its own origin only, and the files are reached by links from anywhere', async () => {
    const url = await bench.serve(bench.inspector({ actions: ['cancel'] }).handler);
    const from = async (site: string, method = 'GET', path = '/api/hello') => {
      const headers = { 'sec-fetch-site': site, 'content-type': 'application/json' };
      const answer = await ask(url + path, { method, headers, ...(method === 'POST' ? { body: '{}' } : {}) });
      return answer.status;
    };
    expect([
      await from('same-origin'),
      await from('none'),
      await from('same-site'),
      await from('cross-site'),
    ]).to.deep.equal([200, 200, 403, 403]);
    const posted = [];
    for (const site of ['same-origin', 'none', 'cross-site']) posted.push(await from(site, 'POST', '/api/cancel'));
    expect(posted).to.deep.equal([400, 403, 403]);
    expect(await from('cross-site', 'GET', '/')).to.equal(200);
  });

  it('I4 takes JSON only, of 64 KiB at most, and no other methods', async () => {
    const url = await bench.serve(bench.inspector({ actions: ['cancel'] }).handler);
    for (const type of ['text/plain', 'application/x-www-form-urlencoded', 'application/jsonp', '']) {
      const answer = await ask(`${url}/api/cancel`, { method: 'POST', headers: { 'content-type': type }, body: '{}' });
      expect([type, answer.status, codeOf(answer)]).to.deep.equal([type, 415, 'NOT_JSON']);
    }
    expect((await post(`${url}/api/cancel`, { flow: 'x'.repeat(70_000) })).status).to.equal(413);
    const chunked = await ask(`${url}/api/cancel`, {
      ...{ method: 'POST', headers: { 'content-type': 'application/json', 'transfer-encoding': 'chunked' } },
      body: JSON.stringify('x'.repeat(70_000)),
    });
    expect(chunked.status).to.equal(413);
    const broken = await ask(`${url}/api/cancel`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: '{',
    });
    expect([broken.status, codeOf(broken)]).to.deep.equal([400, 'INVALID_JSON']);
    for (const [method, path, allow] of [
      ['POST', '/api/hello', 'GET, HEAD'],
      ['DELETE', '/api/runs/1', 'GET, HEAD'],
      ['OPTIONS', '/api/cancel', 'POST'],
      ['GET', '/api/cancel', 'POST'],
      ['PUT', '/', 'GET, HEAD'],
    ] as const) {
      const answer = await ask(url + path, { method });
      expect([method, path, answer.status, answer.headers.allow]).to.deep.equal([method, path, 405, allow]);
      expect(answer.headers).not.to.have.property('access-control-allow-origin');
    }
  });

  it('I5 I14 each answer, refusals too, says that nothing may run, frame, sniff or keep it', async () => {
    const url = await bench.serve(bench.inspector().handler);
    for (const path of ['/', '/nowhere', '/api/hello', '/api/nowhere', '/assets/main-Ab3dEf9h.js']) {
      const { headers } = await ask(url + path);
      expect(headers['content-security-policy'])
        .to.include("default-src 'none'")
        .and.include("frame-ancestors 'none'")
        .and.not.include('unsafe');
      expect(headers).to.include({
        'x-content-type-options': 'nosniff',
        'referrer-policy': 'no-referrer',
        'cross-origin-resource-policy': 'same-origin',
        'x-frame-options': 'DENY',
      });
      if (path.startsWith('/api')) expect(headers['cache-control']).to.equal('no-store');
    }
  });

  it('I6 is not open to others than this machine without a long token or `authorize`', async () => {
    const unsafe = (options: object) => {
      const inspector = bench.inspector({ token: undefined, ...options } as never);
      return [thrownBy(() => inspector.handler), thrownBy(() => inspector.fastify)].map(({ code }) => code);
    };
    expect(unsafe({})).to.deep.equal(['INSPECTOR_UNSAFE', 'INSPECTOR_UNSAFE']);
    expect(unsafe({ token: 'x'.repeat(31) })).to.deep.equal(['INSPECTOR_UNSAFE', 'INSPECTOR_UNSAFE']);
    const short = bench.inspector({ token: 'x'.repeat(31) });
    for (const host of ['0.0.0.0', '::', '10.0.0.7', 'orders.example.com']) {
      expect(await reasonOf(short.listen({ host }))).to.include({ code: 'INSPECTOR_UNSAFE' });
    }
    expect(thrownBy(() => short.handler).message)
      .to.include('31 characters')
      .and.not.include('xxx');
    expect((await short.listen()).url).to.match(/^http:\/\/127\.0\.0\.1:\d+\/#token=x{31}$/);
    expect(bench.inspector({ authorize: () => undefined }).handler).to.be.a('function');
    const open = await bench.inspector().listen({ host: '0.0.0.0' });
    const [other] = Object.values(networkInterfaces())
      .flatMap((each) => each ?? [])
      .filter(({ family, internal }) => family === 'IPv4' && !internal);
    if (other !== undefined) expect((await ask(`http://${other.address}:${open.port}/api/hello`)).status).to.equal(200);
  });

  it('I6 checks its options at once', () => {
    const wrong: readonly (readonly [string, object])[] = [
      ['flows', {}],
      ['flows', { flows: [{}] }],
      ['history', { flows: [], history: {} }],
      ['token', { flows: [], token: 'has a space' }],
      ['token', { flows: [], token: '' }],
      ['authorize', { flows: [], authorize: 'yes' }],
      ['authorize', { flows: [], authorize: () => undefined, token: TOKEN }],
      ['actions', { flows: [], actions: ['forget'] }],
      ['allowedHosts', { flows: [], allowedHosts: ['https://orders.example.com'] }],
      ['title', { flows: [], title: '' }],
      ['path', { flows: [], path: 'inspector' }],
      ['record', { flows: [], record: 1 }],
      ['logger', { flows: [], logger: console }],
      ['tokens', { flows: [], tokens: [] }],
    ];
    for (const [option, options] of wrong) {
      const error = thrownBy(() => createInspector(options as never));
      expect([error.code, error.metadata['option']]).to.deep.equal(['INVALID_OPTION', option]);
      expect(error.message).not.to.include('has a space');
    }
  });

  it('I6 listens on the loopback with a token of its own, which a file tells this user alone, until it is closed', async () => {
    const inspector = bench.inspector({ token: undefined, title: 'Shop' } as never);
    const { url, port } = await inspector.listen();
    const [, token] = /#token=([\w-]{43})$/.exec(url) as unknown as [string, string];
    const hello = await ask(`http://127.0.0.1:${port}/api/hello`, { token });
    expect(hello.json).to.include({ app: 'penguiflow', title: 'Shop', subject: null, history: 'memory' });
    const folder = join(bench.folder, 'run');
    const [file] = await readdir(folder);
    const path = join(folder, file as string);
    expect([(await stat(folder)).mode & 0o777, (await stat(path)).mode & 0o777]).to.deep.equal([0o700, 0o600]);
    const { nonce } = hello.json as { nonce: string };
    const entry: unknown = JSON.parse(await readFile(path, 'utf8'));
    expect(entry).to.include({ app: 'penguiflow', url: `http://127.0.0.1:${port}/`, token, pid: process.pid, nonce });
    await inspector.close();
    expect(await readdir(folder)).to.deep.equal([]);
    expect(await reasonOf(ask(`http://127.0.0.1:${port}/`))).to.include({ code: 'ECONNREFUSED' });
  });

  it('I6 listens all the same where the file cannot be written', async () => {
    await writeFile(join(bench.folder, 'run'), 'a file, and no folder');
    const { url } = await bench.inspector().listen();
    expect((await ask(`${url.split('#')[0] as string}api/hello`)).status).to.equal(200);
  });
});
