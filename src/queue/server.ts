/** The server of a queue, opened: its connections, what people are told of trouble, how all of it ends. */
import { inspect } from 'node:util';
import type { QueueAddress } from './address.ts';
import { loadQueueLibraries, type QueueLibraries, type RedisLike, type WorkerLike } from './libraries.ts';
import { probeServer } from './probe.ts';
import { isWriteRefused, queueSentence, refusalOf } from './refusal.ts';
import { onceInAWhile } from './trouble.ts';

export interface Server {
  readonly address: QueueAddress;
  readonly libraries: QueueLibraries;
  /** For commands. It connects again for ever, and a command waits until it is connected. */
  readonly redis: RedisLike;
  /** Another connection like it: for a Queue or a Worker of BullMQ, which do not end it. */
  connection(): RedisLike;
  /** Tells people of an error of a connection, a command or a Worker: once per kind in ten seconds. */
  tell(error: unknown): void;
  /**
   * Listens to a Worker's errors: tells them, and lets the Worker take no job while the server refuses what
   * is written to it. BullMQ asks again at once, many times a second.
   */
  restWhileRefused(worker: WorkerLike<any>): void;
  /**
   * What `write` resolves to, tried again each second while the server refuses what is written.
   * @throws whatever else it is rejected with, and where the signal says so or the server is closed.
   */
  untilAccepted<Result>(
    write: () => Promise<Result>,
    options?: { readonly signal?: AbortSignal },
  ): Promise<Result>;
  /**
   * Ends a Worker: waits for its jobs under way, but not longer than that, and not for a server that is gone.
   * A Worker's own `close` waits for both for ever, also where it is forced later.
   */
  closeWorker(worker: WorkerLike<any>, options?: { readonly withinMs?: number }): Promise<void>;
  /**
   * Ends all connections, those that BullMQ made of them too, and the Workers that were to rest: nothing
   * keeps the process alive.
   */
  close(): Promise<void>;
}

export interface ServerOptions {
  /** Told what people should know of: whole sentences, without the password. */
  readonly onTrouble: (sentence: string) => void;
  /** False for who only reads: then a full server, a replica, or one that evicts will do. */
  readonly writes?: boolean;
  /** How long it may take to answer at first. */
  readonly withinMs?: number;
}

/** How long is waited before a write that was refused is tried again. */
const againMs = 1000;
/** How long connections may take to end with what was asked answered. */
const quitMs = 1000;
/** How long a Worker may take to end, where nobody says otherwise. */
const closeMs = 5000;
/** A server that does not come back for so long keeps no Worker from its end; how often that is looked at. */
const [goneMs, lookMs] = [2000, 200];

/**
 * @throws UsageError where the libraries are not there, InfrastructureError where the server does not answer,
 *   or is not one that a campaign can use.
 */
export async function openServer(
  address: QueueAddress,
  { onTrouble, writes = true, withinMs = 3000 }: ServerOptions,
): Promise<Server> {
  const libraries = await loadQueueLibraries();
  await probeServer(libraries, address, { writes, withinMs });
  return new OpenServer(libraries, address, onTrouble);
}

class OpenServer implements Server {
  readonly address: QueueAddress;
  readonly #libraries: QueueLibraries;
  readonly #redis: RedisLike;
  readonly #connections = new Set<RedisLike>();
  readonly #say: (kind: string, sentence: string) => void;
  readonly #waits = new Set<() => void>();
  readonly #workers = new Set<WorkerLike<any>>();
  #isAway = false;
  #isClosed = false;

  constructor(libraries: QueueLibraries, address: QueueAddress, onTrouble: (sentence: string) => void) {
    this.address = address;
    this.#libraries = libraries;
    this.#say = onceInAWhile(onTrouble);
    this.#redis = this.connection();
    this.tell = this.tell.bind(this); // it is handed on as a listener
  }

  get libraries(): QueueLibraries {
    return this.#libraries;
  }

  get redis(): RedisLike {
    return this.#redis;
  }

  connection(): RedisLike {
    return this.#connect({});
  }

