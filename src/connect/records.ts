/** Cases as the body of a frame `run`, and the body of a frame `results` as outcomes (docs/protocol.md). */
import { outputShape, isIndexTarget, type Case } from '../case/case.ts';
import type { CallForm } from '../case/call-form.ts';
import { givenTensorsOf, spoilOptions, type GivenOptions } from '../case/invalid-arguments.ts';
import type { Invalidity } from '../case/invalidity.ts';
import type { ConductViolation, Outcome } from '../case/outcome.ts';
import { kernelPlaceOf, reductions } from '../contract/subject.ts';
import { formatFacts, formats, type FloatArray } from '../float/format.ts';
import { pool } from '../float/pool.ts';
import { lanesOf } from '../tensor/lanes.ts';
import { isSameShape, sizeOf } from '../tensor/tensor.ts';

const bodyHeadBytes = 8;
const recordHeadBytes = 32;
const answerHeadBytes = 16;
const flags = { dy: 1, indices: 2, probabilities: 4, weight: 8, ignoreIndex: 16 } as const;
const statuses = { values: 0, unsupported: 1, threw: 2, violation: 3 } as const;

/** The forms of a call that a record can say; others are for arrays and promises of this process. */
function formNumber(call: CallForm | undefined): number | null {
  if (call === undefined) return 0;
  if (call.kind === 'axis' && call.as === 'absent') return 1;
  return call.kind === 'defaults' && call.as === 'named' ? 2 : null;
}

/** What is wrong of these is within a tensor or an option; of the others it is a shape or a type. */
const sayable: readonly Invalidity[] = [
  'axis-above',
  'axis-below',
  'class-above',
  'class-below',
  'weight-negative',
  'weight-nan',
  'weight-infinite',
  'smoothing-above',
  'smoothing-below',
  'ignored-probabilities',
];

/** Why a case cannot be put into a record, as a reason to skip it; null where it can. */
export function whyNotSayable({ call, invalid }: Case): string | null {
  if (formNumber(call) === null) return 'memory and calls in flight are not asked across a process';
  if (invalid !== undefined && !sayable.includes(invalid))
    return 'a wrong shape or type is not asked across a process';
  return null;
}

const padded = (bytes: number): number => (bytes + 7) & -8;

/** The bytes of the case's record. */
export function recordBytesOf(c: Case): number {
  const tensors = givenTensorsOf(c).reduce((sum, { tensor }) => sum + padded(tensor.data.byteLength), 0);
  return recordHeadBytes + padded(4 * c.logits.shape.length) + tensors;
}

/** The body of a frame that asks these cases. */
export function encodeRun(cases: readonly Case[]): Uint8Array {
  const sizes = cases.map(recordBytesOf);
  const bytes = new Uint8Array(sizes.reduce((sum, size) => sum + size, bodyHeadBytes));
  const view = new DataView(bytes.buffer);
  view.setUint32(0, cases.length, true);
  let at = bodyHeadBytes;
  for (const [i, c] of cases.entries()) {
    writeRecord({ bytes, view, at }, c, sizes[i]!);
    at += sizes[i]!;
  }
  return bytes;
}

interface Place {
  readonly bytes: Uint8Array;
  readonly view: DataView;
  readonly at: number;
}

