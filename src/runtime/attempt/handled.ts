function ignore(): void {}

/** The same promise: one that nobody awaits must not bring the process down when the attempt ends meanwhile. */
export function handled<Answer>(promise: Promise<Answer>): Promise<Answer> {
  promise.catch(ignore);
  return promise;
}

/**
 * The same for a promise that somebody awaits: its failure counts as handled from the moment on in which it fails. Until then it has
 * no follower but the one who awaits it, whom the stack of an error then leads to.
 */
export function handledOnFailure<Answer>(promise: Promise<Answer>): Promise<Answer> {
  const answer: Promise<Answer> = promise.catch((error: unknown) => {
    answer.catch(ignore);
    throw error;
  });
  return answer;
}
