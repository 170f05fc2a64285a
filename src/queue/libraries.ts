/**
 * BullMQ and ioredis, loaded when a queue is asked for, and what is called of them. Neither is there when
 * this is compiled, so the types are our own.
 */
import { UsageError } from '../contract/failure.ts';
import { findPart, loadPart, type PartName } from '../connect/part.ts';

/** What ioredis is told of a server. */
export interface RedisOptionsLike {
  readonly host: string;
  readonly port: number;
  readonly db: number;
  readonly username?: string;
  readonly password?: string;
  /** There for a connection by TLS. */
  readonly tls?: { readonly servername?: string };
}

/** How a connection behaves, beside where it goes. */
export interface RedisBehaviour {
  /** The milliseconds before the n-th attempt to connect again; null: none is made. */
  readonly retryStrategy?: ((times: number) => number) | null;
  readonly maxRetriesPerRequest?: number | null;
  readonly connectTimeout?: number;
  readonly lazyConnect?: boolean;
  readonly enableReadyCheck?: boolean;
  readonly connectionName?: string;
  readonly protocol?: 2 | 3;
}

/** A connection of ioredis. */
export interface RedisLike {
  /** 'wait', 'connecting', 'connect', 'ready', 'reconnecting', 'close' or 'end'. */
  readonly status: string;
  get(key: string): Promise<string | null>;
  getBuffer(key: string): Promise<Buffer | null>;
  /** `how` as in the command: 'PX', 1000, 'NX'. Null where NX or XX kept it from being set. */
  set(
    key: string,
    value: string | Buffer | number,
    ...how: readonly (string | number)[]
  ): Promise<'OK' | null>;
  /** The bytes from `start` to `end`, '' where there is no such key. */
  getrange(key: string, start: number, end: number): Promise<string>;
  mget(...keys: readonly string[]): Promise<(string | null)[]>;
  del(...keys: readonly string[]): Promise<number>;
  exists(...keys: readonly string[]): Promise<number>;
  incr(key: string): Promise<number>;
  ttl(key: string): Promise<number>;
  pttl(key: string): Promise<number>;
  expire(key: string, seconds: number): Promise<number>;
  pexpire(key: string, ms: number): Promise<number>;
  scan(cursor: string, ...how: readonly (string | number)[]): Promise<[cursor: string, keys: string[]]>;
  llen(key: string): Promise<number>;
  zcard(key: string): Promise<number>;
  bzpopmin(key: string, seconds: number): Promise<unknown>;
  /** The server's clock: seconds since 1970, and microseconds. */
  time(): Promise<[seconds: string | number, microseconds: string | number]>;
  eval(script: string, keys: number, ...args: readonly (string | number | Buffer)[]): Promise<unknown>;
  info(...sections: readonly string[]): Promise<string>;
  config(verb: 'GET' | 'SET', name: string, value?: string | number): Promise<unknown>;
  ping(): Promise<string>;
  multi(): RedisTransactionLike;
  connect(): Promise<void>;
  duplicate(behaviour?: RedisBehaviour): RedisLike;
  /** Ends the connection after the answers to what was asked. */
  quit(): Promise<unknown>;
  /** Ends the connection at once; what was asked is rejected. */
  disconnect(): void;
  on(event: 'error', listener: (error: Error) => void): unknown;
  on(event: 'ready' | 'close' | 'end' | 'reconnecting', listener: () => void): unknown;
  off(event: string, listener: (...args: never[]) => void): unknown;
}

/** Commands that are done all at once, or not at all. */
export interface RedisTransactionLike {
  set(key: string, value: string | Buffer | number, ...how: readonly (string | number)[]): this;
  del(...keys: readonly string[]): this;
  pexpire(key: string, ms: number): this;
  exec(): Promise<[error: Error | null, answer: unknown][] | null>;
}

export type RedisClass = new (options: RedisOptionsLike & RedisBehaviour) => RedisLike;

/** A job of BullMQ. */
export interface JobLike<Data = unknown> {
  readonly id?: string;
  readonly name: string;
  readonly data: Data;
  /** How often it was begun and ended by a failure. */
  readonly attemptsMade: number;
  /** How often it was begun. */
  readonly attemptsStarted: number;
  readonly stalledCounter?: number;
  readonly failedReason?: string;
  /** When it was begun last, by the clock of whoever took it. */
  readonly processedOn?: number;
  remove(): Promise<void>;
  retry(): Promise<void>;
  getState(): Promise<string>;
}

export interface JobOptionsLike {
  readonly jobId?: string;
  readonly attempts?: number;
  readonly backoff?: { readonly type: 'fixed' | 'exponential'; readonly delay: number };
  readonly removeOnComplete?: boolean | number;
  readonly removeOnFail?: boolean | number;
  readonly priority?: number;
  readonly lifo?: boolean;
}

export interface QueueOptionsLike {
  readonly connection: RedisLike;
  readonly prefix: string;
  readonly defaultJobOptions?: JobOptionsLike;
  readonly streams?: { readonly events: { readonly maxLen: number } };
}

