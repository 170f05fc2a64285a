/** onnxruntime-node: ONNX Runtime's CPU provider in this process, asked models of one operator. */
import { isIndexTarget, type Case, type Loss } from '../../src/case/case.ts';
import type { Outcome } from '../../src/case/outcome.ts';
import type { OnnxFeed, OnnxSession } from '../../src/connect/onnx/engine.ts';
import type { ModelFormat } from '../../src/connect/onnx/task.ts';
import { moveAxis } from '../../src/connect/onnx/move-axis.ts';
import { findPart } from '../../src/connect/part.ts';
import { policyText, whyOtherConvention, type Policy } from '../../src/connect/policy.ts';
import {
  decodedHalves,
  encodedHalves,
  floatArrayFrom,
  type FloatArray,
  type FloatData,
} from '../../src/float/format.ts';
import { describeThrown } from '../../src/subjects/foreign-values.ts';
import { lanesOf } from '../../src/tensor/lanes.ts';
import type { Tensor } from '../../src/tensor/tensor.ts';
import { isIndexTensor } from '../../src/tensor/tensor.ts';
import { bitsText } from '../../src/text/number-text.ts';
import { numbersLiteral } from '../../src/text/script-lines.ts';
import { available, type Reference } from '../reference.ts';
import { onnxruntime } from '../python/onnxruntime.ts';
import { rowsOnly } from '../python/python-reference.ts';
import { operatorModel, type Operator } from './operator-model.ts';

const part = 'onnxruntime-node';

/** As docs/divergences/onnxruntime.md says where ONNX documents it. */
const policy: Policy = { zeroTimesInfinity: 'ieee', positiveInfinity: 'ieee' };

export const onnxruntimeNode: Reference = {
  ...onnxruntime,
  name: 'onnxruntime-node',
  // As reference/python/onnxruntime_kernels.py says of it.
  arithmetic: { halves: 'composed' },
  stacking: rowsOnly,
  declines: whyDeclined,
  package: {
    install: [part],
    load: [`const ort = await import('${part}').then((loaded) => loaded.default ?? loaded);`],
  },
  script: scriptLines,
  async load() {
    if (findPart(part) === null)
      return { kind: 'missing', reason: `no package ${part}`, remedy: `npm install ${part}` };
    const { openSession } = await import('../../src/connect/onnx/engine.ts');
    const sessions = new Map<string, Promise<OnnxSession>>();
    const sessionOf = (c: Case): Promise<OnnxSession> => {
      const operator = operatorOf(c);
      const key = JSON.stringify(operator);
      let session = sessions.get(key);
      if (session === undefined) {
        session = openSession(operatorModel(operator), { engine: part, user: 'the reference' });
        sessions.set(key, session);
      }
      return session;
    };
    try {
      const { version } = await sessionOf(probe);
      const run = (c: Case): Promise<Outcome> => answer(c, sessionOf);
      const { implementation } = available(onnxruntimeNode, { version, engine: 'CPUExecutionProvider', run });
      return { kind: 'available', implementation: { ...implementation, conventions: policyText(policy) } };
    } catch (error) {
      return { kind: 'missing', reason: describeThrown(error), remedy: `npm install ${part}` };
    }
  },
};

const probe: Case = {
  operation: 'softmax',
  direction: 'forward',
  format: 'float32',
  axis: -1,
  logits: { shape: [1], data: Float32Array.of(0) },
  regimes: [],
  checks: [],
};

function whyDeclined({ logits, loss, ...rest }: Case): string | null {
  if (logits.shape.length === 0) return 'no operator over a scalar';
  if (loss !== undefined && !isIndexTarget(loss.target)) return 'class indices only';
  if (loss !== undefined && loss.labelSmoothing !== 0) return 'no labelSmoothing';
  return whyOtherConvention({ ...rest, logits, ...(loss === undefined ? {} : { loss }) }, policy);
}

/** That of a case which is not declined. */
function modelFormatOf({ format }: Pick<Case, 'format'>): ModelFormat {
  return format as ModelFormat;
}

/** As the engine is fed numbers: those of float16 as their bits. */
function fedData(data: FloatArray, format: ModelFormat): FloatData {
  return format === 'float16' ? encodedHalves(data, format) : data;
}

