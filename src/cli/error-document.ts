/**
 * What a command that could not do its work prints with --json. Imports nothing: it is also printed where
 * hardly anything can be loaded.
 */

/** @param args the command line. */
export function errorDocument(
  args: readonly string[],
  { exitCode, message }: { readonly exitCode: number; readonly message: string },
): object {
  const command = args.find((arg) => !arg.startsWith('-')) ?? null;
  return { schemaVersion: 1, command, exitCode, error: { message } };
}
