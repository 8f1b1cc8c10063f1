function ignore(): void {}

/** The same promise: one that nobody awaits must not bring the process down when the attempt ends meanwhile. */
export function handled<Answer>(promise: Promise<Answer>): Promise<Answer> {
  promise.catch(ignore);
  return promise;
}
