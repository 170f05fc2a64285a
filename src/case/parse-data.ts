/**
 * Plain data from outside, checked against a schema:
 * a UsageError says in one sentence what is wrong, and where.
 */
import { z } from 'zod';
import { UsageError } from '../contract/failure.ts';

/**
 * The value, as the schema reads it. `name` is what the data is, for the message: a file's path, 'the case'.
 * @throws UsageError naming the path within the data and the value that stands there.
 */
export function parseData<T>(schema: z.ZodType<T>, value: unknown, { name }: { name: string }): T {
  const parsed = schema.safeParse(value, { reportInput: true });
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw new UsageError(`${name}: ${sentenceOf(issue!)}`);
}

function sentenceOf(issue: z.core.$ZodIssue): string {
  const at = pathText(issue.path);
  if (issue.code === 'unrecognized_keys') {
    return `${at} has the unknown key ${abbreviated(issue.keys[0])}`;
  }
  return `${at} is ${abbreviated(issue.input)}, but has to be ${expectation(issue)}`;
}

function expectation(issue: z.core.$ZodIssue): string {
  switch (issue.code) {
    case 'invalid_type':
      return article(issue.expected === 'int' ? 'whole number' : issue.expected);
    case 'invalid_value':
      return issue.values.map((value) => JSON.stringify(value)).join(' or ');
    case 'invalid_union':
      if (issue.errors.length === 0) return 'of a version that is read';
      return [...new Set(issue.errors.flat().map(expectation))].join(' or ');
    case 'too_small':
      return `at least ${issue.minimum}${ofWhat(issue.origin)}`;
    case 'too_big':
      return `at most ${issue.maximum}${ofWhat(issue.origin)}`;
    default:
      return issue.message;
  }
}

function ofWhat(origin: string): string {
  if (origin === 'string') return ' characters long';
  return origin === 'array' ? ' entries long' : '';
}

function article(noun: string): string {
  return `${/^[aeiou]/.test(noun) ? 'an' : 'a'} ${noun}`;
}

/** `loss.target.shape[2]`; 'the whole' for the root. */
export function pathText(path: readonly PropertyKey[]): string {
  let text = '';
  for (const key of path) {
    if (typeof key === 'number') text += `[${key}]`;
    else text += text === '' ? String(key) : `.${String(key)}`;
  }
  return text === '' ? 'the whole' : text;
}

const shownCharacters = 60;

/** A value for a message: short, on one line, whatever it is. */
export function abbreviated(value: unknown): string {
  if (value === undefined) return 'missing';
  if (typeof value === 'number' || typeof value === 'bigint')
    return Object.is(value, -0) ? '-0' : String(value);
  if (typeof value === 'string') return cut(JSON.stringify(value.slice(0, shownCharacters + 1)));
  if (Array.isArray(value)) return `an array of ${value.length}`;
  if (value !== null && typeof value === 'object') return 'an object';
  return cut(String(value as boolean | symbol | null));
}

function cut(text: string): string {
  return text.length <= shownCharacters ? text : `${text.slice(0, shownCharacters)}…`;
}
