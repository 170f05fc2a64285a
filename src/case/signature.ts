/**
 * What makes two divergences the same: no sizes, no values. Its text is versioned, since findings are matched
 * by it; version 1, which older files hold, is worked out beside it.
 */
import { createHash } from 'node:crypto';
import type { Direction, Operation } from '../contract/subject.ts';
import type { Format, FloatArray } from '../float/format.ts';
import { laneOf, lanesOf, resolveAxis } from '../tensor/lanes.ts';
import { callFormName } from './call-form.ts';
import { isIndexTarget, outputKind, type Case, type Loss } from './case.ts';
import type { Alike, Divergence, OracleName, Severity, Symptom } from './verdict.ts';
import { alikeSchema } from './verdict-schemas.ts';

/** What makes two divergences the same: no sizes, no values. */
export interface Signature {
  readonly version: 1 | 2;
  readonly operation: Operation;
  readonly direction: Direction;
  /** 'any' where another format shows it as well. */
  readonly format: Format | 'any';
  /** 'subject', or a reference's name. */
  readonly blame: string;
  readonly oracle: OracleName;
  readonly severity: Severity;
  readonly symptom: Symptom;
  /**
   * What the blamed lane holds, or all lanes where none is blamed: 'finite', 'empty', or those of nan, +inf
   * and -inf that are there, joined by ','; 'any' of invalid arguments. In version 1 always of all lanes.
   */
  readonly specialValues: string;
  /** Those that are not default, sorted; and the kind of target. */
  readonly options: readonly string[];
  /** 'any' where the last axis shows it as well, and of invalid arguments. */
  readonly axis: AxisClass | 'any';
  /** What other lanes hold that the blamed one does not; null where that is finite. */
  readonly beside: string | null;
  /** The name of the form of the call; null where the plain call diverges as well, and for a plain call. */
  readonly call: string | null;
}

/** What is held against an implementation, as far as a signature says it. */
export interface Signed {
  /** 'subject' for the subject, else the reference's name. */
  readonly blame: string;
  readonly divergence: Pick<Divergence, 'oracle' | 'severity' | 'symptom'> &
    Partial<Pick<Divergence, 'element'>>;
  /** The plain call of the case does not diverge; default false. */
  readonly onlyByForm?: boolean;
}

/**
 * The signature of a divergence. `c` is the plainest case that shows it as to options, axis and the lanes
 * beside the blamed one: what it has of these, the mistake depends on. `anyFormat` says that it does not
 * depend on the format. `lane` is the blamed one in `c`, null for all; default that of the element in `c`.
 */
export function signatureOf(
  c: Case,
  signed: Signed,
  {
    anyFormat = false,
    lane = blamedLane(c, signed.divergence.element ?? null),
  }: { readonly anyFormat?: boolean; readonly lane?: number | null } = {},
): Signature {
  const inner = axisClassOf(c) === 'inner';
  return {
    version: 2,
    ...whatIsWrong(c, signed),
    format: anyFormat ? 'any' : c.format,
    ...(c.invalid === undefined
      ? { ...valuesOf(c, lane), options: optionsIn(c), axis: inner ? 'inner' : 'any' }
      : ofInvalid(c.invalid)),
  };
}

/** The signature in version 1, which files of before hold: of the case as it was drawn. */
export function signatureOfVersion1(c: Case, signed: Signed): Signature {
  return {
    version: 1,
    ...whatIsWrong(c, signed),
    format: c.format,
    ...(c.invalid === undefined
      ? {
          specialValues: specialValuesOf(c.logits.data),
          options: optionsIn(c),
          axis: axisClassOf(c),
          beside: null,
        }
      : ofInvalid(c.invalid)),
  };
}

type Wrong = Pick<
  Signature,
  'operation' | 'direction' | 'blame' | 'oracle' | 'severity' | 'symptom' | 'call'
>;

