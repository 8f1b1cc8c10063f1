/** Nobody needs to hear of shorter waits for room in a queue, in milliseconds: who sends faster than others work waits many times a second. */
export const BACKPRESSURE_MS = 10_000;
