import { diag, type TracerProvider } from '@opentelemetry/api';
import { FlowError, redact as redactText } from '../index.js';
import type { RedactText } from './span-failure.js';

/** Options of `OtelTracer`. */
export interface OtelTracerOptions {
  /** Where spans go. @defaultValue the global one, also when it is registered later */
  readonly tracerProvider?: TracerProvider;
  /**
   * Record what a node threw as the span event `exception`. The convention is moving exceptions from span events to logs,
   * which `FlowLogger` writes anyway.
   * @defaultValue false when the environment variable `OTEL_SEMCONV_EXCEPTION_SIGNAL_OPT_IN` is `logs`, else true
   */
  readonly exceptionEvents?: boolean;
  /**
   * Applied to the message and the stack of errors before they go into a span; `false` leaves them as they are.
   * @defaultValue `redact` of `penguiflow`, which hides what log lines hide
   */
  readonly redact?: RedactText | false;
}

/** The options with every default filled in. */
export interface ResolvedOtelOptions {
  readonly tracerProvider: TracerProvider | undefined;
  readonly exceptionEvents: boolean;
  readonly redact: RedactText;
}

const OPTIONS = ['tracerProvider', 'exceptionEvents', 'redact'];

/** @throws FlowError `INVALID_OPTION` */
export function resolveOtelOptions(options: OtelTracerOptions, env: NodeJS.ProcessEnv): ResolvedOtelOptions {
  const unknown = Object.keys(options).find((key) => !OPTIONS.includes(key));
  if (unknown !== undefined) throw invalid(`Unknown option \`${unknown}\` of OtelTracer; it has ${OPTIONS.join(', ')}`);
  const { tracerProvider, exceptionEvents = !logsOnly(env), redact } = options;
  if (tracerProvider !== undefined && typeof tracerProvider?.getTracer !== 'function')
    throw invalid('Expected `tracerProvider` of OtelTracer to be a TracerProvider');
  if (typeof exceptionEvents !== 'boolean')
    throw invalid('Expected `exceptionEvents` of OtelTracer to be true or false');
  if (redact !== undefined && redact !== false && typeof redact !== 'function')
    throw invalid('Expected `redact` of OtelTracer to be a function or false');
  return Object.freeze({ tracerProvider, exceptionEvents, redact: chooseRedact(redact) });
}

/** https://opentelemetry.io/docs/specs/semconv/exceptions/: `logs`, `logs/dup`, or neither, which means span events. */
function logsOnly(env: NodeJS.ProcessEnv): boolean {
  const signals = (env['OTEL_SEMCONV_EXCEPTION_SIGNAL_OPT_IN'] ?? '').split(',').map((signal) => signal.trim());
  return signals.includes('logs') && !signals.includes('logs/dup');
}

function chooseRedact(redact: RedactText | false | undefined): RedactText {
  if (redact === false) return same;
  return guarded(redact ?? ((text) => redactText(text)));
}

function same(text: string): string {
  return text;
}

/** A tracer must not throw, and a text that could not be redacted must not leave. */
function guarded(redact: RedactText): RedactText {
  return (text) => {
    try {
      return redact(text);
    } catch (error) {
      diag.error('penguiflow: `redact` of OtelTracer failed', error);
      return '[redaction failed]';
    }
  };
}

function invalid(message: string): FlowError {
  return new FlowError('INVALID_OPTION', { message, metadata: { owner: 'OtelTracer' } });
}
