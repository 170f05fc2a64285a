/** What a kind of subject is: how it is told by its name, and connected. Types only. */
import type { Connection } from '../case/connection.ts';
import type { SubjectModule } from '../contract/subject.ts';
import type { OutsideImplementation } from './outside-implementation.ts';

export interface ConnectOptions extends Connection {
  /** A folder of the campaign's own, for what is compiled of the subject. */
  readonly cache?: string | null;
  readonly rssLimitMb: number;
  readonly caseTimeoutMs: number;
  /** Default 'subject'. */
  readonly role?: 'subject' | 'reference';
  /** Called several times a second while an answer is waited for. */
  readonly onWait?: () => void;
}

/** A subject that is there: called in this process, or asked over a channel. */
export type Connected =
  | { readonly kind: 'module'; readonly module: SubjectModule }
  | { readonly kind: 'outside'; readonly implementation: OutsideImplementation };

/** A program, and what it is started with. */
export interface Program {
  readonly command: string;
  readonly args: readonly string[];
}

/** A kind of subject. */
export interface Connector {
  readonly kind: string;
  /** By a prefix or the ending of a file's name. */
  matches(specifier: string): boolean;
  /** Which of the flags beside `--subject` it takes. */
  readonly takes: readonly (keyof Connection)[];
  /** Whether it starts a program that the specifier names. */
  readonly startsProgram: boolean;
  /** What connects it: loaded for the subject that is asked, so that no other costs anything. */
  load(): Promise<Connecting>;
}

/** What connects a kind of subject. */
export interface Connecting {
  /** The kit that is started, of a kind that is asked by a kit. @throws UsageError */
  program?(specifier: string, connection: Connection): Program;
  /** @throws UsageError naming the specifier, and what to do. */
  connect(specifier: string, options: ConnectOptions): Promise<Connected>;
}
