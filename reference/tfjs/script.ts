/**
 * What a reference is asked, as lines of a program that needs TensorFlow.js alone:
 * as this folder asks it, spelled out.
 */
import { isIndexTarget, type Case } from '../../src/case/case.ts';
import { positionWeightsOf } from '../../src/subjects/stacking.ts';
import type { FloatArray } from '../../src/float/format.ts';
import { lanesOf } from '../../src/tensor/lanes.ts';
import { dataLiteral, shapeLiteral, type Package } from '../../src/text/script-lines.ts';
import { inverse, toLast } from './axis-last.ts';
import { labelsOf } from './one-hot.ts';

const tfjsName = '@tensorflow/tfjs';
const wasmName = '@tensorflow/tfjs-backend-wasm';
const nodeName = '@tensorflow/tfjs-node';

export const cpuPackage: Package = { install: [tfjsName], load: [importLine(tfjsName), backendLine('cpu')] };

export const wasmPackage: Package = {
  install: [tfjsName, wasmName],
  load: [importLine(tfjsName), `await import('${wasmName}').catch(cannotRun);`, backendLine('wasm')],
};

export const nodePackage: Package = {
  install: [nodeName],
  load: [
    "import util from 'node:util';",
    'util.isNullOrUndefined ??= (value) => value == null; // tfjs-node 4.22.0 calls it, and Node 23 took it away',
    importLine(nodeName),
  ],
};

function importLine(name: string): string {
  return `const { default: tf } = await import('${name}').catch(cannotRun);`;
}

export const webglPackage: Package = browserPackage('webgl');
export const webgpuPackage: Package = browserPackage('webgpu');

/**
 * A page in which TensorFlow.js runs on a GPU that is computed in software; `CHROMIUM` in the environment is
 * the path of another browser than playwright's own.
 */
function browserPackage(backend: 'webgl' | 'webgpu'): Package {
  const names = ['core', 'layers', `backend-${backend}`].map((part) => `@tensorflow/tfjs-${part}`);
  return {
    install: ['playwright', ...names],
    load: [
      "import { createRequire } from 'node:module';",
      "import { dirname } from 'node:path';",
      "const { chromium } = await import('playwright').catch(cannotRun);",
      "const args = ['--no-sandbox', '--enable-unsafe-webgpu', '--use-webgpu-adapter=swiftshader'];",
      'const browser = await chromium.launch({ executablePath: process.env.CHROMIUM, args }).catch(cannotRun);',
      'const page = await browser.newPage();',
      "await page.route('**', (route) => route.fulfill({ contentType: 'text/html', body: '<!doctype html>' }));",
      "await page.goto('https://page.invalid/');",
      `for (const name of ['tfjs-core', 'tfjs-layers', 'tfjs-backend-${backend}']) {`,
      '  const folder = dirname(createRequire(import.meta.url).resolve(`@tensorflow/${name}`));',
      '  await page.addScriptTag({ path: `${folder}/tf${name.slice(4)}.min.js` });',
      '}',
      `if (!(await page.evaluate(() => tf.setBackend('${backend}')))) cannotRun(new Error('there is no backend ${backend}'));`,
      `await page.evaluate(() => tf.env().set('${backend.toUpperCase()}_CPU_FORWARD', false)); // small tensors on the GPU, too`,
    ],
  };
}

/** The lines that ask the case by the public API in a page of a browser. */
export function browserScript(c: Case): readonly string[] {
  const lines = [...askedLines(c, publicApiLines(c)), 'return Array.from(await answer.data());'];
  return [
    'const got = await page.evaluate(async () => {',
    ...lines.map((line) => `  ${line}`),
    '}).finally(() => browser.close());',
  ];
}

/** Where it does not take the backend TensorFlow.js says false, and goes on with another. */
function backendLine(name: string): string {
  return `if (!(await tf.setBackend('${name}'))) cannotRun(new Error('there is no backend ${name}'));`;
}

/** The lines that ask the case by the public API, as public-api.ts does. */
export function publicApiScript(c: Case): readonly string[] {
  return askLines(c, publicApiLines(c));
}

/** TensorFlow's own kernels, by name, as tensorflow-kernels.ts asks them. */
export function kernelScript(c: Case): readonly string[] {
  return askLines(c, kernelLines(c));
}

function askLines(c: Case, ask: readonly string[]): readonly string[] {
  return [...askedLines(c, ask), 'const got = Array.from(answer.dataSync());'];
}

/** The arguments, and what asks for the answer. */
function askedLines(c: Case, ask: readonly string[]): readonly string[] {
  return [tensorLine('x', c.logits.data, c.logits.shape), ...labelLines(c), ...cotangentLines(c), ...ask];
}

/** What a reference is given is float32. */
function tensorLine(name: string, data: FloatArray, shape: readonly number[]): string {
  return `const ${name} = tf.tensor(${dataLiteral(data, 'float32')}, ${shapeLiteral(shape)});`;
}

function labelLines(c: Case): readonly string[] {
  if (c.loss === undefined) return [];
  return [tensorLine('labels', labelsOf(c, c.loss), c.logits.shape)];
}

function cotangentLines({ cotangent }: Case): readonly string[] {
  return cotangent === undefined ? [] : [tensorLine('dy', cotangent.data, cotangent.shape)];
}

