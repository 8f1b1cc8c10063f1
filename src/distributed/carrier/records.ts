/** `answers` are results, failures and steps of a root; `cancels` are what somebody wants ended (D16, D17). */
export type RecordTopic = 'answers' | 'cancels';

/** A record that lies in the engine until its time is over. */
export interface StoredRecord {
  /** What it is about, such as a root. */
  readonly key: string;
  /** Records of a topic with equal key and id are stored once, and the first one counts. */
  readonly id: string;
  readonly body: string;
  /** When it was stored, by the engine's clock, in milliseconds since the epoch. */
  readonly storedMs: number;
}

/** A document, which is written with compare-and-set. */
export interface StoredDocument {
  readonly key: string;
  readonly body: string;
  /** Changes with each write and never comes back, not even when the document is deleted and written anew; always greater than 0. */
  readonly rev: number;
}

/** Something that goes on until it is closed; closing twice is fine. */
export interface Subscription {
  /** Nothing is called back any more. */
  close(): void;
}
