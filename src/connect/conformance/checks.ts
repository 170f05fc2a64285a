/** What the conformance run looks at, a row each. A check says what it saw, or throws what it did not. */
import { outputShape, type Case } from '../../case/case.ts';
import type { ConductViolation, Outcome } from '../../case/outcome.ts';
import { listed } from '../../case/supports.ts';
import { whyUnsupported } from '../../case/why-unsupported.ts';
import { createFloatArray, decodedHalves, encodedHalves, isHalf, type Format } from '../../float/format.ts';
import { sizeOf } from '../../tensor/tensor.ts';
import { frameTypes, encodeFrame } from '../wire.ts';
import type { KitProcess } from './kit-process.ts';
import { askEcho, NotSeen, type Conversation } from './conversation.ts';
import { echoCase, type Wish } from './echo.ts';
import { sampleCase } from './sample-case.ts';

export interface Check {
  readonly name: string;
  /** Only what gives back what it is given can show it. */
  readonly needsEcho: boolean;
  /** Whether the process is gone after it. */
  readonly isLast?: boolean;
  /** @throws NotSeen */
  run(conversation: Conversation): Promise<string>;
}

/** Bits of each format, which no arithmetic may touch on the way. */
const bits: Readonly<Record<Format, Readonly<Record<'zeros' | 'nans' | 'extremes', readonly bigint[]>>>> = {
  float32: {
    zeros: [0x80000000n, 0n],
    nans: [0x7fc00000n, 0x7fc12345n, 0xffc00001n, 0x7f800001n, 0xffbfffffn],
    extremes: [1n, 0x80000001n, 0x007fffffn, 0x7f800000n, 0xff800000n, 0x7f7fffffn],
  },
  float64: {
    zeros: [0x8000000000000000n, 0n],
    nans: [0x7ff8000000000000n, 0x7ff8123456789abcn, 0xfff8000000000001n, 0x7ff0000000000001n],
    extremes: [1n, 0x8000000000000001n, 0x000fffffffffffffn, 0x7ff0000000000000n, 0xfff0000000000000n],
  },
  float16: {
    zeros: [0x8000n, 0n],
    nans: [0x7e00n, 0x7e55n, 0xfe01n, 0x7c01n],
    extremes: [1n, 0x8001n, 0x03ffn, 0x7c00n, 0xfc00n, 0x7bffn],
  },
  bfloat16: {
    zeros: [0x8000n, 0n],
    nans: [0x7fc0n, 0x7fd5n, 0xffc1n, 0x7f81n],
    extremes: [1n, 0x8001n, 0x007fn, 0x7f80n, 0xff80n, 0x7f7fn],
  },
};

function floatsOf(format: Format, words: readonly bigint[]): Case['logits']['data'] {
  if (isHalf(format)) return decodedHalves(words.map(Number), format);
  return format === 'float32'
    ? new Float32Array(Uint32Array.from(words, Number).buffer)
    : new Float64Array(BigUint64Array.from(words).buffer);
}

function bytesOf({ buffer, byteOffset, byteLength }: Case['logits']['data']): Buffer {
  return Buffer.from(buffer, byteOffset, byteLength);
}

/** @throws NotSeen where the outcome is not the logits, bit for bit, and nothing else. */
function expectEchoed({ logits, format }: Case, outcome: Outcome | undefined): void {
  const data = valuesOf(outcome);
  if (bytesOf(data).equals(bytesOf(logits.data))) return;
  const [got, sent] = [data, logits.data].map((values) => bitsOf(values, format)) as [string[], string[]];
  const at = sent.findIndex((bits, i) => bits !== got[i]);
  throw new NotSeen(`element ${at} of ${format} came back as ${got[at]}, not ${sent[at]}`);
}

/** Each number as its bits, in hexadecimal. What passes through a number may come out as another NaN. */
function bitsOf(data: Case['logits']['data'], format: Format): string[] {
  const words = isHalf(format) ? encodedHalves(data, format) : data;
  const bytes = Buffer.from(words.buffer, words.byteOffset, words.byteLength);
  const width = words.BYTES_PER_ELEMENT;
  return Array.from(words, (_, i) => {
    const ofOne = Buffer.from(bytes.subarray(i * width, (i + 1) * width));
    return `0x${ofOne.reverse().toString('hex')}`;
  });
}

function valuesOf(outcome: Outcome | undefined): Case['logits']['data'] {
  if (outcome?.kind !== 'values') throw new NotSeen(`no values, but ${textOf(outcome)}`);
  const [violation] = outcome.violations;
  if (violation !== undefined) throw new NotSeen(`values, and ${violation.kind}: ${violation.detail}`);
  return outcome.tensor!.data;
}

