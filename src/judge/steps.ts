/** Runs code that may have to wait, without waiting where it need not: a promise per case costs microseconds. */

/** A generator that yields what may be a promise and is resumed with what it resolved to. */
export type Steps<T> = Generator<unknown, T, never>;

function isThenable(value: unknown): value is PromiseLike<unknown> {
  return (
    typeof value === 'object' && value !== null && typeof (value as { then?: unknown }).then === 'function'
  );
}

/** Waits for `value` inside Steps: `const outcome = yield* settled(implementation.run(c))`. */
export function* settled<T>(value: T | PromiseLike<T>): Steps<T> {
  return isThenable(value) ? ((yield value) as T) : value;
}

/** The result at once where nothing had to be awaited, else a promise of it. */
export function drive<T>(steps: Steps<T>): T | Promise<T> {
  const first = steps.next();
  return first.done === true ? first.value : driveOn(steps, first.value);
}

async function driveOn<T>(steps: Steps<T>, pending: unknown): Promise<T> {
  let waitingFor = pending;
  for (;;) {
    let next: IteratorResult<unknown, T>;
    try {
      next = steps.next((await waitingFor) as never);
    } catch (error) {
      next = steps.throw(error);
    }
    if (next.done === true) return next.value;
    waitingFor = next.value;
  }
}
