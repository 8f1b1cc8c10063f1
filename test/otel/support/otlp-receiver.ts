import { once } from 'node:events';
import { createServer, type IncomingMessage } from 'node:http';
import { createGunzip } from 'node:zlib';
import { text } from 'node:stream/consumers';
import type { AddressInfo } from 'node:net';

/** A span as it came over the wire, with plain attributes. */
export interface ReceivedSpan {
  readonly name: string;
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId: string | undefined;
  /** 1 is internal, 3 a client's. */
  readonly kind: number;
  readonly status: { readonly code?: number; readonly message?: string };
  readonly attributes: Readonly<Record<string, unknown>>;
  readonly events: readonly { readonly name: string; readonly attributes: Readonly<Record<string, unknown>> }[];
  readonly links: readonly {
    readonly traceId: string;
    readonly spanId: string;
    readonly attributes: Readonly<Record<string, unknown>>;
  }[];
  readonly scope: string;
}

interface WireAttribute {
  readonly key: string;
  readonly value: Readonly<Record<string, unknown>>;
}
interface WireSpan {
  readonly name: string;
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId?: string;
  readonly kind?: number;
  readonly status?: ReceivedSpan['status'];
  readonly attributes?: readonly WireAttribute[];
  readonly events?: readonly { readonly name: string; readonly attributes?: readonly WireAttribute[] }[];
  readonly links?: readonly {
    readonly traceId: string;
    readonly spanId: string;
    readonly attributes?: readonly WireAttribute[];
  }[];
}
interface WireRequest {
  readonly resourceSpans?: readonly {
    readonly scopeSpans?: readonly {
      readonly scope?: { readonly name?: string };
      readonly spans?: readonly WireSpan[];
    }[];
  }[];
}

/**
 * A collector on loopback: takes `POST /v1/traces` of OTLP/HTTP with JSON and decodes it
 * (https://opentelemetry.io/docs/specs/otlp/#otlphttp).
 */
export class OtlpReceiver {
  readonly spans: ReceivedSpan[] = [];
  /** What was no trace request. */
  readonly refused: string[] = [];
  readonly #server = createServer((request, response) => {
    this.#take(request).then(
      () => response.writeHead(200, { 'content-type': 'application/json' }).end('{"partialSuccess":{}}'),
      (error: unknown) => {
        this.refused.push(String(error));
        response.writeHead(400).end();
      },
    );
  });

  async start(): Promise<string> {
    this.#server.listen(0, '127.0.0.1');
    await once(this.#server, 'listening');
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}/v1/traces`;
  }

  async stop(): Promise<void> {
    const closed = once(this.#server, 'close');
    this.#server.close();
    this.#server.closeAllConnections();
    await closed;
  }

  /** The spans of one flow trace, by our own trace id. */
  of(flowTraceId: string): ReceivedSpan[] {
    return this.spans.filter((span) => span.attributes['penguiflow.trace.id'] === flowTraceId);
  }

  async #take(request: IncomingMessage): Promise<void> {
    if (request.method !== 'POST' || request.url !== '/v1/traces')
      throw new TypeError(`${request.method} ${request.url}`);
    const body = await text(request.headers['content-encoding'] === 'gzip' ? request.pipe(createGunzip()) : request);
    const { resourceSpans = [] } = JSON.parse(body) as WireRequest;
    for (const { scopeSpans = [] } of resourceSpans) {
      for (const { scope, spans = [] } of scopeSpans) {
        for (const span of spans) this.spans.push(decode(span, scope?.name ?? ''));
      }
    }
  }
}

function decode(span: WireSpan, scope: string): ReceivedSpan {
  if (!/^[0-9a-f]{32}$/.test(span.traceId) || !/^[0-9a-f]{16}$/.test(span.spanId))
    throw new TypeError(`malformed ids ${span.traceId} ${span.spanId}`);
  return {
    name: span.name,
    traceId: span.traceId,
    spanId: span.spanId,
    parentSpanId: span.parentSpanId === '' ? undefined : span.parentSpanId,
    kind: span.kind ?? 0,
    status: span.status ?? {},
    attributes: plain(span.attributes),
    events: (span.events ?? []).map(({ name, attributes }) => ({ name, attributes: plain(attributes) })),
    links: (span.links ?? []).map(({ traceId, spanId, attributes }) => ({
      traceId,
      spanId,
      attributes: plain(attributes),
    })),
    scope,
  };
}

function plain(attributes: readonly WireAttribute[] = []): Record<string, unknown> {
  return Object.fromEntries(
    attributes.map(({ key, value }) => [
      key,
      'intValue' in value ? Number(value['intValue']) : Object.values(value)[0],
    ]),
  );
}
