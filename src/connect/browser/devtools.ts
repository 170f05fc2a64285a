/**
 * The Chrome DevTools protocol over two pipes: commands and their answers, and what happens of itself. Knows
 * nothing of pages. A browser that is spoken to by pipes listens on no port, and ends when they are closed.
 */
import type { Readable, Writable } from 'node:stream';

/** What happened, as the browser puts it. */
export interface BrowserEvent {
  readonly method: string;
  readonly params: Readonly<Record<string, unknown>>;
  /** The page that it is of; absent for what is of the browser itself. */
  readonly sessionId?: string;
}

export interface Devtools {
  /** @throws Error where the browser refuses the command, or ends before it has answered. */
  send<T = Readonly<Record<string, unknown>>>(
    method: string,
    params?: Readonly<Record<string, unknown>>,
    sessionId?: string,
  ): Promise<T>;
}

/** What the browser writes: the answer to a command, which has its number, or an event. */
interface Message extends Partial<BrowserEvent> {
  readonly id?: number;
  readonly result?: unknown;
  readonly error?: { readonly message: string };
}

interface Waiting {
  resolve(result: unknown): void;
  reject(error: Error): void;
}

/** Messages are JSON in UTF-8, each ended by a byte of 0. */
const end = 0;

/** `onEvent` hears what happens, in order. */
export function openDevtools(
  { to, from }: { readonly to: Writable; readonly from: Readable },
  onEvent: (event: BrowserEvent) => void,
): Devtools {
  const waiting = new Map<number, Waiting>();
  let latest = 0;
  let isOpen = true;
  const close = (): void => {
    isOpen = false;
    for (const { reject } of waiting.values()) reject(new Error('the browser has ended'));
    waiting.clear();
  };
  const take = (message: Message): void => {
    if (message.id === undefined) return onEvent(message as BrowserEvent);
    const asked = waiting.get(message.id);
    waiting.delete(message.id);
    if (message.error === undefined) asked?.resolve(message.result);
    else asked?.reject(new Error(message.error.message));
  };
  readMessages(from, take);
  for (const stream of [to, from]) stream.on('error', close).on('close', close);
  return {
    send<T>(method: string, params: object = {}, sessionId?: string): Promise<T> {
      if (!isOpen) return Promise.reject(new Error('the browser has ended'));
      const id = ++latest;
      to.write(`${JSON.stringify({ id, method, params, sessionId })}\0`);
      return new Promise<T>((resolve, reject) => {
        waiting.set(id, { resolve: resolve as Waiting['resolve'], reject });
      });
    },
  };
}

function readMessages(from: Readable, take: (message: Message) => void): void {
  let parts: Buffer[] = [];
  from.on('data', (bytes: Buffer) => {
    let rest = bytes;
    for (let at = rest.indexOf(end); at >= 0; at = rest.indexOf(end)) {
      parts.push(rest.subarray(0, at));
      take(JSON.parse(Buffer.concat(parts).toString('utf8')) as Message);
      parts = [];
      rest = rest.subarray(at + 1);
    }
    if (rest.length > 0) parts.push(rest);
  });
}
