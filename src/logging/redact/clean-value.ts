/** A plain JSON value that has been redacted and cut already, so that nobody does it again. */
export class CleanValue {
  readonly value: unknown;

  constructor(value: unknown) {
    this.value = value;
  }
}
