import { FinalAnswer, StreamChunk, WorkingMemory, type Class } from '../../index.js';

/** A class of ours under its reserved name. */
interface OwnType {
  readonly name: string;
  readonly target: Class;
  readonly encode: (value: never) => unknown;
  /** Makes none of data that is not right. */
  readonly decode: (data: never) => unknown;
  /** Also of another installed copy of the package, whose class is another one. */
  readonly is: (value: unknown) => boolean;
}

/** The classes of ours that are payloads. Each is built by its constructor: they are frozen, and known by a marker that is no field. */
export const OWN_TYPES: readonly OwnType[] = [
  {
    name: 'penguiflow.StreamChunk',
    target: StreamChunk,
    encode: ({ streamId, seq, text, done, meta }: StreamChunk) => ({ streamId, seq, text, done, meta }),
    decode: ({ streamId, seq, text, done, meta }: StreamChunk) =>
      areTexts([streamId, text]) && Number.isSafeInteger(seq) && typeof done === 'boolean' && isFields(meta)
        ? new StreamChunk(streamId, seq, text, done, meta)
        : undefined,
    is: (value) => StreamChunk.is(value),
  },
  {
    name: 'penguiflow.FinalAnswer',
    target: FinalAnswer,
    encode: ({ text, citations }: FinalAnswer) => ({ text, citations: [...citations] }),
    decode: ({ text, citations }: FinalAnswer) =>
      areTexts([text]) && areTexts(citations) ? new FinalAnswer(text, citations) : undefined,
    is: (value) => FinalAnswer.is(value),
  },
  {
    name: 'penguiflow.WorkingMemory',
    target: WorkingMemory,
    encode: ({ query, facts, hops, budgetHops, tokensUsed, budgetTokens, confidence }: WorkingMemory) => ({
      query,
      facts: [...facts],
      ...{ hops, budgetHops, tokensUsed, budgetTokens, confidence },
    }),
    decode: ({ query, facts, hops, budgetHops, tokensUsed, budgetTokens, confidence }: WorkingMemory) =>
      areTexts([query]) && Array.isArray(facts) && typeof confidence === 'number'
        ? new WorkingMemory(query, { facts, hops, budgetHops, tokensUsed, budgetTokens, confidence })
        : undefined,
    is: (value) => WorkingMemory.is(value),
  },
];

function areTexts(values: unknown): boolean {
  return Array.isArray(values) && values.every((each) => typeof each === 'string');
}

function isFields(value: unknown): boolean {
  return typeof value === 'object' && value !== null && Object.getPrototypeOf(value) === Object.prototype;
}