  #connect(behaviour: object): RedisLike {
    const { Redis } = this.#libraries.ioredis;
    const redis = new Redis({ ...this.address.options, maxRetriesPerRequest: null, ...behaviour });
    // BullMQ makes more of one connection, which are to be watched and ended too.
    redis.duplicate = (more = {}) => this.#connect({ ...behaviour, ...more });
    hidePassword(redis, this.address);
    redis.on('error', (error) => {
      delete (error as { command?: unknown }).command; // HELLO has the password among its arguments
      this.tell(error);
    });
    redis.on('ready', () => this.#tellReturn());
    redis.on('end', () => this.#connections.delete(redis));
    this.#connections.add(redis);
    return redis;
  }

  tell(error: unknown): void {
    if (this.#isClosed) return;
    const { kind, sentence } = refusalOf(error, this.address);
    if (kind === 'out-of-reach') this.#isAway = true;
    const words = kind === 'out-of-reach' ? `${sentence}: it is tried again and again` : sentence;
    this.#say(kind === 'other' ? sentence : kind, words);
  }

  #tellReturn(): void {
    if (!this.#isAway) return;
    this.#isAway = false;
    this.#say('back', queueSentence(this.address, 'is there again'));
  }

  restWhileRefused(worker: WorkerLike<any>): void {
    this.#workers.add(worker);
    let isResting = false;
    worker.on('error', (error) => {
      this.tell(error);
      if (isResting || this.#isClosed || worker.isPaused() || !isWriteRefused(error, this.address)) return;
      isResting = true;
      void this.#rest(worker).finally(() => (isResting = false));
    });
  }

  async #rest(worker: WorkerLike<any>): Promise<void> {
    try {
      await worker.pause(true);
      await this.untilAccepted(() => this.#redis.set('logitfuzz:probe', 'x', 'PX', againMs));
      await worker.resume();
    } catch (error) {
      this.tell(error);
    }
  }

  async untilAccepted<Result>(
    write: () => Promise<Result>,
    { signal }: { readonly signal?: AbortSignal } = {},
  ): Promise<Result> {
    for (;;) {
      try {
        return await write();
      } catch (error) {
        const isOver = (): boolean => this.#isClosed || signal?.aborted === true;
        if (!isWriteRefused(error, this.address) || isOver()) throw error;
        this.tell(error);
        await this.#wait(signal, againMs);
        if (isOver()) throw error;
      }
    }
  }

  /** Until it is time to try again, or nobody waits any more. */
  #wait(signal: AbortSignal | undefined, ms: number): Promise<void> {
    return new Promise((resolve) => {
      const end = (): void => {
        clearTimeout(timer);
        signal?.removeEventListener('abort', end);
        this.#waits.delete(end);
        resolve();
      };
      const timer = setTimeout(end, ms);
      signal?.addEventListener('abort', end);
      this.#waits.add(end);
    });
  }

  async closeWorker(worker: WorkerLike<any>, { withinMs = closeMs } = {}): Promise<void> {
    const isThere = this.#redis.status === 'ready';
    let isClosed = false;
    const closing = worker
      .close(!isThere)
      .catch((error: unknown) => this.tell(error))
      .finally(() => (isClosed = true));
    const end = performance.now() + withinMs;
    for (let seen = performance.now(); !isClosed;) {
      await Promise.race([closing, this.#wait(undefined, lookMs)]);
      const now = performance.now();
      if (this.#redis.status === 'ready') seen = now;
      if (now > end || now - seen > goneMs || this.#isClosed) break;
    }
    if (!isClosed) endTimers(worker);
    this.#workers.delete(worker);
  }

  async close(): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    for (const end of this.#waits) end();
    for (const worker of this.#workers) {
      worker.close(true).catch(() => undefined); // whoever opened it has come to grief
      endTimers(worker);
    }
    await Promise.all([...this.#connections].map(endConnection));
  }
}

/** A connection says where it leads, not by which password, whoever prints it or what holds it. */
function hidePassword(redis: RedisLike, { shown, options: { password } }: QueueAddress): void {
  const { options } = redis as unknown as { readonly options: object };
  const print = (): string => `Redis(${shown})`;
  if (password !== undefined)
    Object.defineProperty(options, 'password', { value: password, enumerable: false });
  Object.defineProperty(redis, inspect.custom, { value: print, enumerable: false });
  Object.defineProperty(redis, 'toJSON', { value: print, enumerable: false });
}

/** What keeps a process alive of a Worker whose end never comes. */
function endTimers(worker: WorkerLike<any>): void {
  worker.lockManager?.close().catch(() => undefined);
  worker.stalledCheckStopper?.();
}

async function endConnection(redis: RedisLike): Promise<void> {
  if (redis.status === 'ready') await within(redis.quit(), quitMs).catch(() => undefined);
  redis.disconnect();
}

/** Waits for it, but not longer than that. */
async function within(act: Promise<unknown>, ms: number): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise((resolve) => (timer = setTimeout(resolve, ms)));
  await Promise.race([act, late]).finally(() => clearTimeout(timer));
}