/** The operator that computes the case, over inputs of its rank; a loss has its classes at axis 1. */
function operatorOf(c: Case): Operator {
  const { operation, logits, axis, loss } = c;
  const format = modelFormatOf(c);
  const rank = logits.shape.length;
  if (loss === undefined) return { operation, format, rank, axis: lanesOf(logits.shape, axis).axis };
  const { reduction, ignoreIndex, weight } = loss;
  return {
    operation,
    format,
    rank: Math.max(rank, 2),
    axis: 1,
    loss: {
      reduction,
      isWeighted: weight !== undefined,
      ...(ignoreIndex === undefined ? {} : { ignoreIndex }),
    },
  };
}

async function answer(c: Case, sessionOf: (c: Case) => Promise<OnnxSession>): Promise<Outcome> {
  try {
    const session = await sessionOf(c);
    const { y } = await session.run(feedsOf(c));
    const { format, logits, axis, operation, loss } = c;
    const shape =
      operation === 'logSumExp' || loss?.reduction === 'none' ? lanesOf(logits.shape, axis).outerShape : null;
    const own = shape ?? (loss === undefined ? logits.shape : []);
    const values = format === 'float16' ? decodedHalves(y!.data, format) : y!.data;
    const tensor: Tensor = { shape: own, data: floatArrayFrom(format, values) };
    return { kind: 'values', tensor, violations: [] };
  } catch (error) {
    return { kind: 'threw', message: describeThrown(error) };
  }
}

/** The tensors of the case as the operator's inputs, by name. */
function feedsOf(c: Case): Readonly<Record<string, OnnxFeed>> {
  const { logits, axis, loss } = c;
  const format = modelFormatOf(c);
  if (loss === undefined)
    return { x: { type: format, data: fedData(logits.data, format), dims: logits.shape } };
  const scores = scoresOf({ format, logits, axis });
  const feeds = { x: { type: format, ...scores }, ...labelsOf(loss, scores.dims) };
  const { weight } = loss;
  return weight === undefined
    ? feeds
    : { ...feeds, weights: { type: format, data: fedData(weight.data, format), dims: weight.shape } };
}

/** The classes are brought to axis 1, behind a batch. */
function scoresOf({ format, logits, axis }: Pick<Case, 'format' | 'logits' | 'axis'>): {
  readonly data: OnnxFeed['data'];
  readonly dims: readonly number[];
} {
  const { shape } = logits;
  const data = fedData(logits.data, modelFormatOf({ format }));
  if (shape.length === 1) return { data, dims: [1, ...shape] };
  const moved = moveAxis({ shape, data }, { from: lanesOf(shape, axis).axis, to: 1, format });
  return { data: moved.data, dims: moved.shape };
}

function labelsOf({ target }: Loss, dims: readonly number[]): { readonly labels: OnnxFeed } {
  const indices = isIndexTensor(target) ? target.data : new Int32Array(0);
  const data = BigInt64Array.from(indices, BigInt);
  return { labels: { type: 'int64', data, dims: dims.filter((_, place) => place !== 1) } };
}

const arrayNames: Readonly<Record<OnnxFeed['type'], string>> = {
  float16: 'Uint16Array',
  float32: 'Float32Array',
  float64: 'Float64Array',
  int32: 'Int32Array',
  int64: 'BigInt64Array',
};

/** Class indices, floats, or the bits of halves, as literals. */
function elementsOf(data: OnnxFeed['data'], type: OnnxFeed['type'], { format }: Case): string {
  if (type === 'int64') return `[${Array.from(data as BigInt64Array, (index) => `${index}n`).join(', ')}]`;
  if (type === 'float16') return `[${Array.from(data as Uint16Array, bitsText).join(', ')}]`;
  return numbersLiteral(data as FloatArray, format);
}

/** The model as its bytes: what a person can run without Python. */
function scriptLines(c: Case): readonly string[] {
  const model = Buffer.from(operatorModel(operatorOf(c))).toString('base64');
  const inputs = Object.entries(feedsOf(c)).map(([name, { type, data, dims }]) => {
    const values = elementsOf(data, type, c);
    const array = arrayNames[type];
    return `  ${name}: new ort.Tensor('${type}', ${array}.from(${values}), [${dims.join(', ')}]),`;
  });
  return [
    `const model = Buffer.from('${model}', 'base64'); // one node, written without Python`,
    'const session = await ort.InferenceSession.create(model);',
    'const { y } = await session.run({',
    ...inputs,
    '});',
    c.format === 'float16' ? 'const got = numbersOf(y);' : 'const got = Array.from(y.data);',
  ];
}
