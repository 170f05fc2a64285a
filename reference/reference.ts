/** What a reference is to the harness: a name, and a way to load it that may fail with a reason. */
import type { Implementation } from '../src/subjects/implementation.ts';

export const referenceNames = ['tfjs-cpu', 'tfjs-wasm', 'tfjs-node', 'tensorflow'] as const;
export type ReferenceName = (typeof referenceNames)[number];

/** A reference that is there, or why it is missing and what to do about it. */
export type LoadedReference =
  | { readonly kind: 'available'; readonly implementation: Implementation }
  /** `remedy` is what to do about it, in words that follow a semicolon. */
  | { readonly kind: 'missing'; readonly reason: string; readonly remedy: string };

export interface LoadOptions {
  /** Fills and frees memory before each call, so that what a kernel leaves unwritten shows. Slow. Default false. */
  readonly poisons?: boolean;
}

/** A reference by its name, before it is loaded. */
export interface ReferenceLoader {
  readonly name: ReferenceName;
  /** True where it comes with the package, and is there without any set-up. */
  readonly embedded: boolean;
  /** Once per process; the same answer each time. */
  load(options?: LoadOptions): Promise<LoadedReference>;
}
