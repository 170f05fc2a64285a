/** Waiting for what may never come, and for a signal beside it. */

/** What was asked for, or 'aborted' where the signal is first: a worker or a server may never answer. */
export async function unlessAborted<T>(asked: Promise<T>, signal: AbortSignal): Promise<T | 'aborted'> {
  let onAbort = (): void => undefined;
  const aborted = new Promise<'aborted'>((resolve) => {
    onAbort = () => resolve('aborted');
    if (signal.aborted) onAbort();
    else signal.addEventListener('abort', onAbort, { once: true });
  });
  try {
    return await Promise.race([aborted, asked]);
  } finally {
    signal.removeEventListener('abort', onAbort);
  }
}
