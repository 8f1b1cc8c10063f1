import { expect } from 'chai';
import { describeWithTool } from '../../support/needs-tool.js';
import { appsProject, importApp } from '../support/apps-project.js';
import { ADAPTERS, type Adapter } from '../support/run-app.js';

interface Response {
  readonly description?: string;
  readonly content?: Readonly<Record<string, { readonly schema: unknown }>>;
}

interface Document {
  readonly paths: Readonly<Record<string, Readonly<Record<string, { responses: Readonly<Record<string, Response>> }>>>>;
  readonly components: { readonly schemas: Readonly<Record<string, unknown>> };
}

interface OpenapiApp {
  readonly app: { close(): Promise<void> };
  readonly url: string;
}

interface AppModule {
  startOpenapiApp(adapter: Adapter): Promise<OpenapiApp>;
}

const json = (schema: object): Response['content'] => ({ 'application/json': { schema } });
const receipt = { $ref: '#/components/schemas/Receipt' };
const events = { 'text/event-stream': { schema: { type: 'string' } } };

for (const kind of ['plain', 'plugin'] as const) {
  const title = kind === 'plugin' ? 'with its compiler plugin' : 'without its compiler plugin';
  describeWithTool(appsProject, `penguiflow/nestjs: documents of @nestjs/swagger ${title}`, function () {
    this.timeout(60_000);

    let start: AppModule['startOpenapiApp'];
    let running: OpenapiApp | undefined;

    before(async () => {
      ({ startOpenapiApp: start } = await importApp<AppModule>('openapi-app', kind));
    });
    afterEach(async () => {
      await running?.app.close();
      running = undefined;
    });

    for (const adapter of ADAPTERS) {
      it(`say what the flows answer with, and not what they take (${adapter})`, async () => {
        running = await start(adapter);
        const document = (await (await fetch(`${running.url}/api-json`)).json()) as Document;
        const responses = (path: string, method = 'post'): Readonly<Record<string, Response>> =>
          document.paths[`/orders${path}`]![method]!.responses;
        expect(responses('')).to.deep.equal({ 201: { description: '', content: json(receipt) } });
        expect(responses('/later')).to.deep.equal({
          202: { description: '', content: json({ type: 'array', items: receipt }) },
          404: { description: 'No such sku.' },
        });
        for (const path of ['/undocumented', '/undocumented-promise']) {
          expect(responses(path)).to.deep.equal({ 201: { description: '' } });
        }
        expect(responses('/own')).to.deep.equal({ 201: { description: 'Priced.', content: json(receipt) } });
        for (const method of ['post', 'get']) {
          expect(Object.keys(responses('/stream', method))).to.deep.equal(['200']);
          const { description, content } = responses('/stream', method)[200]!;
          expect(content).to.deep.equal(events);
          expect(description).to.match(/^Server-Sent Events/);
        }
        expect(document.components.schemas).to.have.keys(['Order', 'Receipt']);
        // The plugin was there: it alone finds the type of a method that says nothing.
        expect(responses('/plain', 'get')[200]!.content).to.deep.equal(kind === 'plugin' ? json(receipt) : undefined);
      });
    }
  });
}