function publicApiLines(c: Case): readonly string[] {
  const weights = c.loss === undefined ? null : positionWeightsOf(c.loss);
  const { outerShape } = lanesOf(c.logits.shape, c.axis);
  const parameters = c.loss === undefined ? '(x)' : '(x, labels)';
  return [
    ...(weights === null ? [] : [tensorLine('weights', weights, outerShape)]),
    `const forward = ${parameters} => ${forwardText(c, weights !== null)};`,
    `const answer = ${answerText(c)};`,
  ];
}

function answerText({ direction, loss }: Case): string {
  switch (direction) {
    case 'forward':
      return loss === undefined ? 'forward(x)' : 'forward(x, labels)';
    case 'backward':
      return loss === undefined
        ? 'tf.grad(forward)(x, dy)'
        : 'tf.grad((logits) => forward(logits, labels))(x, dy)';
    case 'targetBackward':
      return 'tf.grad((target) => forward(x, target))(labels, dy)';
  }
}

function forwardText(c: Case, isWeighted: boolean): string {
  const rank = c.logits.shape.length;
  const order = toLast(rank, c.axis);
  const last = (name: string): string =>
    order === null ? name : `tf.transpose(${name}, ${shapeLiteral(order)})`;
  switch (c.operation) {
    case 'softmax':
    case 'logSoftmax': {
      const along = `tf.${c.operation}(${last('x')})`;
      return order === null ? along : `tf.transpose(${along}, ${shapeLiteral(inverse(order))})`;
    }
    case 'logSumExp':
      return rank === 0 ? 'tf.logSumExp(x)' : `tf.logSumExp(x, ${c.axis})`;
    case 'crossEntropy': {
      const { labelSmoothing, reduction } = c.loss!;
      const weights = isWeighted ? 'weights' : 'undefined';
      const how = `tf.Reduction.${reduction.toUpperCase()}`;
      return `tf.losses.softmaxCrossEntropy(${last('labels')}, ${last('x')}, ${weights}, ${labelSmoothing}, ${how})`;
    }
  }
}

function kernelLines(c: Case): readonly string[] {
  const { length, count, outerShape } = lanesOf(c.logits.shape, c.axis);
  const order = toLast(c.logits.shape.length, c.axis);
  const last = (name: string): string =>
    order === null ? name : `tf.transpose(${name}, ${shapeLiteral(order)})`;
  const back = (name: string): string =>
    order === null ? name : `tf.transpose(${name}, ${shapeLiteral(inverse(order))})`;
  const lines = [
    'const { binding } = tf.backend();',
    'const type = (name, value) => ({ name, type: binding.TF_ATTR_TYPE, value });',
    "const float = type('T', binding.TF_FLOAT);",
  ];
  const single = (kernel: string, input: string): string =>
    `tf.backend().executeSingleOutput('${kernel}', [float], [${input}])`;
  if (c.operation === 'softmax') return [...lines, `const answer = ${back(single('Softmax', last('x')))};`];
  if (c.operation === 'logSoftmax')
    return [...lines, `const answer = ${back(single('LogSoftmax', last('x')))};`];
  const rows = `[${count}, ${length}]`;
  const lastShape = order === null ? c.logits.shape : order.map((axis) => c.logits.shape[axis]!);
  const fromRows = (text: string): string => back(`tf.reshape(${text}, ${shapeLiteral(lastShape)})`);
  return [
    ...lines,
    `const logits = tf.reshape(${last('x')}, ${rows});`,
    ...fusedLines(c, { rows, last }),
    ...spreadLines(c, count),
    `const answer = ${kernelAnswer(c, { outerShape, fromRows, single })};`,
  ];
}

function fusedLines(
  { loss, direction }: Case,
  { rows, last }: { readonly rows: string; readonly last: (name: string) => string },
): readonly string[] {
  if (direction === 'targetBackward') return [];
  const run = (kernel: string, attributes: string, target: string): string =>
    `const [loss, backprop] = tf.backend().executeMultipleOutputs('${kernel}', [${attributes}], [logits, ${target}], 2);`;
  const { target } = loss!;
  if (!isIndexTarget(target))
    return [run('SoftmaxCrossEntropyWithLogits', 'float', `tf.reshape(${last('labels')}, ${rows})`)];
  return [
    `const indices = tf.tensor1d(${dataLiteral(target.data, 'int32')}, 'int32');`,
    run('SparseSoftmaxCrossEntropyWithLogits', "float, type('Tlabels', binding.TF_INT32)", 'indices'),
  ];
}

/** dy for each position, as a column. */
function spreadLines({ loss, direction }: Case, count: number): readonly string[] {
  if (direction === 'forward') return [];
  if (loss!.reduction === 'none') return [`const each = tf.reshape(dy, [${count}, 1]);`];
  const filled = `tf.fill([${count}, 1], dy.dataSync()[0])`;
  return [`const each = ${loss!.reduction === 'sum' ? filled : `tf.div(${filled}, tf.scalar(${count}))`};`];
}

function kernelAnswer(
  { direction, loss }: Case,
  {
    outerShape,
    fromRows,
    single,
  }: {
    readonly outerShape: readonly number[];
    readonly fromRows: (text: string) => string;
    readonly single: (kernel: string, input: string) => string;
  },
): string {
  switch (direction) {
    case 'forward': {
      const each = `tf.reshape(loss, ${shapeLiteral(outerShape)})`;
      return { none: each, sum: `tf.sum(${each})`, mean: `tf.mean(${each})` }[loss!.reduction];
    }
    case 'backward':
      return fromRows('tf.mul(each, backprop)');
    case 'targetBackward':
      return fromRows(`tf.mul(each, tf.neg(${single('LogSoftmax', 'logits')}))`);
  }
}
