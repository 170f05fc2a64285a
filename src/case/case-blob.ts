/**
 * A case as one word of text that travels through a log, a message or a command line: `lf1.` and the case's
 * JSON, deflated, in base64url. Pure data: it names no module, and reading it loads none.
 */
import { deflateSync, inflateSync } from 'node:zlib';
import { UsageError } from '../contract/failure.ts';
import { caseFromJson, type CaseJson } from './case-json.ts';
import { abbreviated } from './parse-data.ts';

const version = 'lf1';

/** Below what Linux takes as one argument of a command, 131,072 bytes. */
const charactersMax = 100_000;
/** Some 190,000 elements of float32; deflated zeros may be a thousandth of what they become. */
const bytesMax: number = 2 ** 20;

/** What the JSON of nearly every case holds, so that it costs next to nothing: part of the version. */
const dictionary: Buffer = Buffer.from(
  [
    '"invalid":"axis-above-below-fraction","dy-shape","class-gradient","target-format","weight-negative-infinite"',
    '"smoothing-above","ignored-probabilities","call":{"kind":"axis","as":"absent"},{"kind":"in-flight","started":"first"}',
    '{"kind":"defaults","as":"undefined"},"named","second",{"kind":"later-calls","calls":2},{"kind":"same-arrays"}',
    '{"kind":"view","from":1},"ignoreIndex":-1,"weight":{"format":"float64","shape":[',
    '"reduction":"none","reduction":"sum","labelSmoothing":0.1',
    '"operation":"logSumExp","operation":"softmax","operation":"logSoftmax"',
    '"direction":"targetBackward","format":"float64","axis":-1,',
    '"direction":"forward","format":"float32","axis":0,',
    '"regimes":["empty","non-finite","signed-zeros","mask","bits","lane-levels","huge","subnormal","all-negative",',
    '"underflow-edge","common-offset","dominant","ties","wide","plain"]',
    'AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAgD8AAIA/AACAPwAA8D8AAAAAAADwPw==',
    '{"schemaVersion":1,"operation":"crossEntropy","direction":"backward","format":"float32","axis":0,',
    '"logits":{"format":"float32","shape":[1],"base64":"AAAAAA=="},',
    '"cotangent":{"format":"float32","shape":[],"base64":"AACAPw=="},',
    '"loss":{"target":{"format":"int32","shape":[1],"base64":"AAAAAA=="},"reduction":"mean","labelSmoothing":0},',
    '"regimes":[],"checks":["gradient","property","repeat"]}',
  ].join(''),
);

/** The case as a blob; null where it would be longer than `caseFromBlob` reads. */
export function blobOfCase(json: CaseJson): string | null {
  const text = Buffer.from(JSON.stringify(json));
  if (text.length > bytesMax) return null;
  const blob = `${version}.${deflateSync(text, { level: 9, dictionary }).toString('base64url')}`;
  return blob.length > charactersMax ? null : blob;
}

/**
 * The case that `blobOfCase` wrote, to the bit. What it takes of time and memory is bounded.
 * @throws UsageError saying what is wrong with it: of another version, too long before or after it was
 * inflated, damaged, no case, or a case that the contract forbids.
 */
export function caseFromBlob(blob: string): CaseJson {
  const text = inflated(bytesOf(blob));
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw damaged('it holds no JSON');
  }
  caseFromJson(value, { name: 'the case of the blob' });
  return value as CaseJson;
}

function bytesOf(blob: string): Buffer {
  const given = abbreviated(blob);
  if (!blob.startsWith(`${version}.`)) {
    const other = /^lf\d+(?=\.)/.exec(blob)?.[0];
    if (other !== undefined)
      throw new UsageError(
        `the case ${given} is of the version ${other}, and this logitfuzz reads ${version}`,
      );
    throw new UsageError(
      `the case ${given} is no case as logitfuzz prints it: it would begin with ${version}.`,
    );
  }
  if (blob.length > charactersMax)
    throw new UsageError(
      `the case ${given} has ${blob.length} characters, and at most ${charactersMax} are read`,
    );
  const body = blob.slice(version.length + 1);
  const bytes = Buffer.from(body, 'base64url');
  if (bytes.toString('base64url') !== body) throw damaged('it is not whole base64url');
  return bytes;
}

function inflated(bytes: Buffer): string {
  try {
    const { buffer, engine } = inflateSync(bytes, {
      dictionary,
      maxOutputLength: bytesMax,
      info: true,
    }) as unknown as { readonly buffer: Buffer; readonly engine: { readonly bytesWritten: number } };
    if (engine.bytesWritten !== bytes.length) throw damaged('something follows its end');
    return new TextDecoder('utf-8', { fatal: true }).decode(buffer);
  } catch (error) {
    if (error instanceof UsageError) throw error;
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ERR_BUFFER_TOO_LARGE')
      throw new UsageError(
        `the case holds more than ${bytesMax} bytes once it is inflated, which are not read`,
      );
    throw damaged('it does not inflate to text');
  }
}

function damaged(why: string): UsageError {
  return new UsageError(`the case is damaged, or was not copied whole: ${why}`);
}
