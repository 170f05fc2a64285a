/**
 * A way to somebody who answers the bodies of `lfz/1`: a process, or a page of a browser. What it answers is
 * read in records.ts.
 */
import type { Ending } from '../case/outcome.ts';
import type { Welcome } from './welcome.ts';

export interface Channel {
  readonly welcome: Welcome;
  /**
   * The body of a frame `results` to that of a frame `run`, or how the other side ended instead: it is gone
   * then. They are answered in order, and the limit begins when it is the turn of the frame.
   */
  ask(body: Uint8Array, limitMs: number): Promise<Reply>;
  /** Resident memory of the other side in MB; 0 where nobody can tell. */
  residentMb(): number;
  /** Ends the other side and all that it has started; what is under way is answered as not asked. */
  close(): void;
}

export type Reply =
  | { readonly kind: 'results'; readonly body: Uint8Array }
  /** It was the turn of this frame when the other side ended. */
  | { readonly kind: 'ended'; readonly outcome: Ending }
  /** The other side ended with another frame, before the turn of this one, or was closed. */
  | { readonly kind: 'unasked' };

/**
 * Starts the other side.
 * @throws UsageError where what the user named cannot be started, InfrastructureError for the machine.
 */
export type OpenChannel = () => Promise<Channel>;
