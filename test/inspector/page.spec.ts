import { gunzipSync } from 'node:zlib';
import { rm } from 'node:fs/promises';
import { request as httpRequest } from 'node:http';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import { ask, TOKEN, useInspectors } from './support/inspectors.js';

const MAIN = '/assets/main-Ab3dEf9h.js';

describe('the files of the page', () => {
  const bench = useInspectors();

  it('I8 are served with their types, and kept by browsers as long as their names say', async () => {
    const url = await bench.serve(bench.inspector().handler);
    const index = await ask(`${url}/`);
    expect(index.headers).to.include({ 'content-type': 'text/html; charset=utf-8', 'cache-control': 'no-cache' });
    expect((await ask(`${url}/index.html`)).text).to.equal(index.text);
    const main = await ask(url + MAIN);
    expect(main.headers).to.include({
      'content-type': 'text/javascript; charset=utf-8',
      'cache-control': 'public, max-age=31536000, immutable',
    });
    const etag = index.headers.etag as string;
    for (const [known, status] of [
      [etag, 304],
      [`W/${etag}`, 304],
      [`"other", ${etag}`, 304],
      ['"other"', 200],
    ] as const) {
      expect((await ask(`${url}/`, { headers: { 'if-none-match': known } })).status).to.equal(status);
    }
    const head = await ask(url + MAIN, { method: 'HEAD' });
    expect([head.status, head.text, head.headers['content-length']]).to.deep.equal([
      200,
      '',
      main.headers['content-length'],
    ]);
    expect((await ask(`${url}/api/hello`, { method: 'HEAD' })).text).to.equal('');
  });

  it('I8 are compressed for those who take that', async () => {
    const url = await bench.serve(bench.inspector().handler);
    const plain = await ask(url + MAIN);
    const zipped = await new Promise<Buffer>((resolve, reject) => {
      const sent = httpRequest(url + MAIN, { headers: { 'accept-encoding': 'br, gzip' }, agent: false }, (response) => {
        expect(response.headers['content-encoding']).to.equal('gzip');
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.on('end', () => resolve(Buffer.concat(chunks)));
      });
      sent.on('error', reject);
      sent.end();
    });
    expect(zipped.length).to.be.lessThan(plain.text.length / 2);
    expect(gunzipSync(zipped).toString()).to.equal(plain.text);
    expect(plain.headers.vary).to.equal('accept-encoding');
  });

  it('I8 are those of its folder, whatever path is asked for', async () => {
    const url = await bench.serve(bench.inspector().handler);
    for (const path of [
      ...[
        '/../secret.html',
        '/%2e%2e/secret.html',
        '/..%2fsecret.html',
        '/assets/../../secret.html',
        '/assets/..%5c..%5csecret.html',
      ],
      ...[
        '//secret.html',
        '/%00',
        '/index.html%00.js',
        '/assets',
        '/constructor',
        '/__proto__',
        '/%E0%A4%A',
        `/${fileURLToPath(bench.page)}index.html`,
      ],
    ]) {
      const answer = await ask(url + path);
      expect([path, answer.status]).to.deep.equal([path, 404]);
      expect(answer.text).not.to.include('out of the page');
    }
  });

  it('I8 a mount without its slash leads to the one with it, by a relative URL', async () => {
    const url = await bench.serve(bench.inspector({ path: '/tools/_penguiflow/' }).handler);
    const answer = await ask(`${url}/tools/_penguiflow?x=1`);
    expect([answer.status, answer.headers.location]).to.deep.equal([308, './_penguiflow/?x=1']);
    expect(
      new URL(answer.headers.location as string, 'https://example.com/prefix/tools/_penguiflow').pathname,
    ).to.equal('/prefix/tools/_penguiflow/');
    expect((await ask(`${url}/tools/_penguiflow/`)).status).to.equal(200);
    expect((await ask(`${url}/tools/_penguiflow/api/hello`)).status).to.equal(200);
    expect([
      (await ask(`${url}/tools`)).status,
      (await ask(`${url}/tools/_penguiflows/`)).status,
      (await ask(`${url}/`)).status,
    ]).to.deep.equal([404, 404, 404]);
  });

  it('I8 where they are not there, that is said, and the API works', async () => {
    await rm(fileURLToPath(bench.page), { recursive: true });
    const url = await bench.serve(bench.inspector().handler);
    const answer = await ask(`${url}/`);
    expect([answer.status, answer.text]).to.satisfy(
      ([status, text]: [number, string]) => status === 500 && text.includes('npm run build'),
    );
    expect((await ask(`${url}/api/hello`, { token: TOKEN })).status).to.equal(200);
  });
});