export type JobStateLike = 'waiting' | 'active' | 'delayed' | 'completed' | 'failed' | 'paused';

export interface QueueLike<Data = unknown> {
  add(name: string, data: Data, options?: JobOptionsLike): Promise<JobLike<Data>>;
  addBulk(
    jobs: readonly { readonly name: string; readonly data: Data; readonly opts?: JobOptionsLike }[],
  ): Promise<JobLike<Data>[]>;
  getJob(id: string): Promise<JobLike<Data> | undefined>;
  /** A JobStateLike, or 'unknown'. */
  getJobState(id: string): Promise<string>;
  getJobs(
    states: readonly JobStateLike[],
    start?: number,
    end?: number,
  ): Promise<(JobLike<Data> | undefined)[]>;
  getFailed(start?: number, end?: number): Promise<JobLike<Data>[]>;
  getJobCounts(...states: readonly JobStateLike[]): Promise<Readonly<Record<string, number>>>;
  getWaitingCount(): Promise<number>;
  getActiveCount(): Promise<number>;
  /** The number of jobs that were removed: 0 for one that is under way. */
  remove(id: string): Promise<number>;
  pause(): Promise<void>;
  resume(): Promise<void>;
  /** Removes the jobs that wait. */
  drain(delayed?: boolean): Promise<void>;
  /** Removes all of it; `force` with the jobs that are under way. */
  obliterate(options?: { readonly force?: boolean; readonly count?: number }): Promise<void>;
  waitUntilReady(): Promise<unknown>;
  close(): Promise<void>;
  on(event: 'error', listener: (error: Error) => void): this;
}

export interface WorkerOptionsLike {
  readonly connection: RedisLike;
  readonly prefix: string;
  readonly name?: string;
  readonly concurrency?: number;
  readonly autorun?: boolean;
  readonly lockDuration?: number;
  readonly lockRenewTime?: number;
  readonly stalledInterval?: number;
  readonly maxStalledCount?: number;
  readonly skipStalledCheck?: boolean;
  /** Seconds that a fetch waits at the server for a job. */
  readonly drainDelay?: number;
  /** Milliseconds after a broken connection. */
  readonly runRetryDelay?: number;
  readonly removeOnComplete?: { readonly count: number };
  readonly removeOnFail?: { readonly count: number };
}

/** What is done with a job. `signal` says that its lock is lost, to processors of three parameters. */
export type ProcessorLike<Data = unknown, Result = unknown> = (
  job: JobLike<Data>,
  token?: string,
  signal?: AbortSignal,
) => Promise<Result>;

export interface WorkerLike<Data = unknown> {
  concurrency: number;
  /** What renews the locks of jobs, by a timer that `close` ends last. */
  readonly lockManager?: { close(): Promise<void> };
  /** Ends the wait for the next look for stalled jobs. */
  readonly stalledCheckStopper?: () => void;
  run(): Promise<void>;
  /** Takes no job any more; waits for those under way unless it is told not to. */
  pause(doNotWaitActive?: boolean): Promise<void>;
  resume(): Promise<void>;
  isPaused(): boolean;
  isRunning(): boolean;
  /** Waits for the jobs under way unless it is forced. */
  close(force?: boolean): Promise<void>;
  waitUntilReady(): Promise<unknown>;
  on(event: 'error', listener: (error: Error) => void): this;
  on(event: 'failed', listener: (job: JobLike<Data> | undefined, error: Error) => void): this;
  on(event: 'active' | 'completed', listener: (job: JobLike<Data>) => void): this;
  on(event: 'stalled', listener: (jobId: string) => void): this;
  on(event: 'drained' | 'ready' | 'closed' | 'paused' | 'resumed', listener: () => void): this;
  off(event: string, listener: (...args: never[]) => void): this;
}

export interface BullMq {
  readonly Queue: new <Data = unknown>(name: string, options: QueueOptionsLike) => QueueLike<Data>;
  readonly Worker: new <Data = unknown, Result = unknown>(
    name: string,
    processor: ProcessorLike<Data, Result> | null,
    options: WorkerOptionsLike,
  ) => WorkerLike<Data>;
}

export interface QueueLibraries {
  readonly bullmq: BullMq;
  readonly ioredis: { readonly Redis: RedisClass };
}

const names: readonly PartName[] = ['bullmq', 'ioredis'];
const user = 'a queue';

/** @throws UsageError with the one command that installs both, where one of them is missing. */
export async function loadQueueLibraries({
  find = findPart,
}: { readonly find?: (name: string) => string | null } = {}): Promise<QueueLibraries> {
  const missing = names.filter((name) => find(name) === null);
  if (missing.length > 0) {
    throw new UsageError(`${user} needs the packages bullmq and ioredis: npm install ${missing.join(' ')}`);
  }
  const [bullmq, ioredis] = await Promise.all(names.map((name) => loadPart(name, { user })));
  return { bullmq: bullmq as BullMq, ioredis: ioredis as { readonly Redis: RedisClass } };
}
