// The bank: a real HTTP server in a process of its own. Takes the seed, tells its parent the port, and ends with it.
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';

import { moodOf } from './bank-mood.js';

const LATENCY_MS = 8;
const SLOW_MS = 180;

const seed = Number(process.argv[2]);

async function charge(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const url = new URL(request.url ?? '/', 'http://bank');
  const [order, attempt] = [Number(url.searchParams.get('order')), Number(url.searchParams.get('attempt'))];
  const mood = moodOf(seed, order, attempt);
  if (mood === 'silent') return;
  if (mood === 'broken line') return void request.socket.destroy();
  await delay(mood === 'slow' ? SLOW_MS : LATENCY_MS);
  if (mood === 'unavailable') return void response.writeHead(503).end('we are closed');
  if (mood === 'garbage') return void response.writeHead(200).end('<html>It works!');
  const answer = mood === 'no money' ? { paid: false } : { paid: true, receipt: `r-${order}` };
  response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(answer));
}

const server = createServer((request, response) => {
  void charge(request, response);
});
server.listen(0, '127.0.0.1', () => process.send?.((server.address() as AddressInfo).port));
process.once('disconnect', () => {
  server.close();
  server.closeAllConnections();
});