function writeRecord({ bytes, view, at }: Place, c: Case, size: number): void {
  const { logits, loss, call } = c;
  const options: GivenOptions = { axis: c.axis, labelSmoothing: loss?.labelSmoothing ?? 0 };
  if (loss?.ignoreIndex !== undefined) options.ignoreIndex = loss.ignoreIndex;
  spoilOptions(options, c);
  const tensors = givenTensorsOf(c);
  view.setUint32(at, size, true);
  view.setUint8(at + 4, kernelPlaceOf(c.operation, c.direction));
  view.setUint8(at + 5, formats.indexOf(c.format));
  view.setUint8(at + 6, loss === undefined ? 0 : reductions.indexOf(loss.reduction));
  view.setUint8(at + 7, flagsOf(c, { options, hasWeight: tensors.some(({ name }) => name === 'weight') }));
  view.setInt32(at + 8, options.axis!, true);
  view.setUint32(at + 12, logits.shape.length, true);
  view.setFloat64(at + 16, options.labelSmoothing!, true);
  view.setInt32(at + 24, options.ignoreIndex ?? 0, true);
  view.setUint8(at + 28, formNumber(call)!);
  view.setUint16(at + 30, lanesOf(logits.shape, c.axis).axis, true);
  let next = at + recordHeadBytes;
  for (const [i, dimension] of logits.shape.entries()) view.setUint32(next + 4 * i, dimension, true);
  next += padded(4 * logits.shape.length);
  for (const { tensor } of tensors) {
    const { buffer, byteOffset, byteLength } = tensor.data;
    bytes.set(new Uint8Array(buffer, byteOffset, byteLength), next);
    next += padded(byteLength);
  }
}

function flagsOf(
  { cotangent, loss }: Case,
  { options, hasWeight }: { readonly options: GivenOptions; readonly hasWeight: boolean },
): number {
  let set = cotangent === undefined ? 0 : flags.dy;
  if (loss !== undefined) set |= isIndexTarget(loss.target) ? flags.indices : flags.probabilities;
  if (hasWeight) set |= flags.weight;
  return options.ignoreIndex === undefined ? set : set | flags.ignoreIndex;
}

/** What the answers to these cases say; a sentence where they are no answers to them. */
export function decodeResults(body: Uint8Array, cases: readonly Case[]): readonly Outcome[] | string {
  const view = new DataView(body.buffer, body.byteOffset, body.length);
  if (body.length < bodyHeadBytes) return `its results have ${body.length} bytes`;
  const count = view.getUint32(0, true);
  if (count !== cases.length) return `it gave ${count} answers to ${cases.length} cases`;
  const outcomes: Outcome[] = [];
  let at = bodyHeadBytes;
  for (const c of cases) {
    const size = at + answerHeadBytes <= body.length ? view.getUint32(at, true) : 0;
    if (size < answerHeadBytes || size % 8 !== 0 || at + size > body.length)
      return `answer ${outcomes.length} of ${count} has ${size} bytes, of which ${Math.max(body.length - at, 0)} are there`;
    const read = readAnswer(body.subarray(at, at + size), c);
    if (typeof read === 'string') return `answer ${outcomes.length} of ${count} ${read}`;
    outcomes.push(read);
    at += size;
  }
  return at === body.length ? outcomes : `there are ${body.length - at} bytes behind its results`;
}

/** A text of a kit is shown as one line that is not too long. */
const textMax = 500;

function readAnswer(bytes: Uint8Array, c: Case): Outcome | string {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const status = view.getUint32(4, true);
  if (status === statuses.values) return readValues(bytes, c, []);
  const length = view.getUint32(8, true);
  const end = answerHeadBytes + length;
  if (end > bytes.length) return `has a text of ${length} bytes, which are not there`;
  const text = new TextDecoder().decode(bytes.subarray(answerHeadBytes, end));
  if (status === statuses.unsupported) return { kind: 'unsupported', reason: text.slice(0, textMax) };
  if (status === statuses.threw) return { kind: 'threw', message: text.slice(0, textMax) };
  if (status !== statuses.violation) return `has the status ${status}, which there is not`;
  const violations = violationsIn(text);
  if (violations === null) return `tells of violations that are none: ${text.slice(0, 80)}`;
  const nested = bytes.subarray(padded(end));
  return nested.length === 0
    ? { kind: 'values', tensor: null, violations }
    : readNested(nested, c, violations);
}

