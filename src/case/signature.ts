/**
 * What makes two divergences the same: no sizes, no values.
 * Its text is versioned, since findings are matched by it.
 */
import { createHash } from 'node:crypto';
import type { Direction, Operation } from '../contract/subject.ts';
import type { Format } from '../float/format.ts';
import { resolveAxis } from '../tensor/lanes.ts';
import { callFormName } from './call-form.ts';
import { isIndexTarget, type Case, type Loss } from './case.ts';
import type { Divergence, OracleName, Severity, Symptom } from './verdict.ts';

/** What makes two divergences the same: no sizes, no values. */
export interface Signature {
  readonly version: 1;
  readonly operation: Operation;
  readonly direction: Direction;
  readonly format: Format;
  /** 'subject', or a reference's name. */
  readonly blame: string;
  readonly oracle: OracleName;
  readonly severity: Severity;
  readonly symptom: Symptom;
  /**
   * What the logits hold: 'finite', 'empty', or those of nan, +inf and -inf that are there, joined by ',';
   * 'any' of invalid arguments.
   */
  readonly specialValues: string;
  /** Those that are not default, sorted; and the kind of target. */
  readonly options: readonly string[];
  /** 'any' of invalid arguments. */
  readonly axis: AxisClass | 'any';
  /** The name of the form of the call; null where the plain call diverges as well, and for a plain call. */
  readonly call: string | null;
}

/**
 * The signature of a divergence. `blame` is 'subject' for the subject, else the reference's name;
 * `onlyByForm` says that the plain call of the case does not diverge.
 */
export function signatureOf(
  c: Case,
  {
    blame,
    divergence,
    onlyByForm = false,
  }: {
    blame: string;
    divergence: Pick<Divergence, 'oracle' | 'severity' | 'symptom'>;
    onlyByForm?: boolean;
  },
): Signature {
  return {
    version: 1,
    operation: c.operation,
    direction: c.direction,
    format: c.format,
    blame,
    oracle: divergence.oracle,
    severity: divergence.severity,
    symptom: divergence.symptom,
    ...whatIsAsked(c),
    call: onlyByForm && c.call !== undefined ? callFormName(c.call) : null,
  };
}

/** What is wrong with invalid arguments is all that counts of them, whatever else the call holds. */
function whatIsAsked(c: Case): Pick<Signature, 'specialValues' | 'options' | 'axis'> {
  if (c.invalid !== undefined)
    return { specialValues: 'any', options: [`invalid=${c.invalid}`], axis: 'any' };
  return {
    specialValues: specialValuesOf(c.logits.data),
    options: c.loss === undefined ? [] : optionsOf(c.loss),
    axis: axisClassOf(c),
  };
}

/**
 * A signature as text:
 * `1:crossEntropy/backward/float32/subject/exact/wrong/ulps/finite/reduction=sum,target=index/last`,
 * with `/call=view` and the like behind it where only that form of the call diverges.
 */
export function signatureText(s: Signature): string {
  const options = s.options.length === 0 ? 'default' : s.options.join(',');
  const where = [s.operation, s.direction, s.format, encodeURIComponent(s.blame)];
  const what = [s.oracle, s.severity, s.symptom, s.specialValues, options, s.axis];
  const call = s.call === null ? [] : [`call=${s.call}`];
  return `${s.version}:${[...where, ...what, ...call].join('/')}`;
}

/** Whether a signature's text is one of these three. Text from outside may be anything. */
export function isSignatureOf(
  text: string,
  {
    blame,
    oracle,
    symptom,
  }: { readonly blame: string; readonly oracle: OracleName; readonly symptom: string },
): boolean {
  const parts = text.split('/');
  return parts[3] === encodeURIComponent(blame) && parts[4] === oracle && parts[6] === symptom;
}

/**
 * `last`: the elements of a lane are neighbours in memory (rank 0 and 1 among them); `inner`: another axis
 * follows. The two take different code in every kernel.
 */
export type AxisClass = 'last' | 'inner';
export const axisClasses: readonly AxisClass[] = ['last', 'inner'];

export function axisClassOf({ logits, axis }: Pick<Case, 'logits' | 'axis'>): AxisClass {
  const rank = logits.shape.length;
  return rank === 0 || resolveAxis(axis, rank) === rank - 1 ? 'last' : 'inner';
}

function specialValuesOf(logits: Float32Array | Float64Array): string {
  if (logits.length === 0) return 'empty';
  let [hasNan, hasInfinity, hasNegativeInfinity] = [false, false, false];
  for (const value of logits) {
    if (Number.isNaN(value)) hasNan = true;
    else if (value === Infinity) hasInfinity = true;
    else if (value === -Infinity) hasNegativeInfinity = true;
  }
  const present = [
    ...(hasNan ? ['nan'] : []),
    ...(hasInfinity ? ['+inf'] : []),
    ...(hasNegativeInfinity ? ['-inf'] : []),
  ];
  return present.length === 0 ? 'finite' : present.join(',');
}

function optionsOf({ target, reduction, labelSmoothing, weight, ignoreIndex }: Loss): readonly string[] {
  return [
    ...(ignoreIndex === undefined ? [] : ['ignoreIndex']),
    ...(labelSmoothing === 0 ? [] : ['labelSmoothing']),
    ...(reduction === 'mean' ? [] : [`reduction=${reduction}`]),
    isIndexTarget(target) ? 'target=index' : 'target=probabilities',
    ...(weight === undefined ? [] : ['weight']),
  ];
}

const slugPartCharacters = 20;

/**
 * A folder name for a signature, of its text alone, so that all findings of one signature have one folder:
 * see `slugFrom`. Text from outside may be anything.
 */
export function signatureSlug(text: string): string {
  const parts =
    /^\d+:([^/]*)\/([^/]*)\/([^/]*)\/([^/]*)\/[^/]*\/[^/]*\/([^/]*)/.exec(text) ??
    /^([^/]*)\/known=([^/]*)$/.exec(text);
  return slugFrom(parts === null ? [] : parts.slice(1), text);
}

/**
 * Letters, digits and hyphens only, lower-case, at most 120 characters of up to five readable parts;
 * different for different texts by the first 40 bits of their SHA-256.
 */
export function slugFrom(readableParts: readonly string[], text: string): string {
  const hash = createHash('sha256').update(text).digest('hex').slice(0, 10);
  const readable = readableParts.map((part) =>
    part
      .toLowerCase()
      .replaceAll(/[^a-z0-9]+/g, '-')
      .replaceAll(/^-+|-+$/g, '')
      .slice(0, slugPartCharacters),
  );
  return [...readable.filter((part) => part !== ''), hash].join('-');
}
