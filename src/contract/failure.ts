/**
 * The two failures that are not a verdict: the user is wrong, or the machine is.
 * We being wrong is a plain throw.
 */

/** The user is wrong: a flag, a module, a file. Its message is a sentence that names it. Exit code 2. */
export class UsageError extends Error {
  override readonly name: string = 'UsageError';
}

/** The surroundings are wrong: a required reference missing, the disk full. Exit code 3. */
export class InfrastructureError extends Error {
  override readonly name: string = 'InfrastructureError';
}