function textOf(outcome: Outcome | undefined): string {
  if (outcome === undefined) return 'nothing';
  switch (outcome.kind) {
    case 'unsupported':
      return `unsupported: ${outcome.reason}`;
    case 'threw':
      return `threw: ${outcome.message}`;
    case 'values':
      return outcome.violations.length === 0
        ? 'values'
        : outcome.violations.map(({ kind, detail }) => `${kind}: ${detail}`).join('; ');
    case 'timed-out':
    case 'crashed':
    case 'out-of-memory':
      return outcome.kind;
  }
}

/** The bits of one kind come back from echo in each format. */
function bitsCheck(name: string, kind: 'zeros' | 'nans' | 'extremes'): Check {
  return {
    name,
    needsEcho: true,
    async run(conversation) {
      const { formats } = conversation.welcome;
      const cases = formats.map((format) => {
        const data = floatsOf(format, bits[format][kind]);
        return echoCase(data, [data.length], format);
      });
      const outcomes = await askEcho(conversation, cases);
      for (const [i, c] of cases.entries()) expectEchoed(c, outcomes[i]);
      return `the same bits in ${listed(formats)}`;
    },
  };
}

/** Shapes that come back: from echo with the same bits, else from a kernel that takes them. */
function shapeCheck(name: string, shapes: readonly (readonly number[])[]): Check {
  return {
    name,
    needsEcho: false,
    async run(conversation) {
      const { hasEcho } = conversation;
      const cases = shapes.flatMap((shape) => askable(conversation, shape));
      if (cases.length === 0) return 'not among what it says that it supports';
      conversation.kit.write(
        conversation.frameOf(cases, hasEcho ? cases.map((): Wish => 'copy') : undefined),
      );
      const outcomes = await conversation.answers(cases);
      for (const [i, c] of cases.entries())
        if (hasEcho) expectEchoed(c, outcomes[i]);
        else if (outcomes[i]?.kind !== 'unsupported') valuesOf(outcomes[i]);
      const declined = outcomes.filter(({ kind }) => kind === 'unsupported').length;
      const answered = cases.map((c) => `[${outputShape(c).join(', ')}]`);
      return `${shown(answered)}${declined === 0 ? '' : `, ${declined} declined`}`;
    },
  };
}

function shown(shapes: readonly string[]): string {
  return shapes.length <= 3
    ? `results of ${shapes.join(' and ')}`
    : `${shapes.length} results of their shapes`;
}

function askable({ welcome, hasEcho }: Conversation, shape: readonly number[]): readonly Case[] {
  if (hasEcho) {
    return welcome.formats.map((format) => {
      const data = createFloatArray(format, sizeOf(shape));
      for (let i = 0; i < data.length; i++) data[i] = isHalf(format) ? (i % 251) / 2 : i + 0.5;
      return echoCase(data, shape, format);
    });
  }
  const { supports = {} } = welcome;
  const c = sampleCase(welcome.kernels[0]!, shape, supports);
  return whyUnsupported(c, supports) === null ? [c] : [];
}

/** Echo does something, and a copy that is asked in the same frame behind it is as ever. */
function wishCheck(name: string, wish: Wish, expected: Expected): Check {
  return {
    name,
    needsEcho: true,
    async run(conversation) {
      const cases = [1, 2].map((value) => echoCase(Float32Array.of(value, value + 1, value + 2)));
      const [outcome, after] = await askEcho(conversation, cases, [wish, 'copy']);
      try {
        expectEchoed(cases[1]!, after);
      } catch (error) {
        throw new NotSeen(`the call after it: ${(error as Error).message}`);
      }
      const violations = outcome?.kind === 'values' ? outcome.violations : [];
      const isSeen =
        outcome?.kind === expected.outcome &&
        (expected.violation === undefined || violations.some(({ kind }) => kind === expected.violation)) &&
        (expected.violation !== undefined || violations.length === 0);
      if (isSeen) return textOf(outcome);
      throw new NotSeen(`${textOf(outcome)}, and not ${expected.violation ?? expected.outcome}`);
    },
  };
}

interface Expected {
  readonly outcome: Outcome['kind'];
  readonly violation?: ConductViolation['kind'];
}

const printed: Expected = { outcome: 'values', violation: 'printed' };

/** A case of the kit's own kernel, or of echo, and the frame that asks it. */
function anyFrame(conversation: Conversation): {
  readonly bytes: Uint8Array;
  readonly cases: readonly Case[];
} {
  const cases = askable(conversation, [2, 3]).slice(0, 1);
  if (cases.length === 0) throw new NotSeen('it takes no tensor of shape [2, 3]');
  return { bytes: conversation.frameOf(cases, conversation.hasEcho ? ['copy'] : undefined), cases };
}

