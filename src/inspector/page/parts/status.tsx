import type { JSX } from 'preact';

/** How good or bad something is. Said with a glyph and a word as well as with its colour. */
export type Tone = 'good' | 'warn' | 'bad' | 'busy' | 'quiet';

interface Look {
  readonly glyph: string;
  readonly tone: Tone;
  readonly word: string;
}

const LOOKS: Readonly<Record<string, Look>> = {
  succeeded: { glyph: '✓', tone: 'good', word: 'succeeded' },
  failed: { glyph: '✕', tone: 'bad', word: 'failed' },
  running: { glyph: '▸', tone: 'busy', word: 'running' },
  deadline: { glyph: '◷', tone: 'warn', word: 'deadline' },
  timeout: { glyph: '◷', tone: 'warn', word: 'timed out' },
  cancelled: { glyph: '⊘', tone: 'quiet', word: 'cancelled' },
  stopped: { glyph: '■', tone: 'quiet', word: 'stopped' },
  rejected: { glyph: '⊣', tone: 'warn', word: 'rejected' },
  interrupted: { glyph: '⚡', tone: 'bad', word: 'interrupted' },
  handed_over: { glyph: '⇢', tone: 'quiet', word: 'handed over' },
};

/** The order in which states of runs are listed. */
export const STATUSES = [
  'failed',
  'running',
  'succeeded',
  'deadline',
  'cancelled',
  'stopped',
  'rejected',
  'interrupted',
  'handed_over',
];

export function lookOf(status: string): Look {
  return LOOKS[status] ?? { glyph: '•', tone: 'quiet', word: status };
}

/** The state of a run or an attempt, as a pill. */
export function Status({ status }: { readonly status: string }): JSX.Element {
  const { glyph, tone, word } = lookOf(status);
  return (
    <Pill tone={tone} glyph={glyph}>
      {word}
    </Pill>
  );
}

export function Pill(props: {
  readonly tone: Tone;
  readonly glyph: string;
  readonly children: JSX.Element | string;
  readonly title?: string;
}): JSX.Element {
  return (
    <span class={`pill ${props.tone}`} title={props.title}>
      <span aria-hidden="true">{props.glyph}</span>
      <span>{props.children}</span>
    </span>
  );
}
