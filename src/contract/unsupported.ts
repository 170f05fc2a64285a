/** How a call declines a case it does not cover: a counted skip with its reason, never a divergence. */

const code = 'ERR_UNSUPPORTED';

/** An error that declines a case; its message is the reason that is counted. */
export class UnsupportedError extends Error {
  readonly code: string = code;
  override readonly name: string = 'UnsupportedError';
}

/** True for any thrown object whose `code` is 'ERR_UNSUPPORTED', of whatever class. */
export function isUnsupported(error: unknown): boolean {
  return typeof error === 'object' && error !== null && (error as { code?: unknown }).code === code;
}
