/**
 * What stands in the form of "try it", and the address of the page that leads to it filled in. Judges
 * nothing: see page/try/trial.ts.
 */
import { operations, type Operation } from '../../contract/subject.ts';
import { formats, type Format } from '../../float/format.ts';

/** A lane typed by hand, and what else stands in the form: all of it text. */
export interface TypedTrial {
  readonly operation: Operation;
  readonly format: Format;
  readonly lane: string;
  /** The class, of crossEntropy alone. */
  readonly target: string;
  /** The answer to be judged; '' where there is none. */
  readonly answer: string;
}

const names = ['operation', 'format', 'lane', 'target', 'answer'] as const;

/** The trial as an address of the page, `#try?operation=softmax&…`: it can be linked to. */
export function trialAddress(typed: TypedTrial): string {
  const query = new URLSearchParams();
  for (const name of names) if (typed[name] !== '') query.set(name, typed[name]);
  return `#try?${query}`;
}

/** The trial that an address names, what it does not name taken from another; null for any other address. */
export function trialAt(hash: string, otherwise: TypedTrial): TypedTrial | null {
  if (!hash.startsWith('#try?')) return null;
  const query = new URLSearchParams(hash.slice('#try?'.length));
  return {
    operation: operations.find((name) => name === query.get('operation')) ?? otherwise.operation,
    format: formats.find((name) => name === query.get('format')) ?? otherwise.format,
    lane: query.get('lane') ?? '',
    target: query.get('target') ?? '0',
    answer: query.get('answer') ?? '',
  };
}
