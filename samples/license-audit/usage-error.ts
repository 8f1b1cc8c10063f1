/** The audit cannot begin: the command line, the directory or the policy file is wrong. Its message is for the user. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}