function whatIsWrong(
  { operation, direction, call }: Case,
  { blame, divergence: { oracle, severity, symptom }, onlyByForm = false }: Signed,
): Wrong {
  const form = onlyByForm && call !== undefined ? callFormName(call) : null;
  return { operation, direction, blame, oracle, severity, symptom, call: form };
}

type Asked = Pick<Signature, 'specialValues' | 'options' | 'axis' | 'beside'>;

/** What is wrong with invalid arguments is all that counts of them, whatever else the call holds. */
function ofInvalid(invalid: string): Asked {
  return { specialValues: 'any', options: [`invalid=${invalid}`], axis: 'any', beside: null };
}

function optionsIn({ loss }: Case): readonly string[] {
  return loss === undefined ? [] : optionsOf(loss);
}

function valuesOf(c: Case, lane: number | null): Pick<Asked, 'specialValues' | 'beside'> {
  const { data } = c.logits;
  const place = lane === null ? null : blamedPlace(c, lane);
  if (place === null) return { specialValues: specialValuesOf(data), beside: null };
  const own = specialNamesIn(place.blamed);
  const others = specialNamesIn(place.others).filter((name) => !own.includes(name));
  return {
    specialValues: own.length === 0 ? 'finite' : own.join(','),
    beside: others.length === 0 ? null : others.join(','),
  };
}

/** The logits of a lane, and all others. */
function blamedPlace(
  c: Case,
  lane: number,
): { readonly blamed: Iterable<number>; readonly others: Iterable<number> } {
  const { shape, data } = c.logits;
  const lanes = lanesOf(shape, c.axis);
  const [blamed, others]: [number[], number[]] = [[], []];
  for (let i = 0; i < data.length; i++) (laneOf(lanes, i) === lane ? blamed : others).push(data[i]!);
  return { blamed, others };
}

/** The number of the lane that an element of the output is of; null where no lane, or the only one, is. */
export function blamedLane(c: Case, element: number | null): number | null {
  if (element === null) return null;
  const lanes = lanesOf(c.logits.shape, c.axis);
  if (lanes.count < 2) return null;
  switch (outputKind(c)) {
    case 'like logits':
      return laneOf(lanes, element);
    case 'per lane':
      return element;
    case 'reduced':
      return null;
  }
}

/**
 * A signature as text:
 * `2:crossEntropy/backward/any/subject/exact/wrong/ulps/finite/reduction=sum,target=index/inner`, with
 * `/beside=nan` behind it where another lane has to hold such a value, and `/call=view` and the like where
 * only that form of the call diverges.
 */
export function signatureText(s: Signature): string {
  const options = s.options.length === 0 ? 'default' : s.options.join(',');
  const where = [s.operation, s.direction, s.format, encodeURIComponent(s.blame)];
  const what = [s.oracle, s.severity, s.symptom, s.specialValues, options, s.axis];
  const beside = s.beside === null ? [] : [`beside=${s.beside}`];
  const call = s.call === null ? [] : [`call=${s.call}`];
  return `${s.version}:${[...where, ...what, ...beside, ...call].join('/')}`;
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

/** How a divergence of this signature diverges; null of any other text. */
export function alikeIn(text: string): Alike | null {
  const [oracle, severity, symptom] = text.split('/').slice(4);
  const { data } = alikeSchema.safeParse({ oracle, severity, symptom });
  return data ?? null;
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

function specialValuesOf(logits: FloatArray): string {
  if (logits.length === 0) return 'empty';
  const present = specialNamesIn(logits);
  return present.length === 0 ? 'finite' : present.join(',');
}

function specialNamesIn(logits: Iterable<number>): readonly string[] {
  let [hasNan, hasInfinity, hasNegativeInfinity] = [false, false, false];
  for (const value of logits) {
    if (Number.isNaN(value)) hasNan = true;
    else if (value === Infinity) hasInfinity = true;
    else if (value === -Infinity) hasNegativeInfinity = true;
  }
  return [
    ...(hasNan ? ['nan'] : []),
    ...(hasInfinity ? ['+inf'] : []),
    ...(hasNegativeInfinity ? ['-inf'] : []),
  ];
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
