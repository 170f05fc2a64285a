/** The body of a frame `results` as outcomes of the cases that were asked (docs/protocol.md). */
import { answerFormat } from '../case/answer-format.ts';
import { outputShape, type Case } from '../case/case.ts';
import type { ConductViolation, Outcome } from '../case/outcome.ts';
import type { Arithmetic } from '../contract/subject.ts';
import {
  formatFacts,
  formats,
  halfFacts,
  isHalf,
  type FloatArray,
  type Format,
  type HalfFormat,
} from '../float/format.ts';
import { pool } from '../float/pool.ts';
import { isSameShape, sizeOf } from '../tensor/tensor.ts';
import { bodyHeadBytes, padded } from './records.ts';

const answerHeadBytes = 16;
const statuses = { values: 0, unsupported: 1, threw: 2, violation: 3 } as const;

/** What of the kit's arithmetic says in which format an answer is due. */
export type Declared = Pick<Arithmetic, 'lossDtype'>;

/** A case, and the format that its values are due in. */
interface Asked {
  readonly case: Case;
  readonly due: Format;
}

/** What the answers to these cases say; a sentence where they are no answers to them. */
export function decodeResults(
  body: Uint8Array,
  cases: readonly Case[],
  declared: Declared = {},
): readonly Outcome[] | string {
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
    const read = readAnswer(body.subarray(at, at + size), { case: c, due: answerFormat(c, declared) });
    if (typeof read === 'string') return `answer ${outcomes.length} of ${count} ${read}`;
    outcomes.push(read);
    at += size;
  }
  return at === body.length ? outcomes : `there are ${body.length - at} bytes behind its results`;
}

/** A text of a kit is shown as one line that is not too long. */
const textMax = 500;

function readAnswer(bytes: Uint8Array, asked: Asked): Outcome | string {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const status = view.getUint32(4, true);
  if (status === statuses.values) return readValues(bytes, asked, []);
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
    : readNested(nested, asked, violations);
}

/** The answer behind violations. Who throws has to leave alone only the arguments that it refuses. */
function readNested(
  bytes: Uint8Array,
  asked: Asked,
  violations: readonly ConductViolation[],
): Outcome | string {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const size = bytes.length < answerHeadBytes ? 0 : view.getUint32(0, true);
  if (size !== bytes.length) return `has an answer of ${size} bytes in ${bytes.length} behind its violations`;
  switch (view.getUint32(4, true)) {
    case statuses.values:
      return readValues(bytes, asked, violations);
    case statuses.threw:
      return asked.case.invalid === undefined
        ? readAnswer(bytes, asked)
        : { kind: 'values', tensor: null, violations };
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
function readValues(
  bytes: Uint8Array,
  { case: c, due }: Asked,
  told: readonly ConductViolation[],
): Outcome | string {
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
  const violations = [...told, ...whyNotAsked({ shape, format }, { shape: expected, format: due })];
  if (c.invalid !== undefined) return accepted(violations);
  const isReadable = format === due && length === sizeOf(expected);
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
  readonly format: Format;
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
  { format, length }: { readonly format: Format; readonly length: number },
): FloatArray {
  const data = pool.floats(format, length);
  if (isHalf(format)) {
    decodeInto(data, bytes.subarray(start), format);
    return data;
  }
  new Uint8Array(data.buffer, data.byteOffset, data.byteLength).set(
    bytes.subarray(start, start + data.byteLength),
  );
  return data;
}

/** The values of the bits that the bytes begin with. */
function decodeInto(data: FloatArray, bytes: Uint8Array, format: HalfFormat): void {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const { decode } = halfFacts(format);
  for (let i = 0; i < data.length; i++) data[i] = decode(view.getUint16(2 * i, true));
}
