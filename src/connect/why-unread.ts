/** Why a file that a user named cannot be read, as the end of a sentence. */
import { resolve } from 'node:path';

/** `is not there: no file /…/softmax.wasm`, or what the system says. */
export function whyUnread(path: string, error: unknown): string {
  const { code, message } = error as NodeJS.ErrnoException;
  return code === 'ENOENT' ? `is not there: no file ${resolve(path)}` : `cannot be read: ${message}`;
}
