import { expect } from 'chai';
import { ClientsApp, Lobby } from '../support/clients-app.js';
import { ADAPTERS, post, useApps } from '../support/run-app.js';

/** The headers by which two clients may name one and the same trace. */
const SAME_ID: readonly (readonly [id: string, headers: Readonly<Record<string, string>>])[] = [
  ['order-17', { 'x-request-id': 'order-17' }],
  [
    '4bf92f3577b34da6a3ce929d0e0e4736',
    { traceparent: '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01', 'x-request-id': 'not read' },
  ],
];

for (const adapter of ADAPTERS) {
  for (const [id, headers] of SAME_ID) {
    describe(`penguiflow/nestjs: two clients with one trace id, by ${Object.keys(headers)[0]}, on ${adapter}`, () => {
      const apps = useApps();

      /** Both clients' requests to a route; each is inside the flow. */
      async function bothInside(route: string): Promise<Inside> {
        const { app, url } = await apps.start(ClientsApp, adapter);
        const lobby = app.get(Lobby);
        const leaving = new AbortController();
        const ask = (client: string, init: RequestInit = {}): Promise<Response> =>
          post(`${url}/${route}`, { client }, { ...init, headers });
        const [ada, bob] = [ask('ada', { signal: leaving.signal }), ask('bob')];
        // A client that has left is no failure of the test.
        ada.catch(() => {});
        const [a, b] = await Promise.all([lobby.visit('ada'), lobby.visit('bob')]);
        expect([a.ctx.traceId, b.ctx.traceId]).to.deep.equal([id, id]);
        return { ada, bob, a, b, lobby, leave: () => leaving.abort() };
      }

      for (const route of ['call', 'by-hand'] as const) {
        it(`R17 neither takes the other's answer, whoever is done first (${route})`, async () => {
          const { ada, bob, a, b } = await bothInside(route);
          for (let step = 0; step < 3; step++) b.go();
          expect(await (await bob).text()).to.include('answer for bob');
          for (let step = 0; step < 3; step++) a.go();
          expect(await (await ada).text()).to.include('answer for ada');
          expect([(await ada).headers.get('x-request-id'), (await bob).headers.get('x-request-id')]).to.deep.equal([
            id,
            id,
          ]);
        });
      }

      it('R17 neither delays the other: one has its answer while the other, which came first, is worked on', async () => {
        const { ada, bob, a, b } = await bothInside('call');
        for (let step = 0; step < 3; step++) b.go();
        expect((await bob).status).to.equal(201);
        expect(a.ctx.signal.aborted).to.equal(false);
        for (let step = 0; step < 3; step++) a.go();
        expect((await ada).status).to.equal(201);
      });

      it('R16 R17 neither ends the other: one leaves, and the other has its answer', async () => {
        const { ada, bob, b, lobby, leave } = await bothInside('call');
        leave();
        await lobby.left('ada');
        expect(await ada.catch((error: unknown) => error)).to.be.instanceOf(Error);
        expect(b.ctx.signal.aborted).to.equal(false);
        for (let step = 0; step < 3; step++) b.go();
        expect(await (await bob).text()).to.include('answer for bob');
      });

      it('R16 R17 neither ends the other’s stream', async () => {
        const { bob, b, lobby, leave } = await bothInside('stream');
        b.go();
        leave();
        await lobby.left('ada');
        expect(b.ctx.signal.aborted).to.equal(false);
        b.go();
        b.go();
        const events = await (await bob).text();
        expect(events).to.include('bob three').and.to.include('event: result\ndata: "answer for bob"');
      });

      it('R17 R18 neither joins the other: each stream has its own chunks, numbered from 0', async () => {
        const { ada, bob, a, b } = await bothInside('stream');
        for (let step = 0; step < 3; step++) {
          a.go();
          b.go();
        }
        expect([chunksOf(await (await ada).text()), chunksOf(await (await bob).text())]).to.deep.equal([
          ['0 ada one', '1 ada two', '2 ada three'],
          ['0 bob one', '1 bob two', '2 bob three'],
        ]);
      });

      it('R17 R19 neither joins the other: what joinK has of one is no part of the other', async () => {
        const { ada, bob, a, b } = await bothInside('halves');
        for (let step = 0; step < 2; step++) {
          a.go();
          b.go();
        }
        expect([await (await ada).json(), await (await bob).json()]).to.deep.equal([
          ['ada left', 'ada right'],
          ['bob left', 'bob right'],
        ]);
      });
    });
  }
}

/** Two requests whose work is inside the flow. */
interface Inside {
  readonly ada: Promise<Response>;
  readonly bob: Promise<Response>;
  readonly a: Awaited<ReturnType<Lobby['visit']>>;
  readonly b: Awaited<ReturnType<Lobby['visit']>>;
  readonly lobby: Lobby;
  /** The first client goes away. */
  readonly leave: () => void;
}

/** Number and text of each chunk event. */
function chunksOf(events: string): readonly string[] {
  return [...events.matchAll(/event: chunk\n(?:id: .*\n)?data: (.*)\n/g)].map(([, data]) => {
    const { seq, text } = JSON.parse(data ?? '') as { readonly seq: number; readonly text: string };
    return `${seq} ${text}`;
  });
}