/** The answer behind violations. Who throws has to leave alone only the arguments that it refuses. */
function readNested(bytes: Uint8Array, c: Case, violations: readonly ConductViolation[]): Outcome | string {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const size = bytes.length < answerHeadBytes ? 0 : view.getUint32(0, true);
  if (size !== bytes.length) return `has an answer of ${size} bytes in ${bytes.length} behind its violations`;
  switch (view.getUint32(4, true)) {
    case statuses.values:
      return readValues(bytes, c, violations);
    case statuses.threw:
      return c.invalid === undefined ? readAnswer(bytes, c) : { kind: 'values', tensor: null, violations };
    default:
      return `has the status ${view.getUint32(4, true)} behind its violations`;
  }
}

/**
 * What a kit can see. The last four are told by kits that know the arguments as well as this side does; any
 * other leaves them to its values.
 */
const toldKinds = [
  'input-written',
  'output-aliased',
  'not-a-tensor',
  'printed',
  'outside-written',
  'shape',
  'format',
  'accepted',
] as const;

function violationsIn(text: string): ConductViolation[] | null {
  let list: unknown;
  try {
    list = JSON.parse(text);
  } catch {
    return null;
  }
  if (!Array.isArray(list) || list.length === 0) return null;
  const violations: ConductViolation[] = [];
  for (const one of list as readonly unknown[]) {
    const { kind, detail } = Object(one) as { readonly kind?: unknown; readonly detail?: unknown };
    const known = toldKinds.find((name) => name === kind);
    if (known === undefined || typeof detail !== 'string') return null;
    violations.push({ kind: known, detail: detail.slice(0, textMax) });
  }
  return violations;
}

const rankMax = 64;

/** The values, where they are what was asked for; else what they are instead. */
function readValues(bytes: Uint8Array, c: Case, told: readonly ConductViolation[]): Outcome | string {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const rank = view.getUint32(8, true);
  const format = formats[view.getUint32(12, true)];
  if (rank > rankMax) return `has rank ${rank}`;
  if (format === undefined) return `has values of format ${view.getUint32(12, true)}, which there is not`;
  const start = answerHeadBytes + padded(4 * rank);
  if (start > bytes.length) return `has rank ${rank}, and no dimensions`;
  const shape = Array.from({ length: rank }, (_, i) => view.getUint32(answerHeadBytes + 4 * i, true));
  const length = sizeOf(shape);
  if (start + padded(length * formatFacts(format).bytes) !== bytes.length)
    return `has shape [${shape.join(', ')}] and ${bytes.length - start} bytes of values`;
  const expected = outputShape(c);
  const violations = [...told, ...whyNotAsked({ shape, format }, { shape: expected, format: c.format })];
  if (c.invalid !== undefined) return accepted(violations);
  const isReadable = format === c.format && length === sizeOf(expected);
  return {
    kind: 'values',
    tensor: isReadable ? { shape: expected, data: valuesAt(bytes, start, { format, length }) } : null,
    violations,
  };
}

function accepted(violations: readonly ConductViolation[]): Outcome {
  const detail = 'the call returned, and the arguments are invalid';
  return { kind: 'values', tensor: null, violations: [{ kind: 'accepted', detail }, ...violations] };
}

interface Kind {
  readonly shape: readonly number[];
  readonly format: Case['format'];
}

function whyNotAsked(got: Kind, asked: Kind): ConductViolation[] {
  const violations: ConductViolation[] = [];
  if (!isSameShape(got.shape, asked.shape)) {
    const detail = `the result has shape [${got.shape.join(', ')}], not [${asked.shape.join(', ')}]`;
    violations.push({ kind: 'shape', detail });
  }
  if (got.format !== asked.format)
    violations.push({ kind: 'format', detail: `the result is ${got.format}, not ${asked.format}` });
  return violations;
}

/** Copied: the frame is gone with its last answer. */
function valuesAt(
  bytes: Uint8Array,
  start: number,
  { format, length }: { readonly format: Case['format']; readonly length: number },
): FloatArray {
  const data = pool.floats(format, length);
  new Uint8Array(data.buffer, data.byteOffset, data.byteLength).set(
    bytes.subarray(start, start + data.byteLength),
  );
  return data;
}