const pauseMs = 50;

async function writeInPieces(
  { kit }: Conversation,
  bytes: Uint8Array,
  cuts: readonly number[],
): Promise<void> {
  const ends = [...cuts, bytes.length];
  for (const [i, end] of ends.entries()) {
    kit.write(bytes.subarray(ends[i - 1] ?? 0, end));
    await new Promise((resolve) => setTimeout(resolve, pauseMs));
  }
}

async function expectExit({ kit, answerMs }: Conversation, what: string): Promise<string> {
  const ended = await kit.exit(answerMs);
  if (ended === 'code 0') return `exit with ${ended}`;
  throw new NotSeen(
    ended === null ? `it is still there ${answerMs / 1000} s after ${what}` : `exit with ${ended}`,
  );
}

/** A frame `fail`, and then the end with another code than that of who has done. @throws NotSeen */
export async function expectFail(kit: KitProcess, answerMs: number): Promise<string> {
  const next = await kit.next(answerMs);
  if (next.kind === 'none') throw new NotSeen(`no fail: ${next.why}`);
  const { type, body } = next.frame;
  if (type !== frameTypes.fail) throw new NotSeen(`a frame of type ${type}, not fail`);
  const ended = await kit.exit(answerMs);
  if (ended === null || ended === 'code 0')
    throw new NotSeen(`fail, and then ${ended === null ? 'it is still there' : `exit with ${ended}`}`);
  return `fail, exit with ${ended}: ${new TextDecoder().decode(body)}`;
}

export const checks: readonly Check[] = [
  bitsCheck('−0', 'zeros'),
  bitsCheck('payloads of NaNs', 'nans'),
  bitsCheck('subnormal, largest and infinite', 'extremes'),
  shapeCheck('rank 0', [[]]),
  shapeCheck('empty tensors', [[0], [2, 0], [0, 3]]),
  shapeCheck('rank 6, odd sizes', [[1, 2, 1, 1, 3, 1], [1], [3], [5, 1], [7, 3]]),
  shapeCheck('a case of 1 MiB', [[512, 512]]),
  shapeCheck(
    '200 cases in a frame',
    Array.from({ length: 100 }, (_, i) => [1 + (i % 3), 1 + (i % 7)]),
  ),
  wishCheck('unsupported', 'decline', { outcome: 'unsupported' }),
  wishCheck('threw', 'throw', { outcome: 'threw' }),
  wishCheck('prints as the language does', 'print', printed),
  wishCheck('writes to descriptor 1', 'writeToDescriptor', printed),
  wishCheck('prints, and flushes nothing', 'printUnflushed', printed),
  wishCheck('a child of its own prints', 'printInChild', printed),
  wishCheck('reads standard input', 'readInput', { outcome: 'values' }),
  wishCheck('writes to its input', 'writeInput', { outcome: 'values', violation: 'input-written' }),
  wishCheck('returns its input', 'returnInput', { outcome: 'values', violation: 'output-aliased' }),
  wishCheck('returns no tensor', 'returnNoTensor', { outcome: 'values', violation: 'not-a-tensor' }),
  {
    name: 'a frame cut in pieces',
    needsEcho: false,
    async run(conversation) {
      const { bytes, cases } = anyFrame(conversation);
      await writeInPieces(conversation, bytes, [1, 16, 17, bytes.length - 1]);
      valuesOf((await conversation.answers(cases))[0]);
      return 'an answer to five pieces';
    },
  },
  {
    name: 'two frames in one read',
    needsEcho: false,
    async run(conversation) {
      const frames = [anyFrame(conversation), anyFrame(conversation)];
      conversation.kit.write(Buffer.concat(frames.map(({ bytes }) => bytes)));
      for (const { cases } of frames) valuesOf((await conversation.answers(cases))[0]);
      return 'two answers in their order';
    },
  },
  {
    name: 'bytes that are no frame',
    needsEcho: false,
    isLast: true,
    run({ kit, answerMs }) {
      kit.write(new TextEncoder().encode('sixteen bytes of'));
      return expectFail(kit, answerMs);
    },
  },
  {
    name: 'stop',
    needsEcho: false,
    isLast: true,
    run(conversation) {
      conversation.kit.write(encodeFrame({ type: frameTypes.stop, sequence: 0, body: new Uint8Array() }));
      return expectExit(conversation, 'stop');
    },
  },
  {
    name: 'the end of its input',
    needsEcho: false,
    isLast: true,
    run(conversation) {
      conversation.kit.closeInput();
      return expectExit(conversation, 'the end of its input');
    },
  },
];
