/**
 * A grammar of what a kernel may do to those who judge it. A module is a sound softmax with one misdeed, done
 * at one moment; which is a pure function of a number.
 */

/** A module as text, and what the fuzzer may say of it. */
export interface HostileModule {
  readonly name: string;
  readonly source: string;
  /** The exit codes that are right: 0 only where it need do no harm to anybody. */
  readonly exits: readonly number[];
}

interface Misdeed {
  readonly name: string;
  /** Statements. In a call, `x` and `options` are its arguments, and `result` is the right answer. */
  readonly code: string;
  /** Whether it has to be told of: some of it does no harm to anybody. */
  readonly isTold: boolean;
}

const told = (name: string, code: string): Misdeed => ({ name, code, isTold: true });
const maybe = (name: string, code: string): Misdeed => ({ name, code, isTold: false });

/** What every module begins with. */
const imports = `import fs from 'node:fs'; import { spawn } from 'node:child_process'; import { syncBuiltinESMExports } from 'node:module';`;

/** What all code of the process shares: for each owner, some of what it has. */
const shared: readonly (readonly [string, string])[] = [
  ['Array.prototype', 'push map filter some every slice join forEach includes entries sort find concat'],
  ['Array.prototype', 'indexOf flatMap at reduce keys splice'],
  ['Map.prototype', 'get set has values delete clear'],
  ['Set.prototype', 'add has'],
  ['Function.prototype', 'call apply bind'],
  ['Promise.prototype', 'then catch finally'],
  ['String.prototype', 'split replace replaceAll slice trim padStart match'],
  ['RegExp.prototype', 'exec test'],
  ['Object.getPrototypeOf(Float32Array.prototype)', 'set subarray fill slice'],
  ['Object.getPrototypeOf([][Symbol.iterator]())', 'next'],
  ['Object.prototype', 'toString'],
  ['JSON', 'stringify parse'],
  ['Promise', 'resolve all'],
  ['Array', 'from isArray'],
  ['Number.prototype', 'toString'],
  ['Buffer', 'from concat'],
  ['Buffer.prototype', 'toString'],
  ['Error.prototype', 'toString'],
  ['globalThis', 'Promise Array Map Set JSON Error String setTimeout queueMicrotask Buffer'],
];
const sharedNames: readonly string[] = [
  ...shared.flatMap(([owner, names]) => names.split(' ').map((name) => `${owner}.${name}`)),
  'Array.prototype[Symbol.iterator]',
  'Map.prototype[Symbol.iterator]',
];
const replacements = [
  '() => undefined',
  'function () { return this; }',
  '() => { throw new Error("gotcha"); }',
];
const additions = ['then', 'toJSON', 'get', 'value', 'constructor', 'length', '0'];

const patches: readonly Misdeed[] = [
  ...sharedNames.map((what, i) => {
    const by = replacements[i % replacements.length]!;
    return told(what, `${what} = ${by};`);
  }),
  ...additions.map((name) =>
    told(
      `Object.prototype.${name}`,
      `Object.defineProperty(Object.prototype, '${name}', { value: () => 1, enumerable: true, configurable: true });`,
    ),
  ),
  told(
    'Map.prototype.set for good',
    `Object.defineProperty(Map.prototype, 'set', { value() { return this; }, writable: false, configurable: false });`,
  ),
  told(
    'push behind a getter',
    `Object.defineProperty(Array.prototype, 'push', { get: () => () => 0, configurable: true });`,
  ),
  told('Object.prototype without a prototype to be', 'Object.setPrototypeOf(Array.prototype, null);'),
  told(
    'a hole in every list',
    'Object.defineProperty(Array.prototype, "0", { value: 7, configurable: true });',
  ),
];

/** What is done to the arguments. */
const onArguments: readonly Misdeed[] = [
  told('the memory given away', 'structuredClone(x.data.buffer, { transfer: [x.data.buffer] });'),
  told('data set to null', 'x.data = null;'),
  told('shape set to null', 'x.shape = null;'),
  told(
    'a getter that throws on data',
    `Object.defineProperty(x, 'data', { get() { throw new Error('gotcha'); } });`,
  ),
  told(
    'a getter that throws on the shape',
    `Object.defineProperty(x.shape, 0, { get() { throw new Error('gotcha'); } });`,
  ),
  told(
    'a length of its own, and a write',
    `Object.defineProperty(x.data, 'length', { value: 0 }); if (x.data.buffer) new Float32Array(x.data.buffer, x.data.byteOffset, 1)[0] += 1;`,
  ),
  told(
    'options that throw',
    `Object.defineProperty(options, 'axis', { get() { throw new Error('gotcha'); } });`,
  ),
  told('options that are frozen under another prototype', 'options.more = 1; Object.freeze(options);'),
  maybe('a frozen argument', 'Object.freeze(x); Object.freeze(x.shape);'),
  maybe('another prototype', 'Object.setPrototypeOf(x.data, null);'),
  told('the shape without end', 'x.shape.length = 4e9;'),
];

const throwing = (name: string, value: string): Misdeed => told(`throws ${name}`, `throw ${value};`);
const revoked = '(() => { const { proxy, revoke } = Proxy.revocable({}, {}); revoke(); return proxy; })()';

const onThrows: readonly Misdeed[] = [
  throwing(
    'a code that throws',
    `Object.defineProperty(new Error('x'), 'code', { get() { throw new Error('gotcha'); } })`,
  ),
  throwing(
    'a message that throws',
    `Object.defineProperty(new Error('x'), 'message', { get() { throw new Error('gotcha'); } })`,
  ),
  throwing(
    'a stack that throws',
    `Object.defineProperty(new Error('x'), 'stack', { get() { throw new Error('gotcha'); } })`,
  ),
  throwing('a revoked proxy', revoked),
  throwing('undefined', 'undefined'),
  throwing('a symbol', 'Symbol("x")'),
  throwing('what has no text', 'Object.create(null)'),
  throwing('a megabyte', 'new Error("x".repeat(1e6))'),
  throwing('lines that command', 'new Error("\\n::error::noise\\n    at x (y.js:1:1)")'),
  throwing('a thenable', '{ then() { throw 1; } }'),
  throwing(
    'an AggregateError of itself',
    '(() => { const e = new AggregateError([]); e.errors.push(e); e.cause = e; return e; })()',
  ),
  throwing('what says that it is unsupported, by a getter', `{ get code() { process.exit(9); } }`),
];

const returning = (name: string, value: string): Misdeed => told(`returns ${name}`, `return ${value};`);

const onReturns: readonly Misdeed[] = [
  returning('a revoked proxy', revoked),
  returning('a function', '() => 1'),
  returning('a then that throws', `{ get then() { throw new Error('gotcha'); } }`),
  returning('a then that never calls', '{ then() {} }'),
  returning('a then that calls twice and throws', '{ then(done, fail) { done(null); fail(1); throw 2; } }'),
  returning('data that throws', `{ shape: x.shape.slice(), get data() { throw ${revoked}; } }`),
  returning(
    'what inherits from arrays',
    '{ shape: x.shape.slice(), data: Object.create(Float32Array.prototype) }',
  ),
  returning('a proxy of an array', '{ shape: x.shape.slice(), data: new Proxy(result.data, {}) }'),
  returning('a shape of symbols', '{ shape: [Symbol("x")], data: result.data }'),
  returning(
    'a shape that grows as it is read',
    '{ shape: new Proxy([], { get: (t, k) => (k === "length" ? 1e9 : 1) }), data: result.data }',
  ),
  returning(
    'detached data',
    '(structuredClone(result.data.buffer, { transfer: [result.data.buffer] }), result)',
  ),
  returning(
    'a promise of a promise that rejects with a revoked proxy',
    `Promise.resolve(Promise.reject(${revoked}))`,
  ),
  returning(
    'a promise whose constructor throws',
    `Object.defineProperty(Promise.resolve(result), 'constructor', { get() { throw new Error('gotcha'); } })`,
  ),
  returning(
    'data that patches as it is read',
    `{ shape: x.shape.slice(), get data() { Array.prototype.push = () => 0; return result.data; } }`,
  ),
];

/** What is done to the process. */
const onProcess: readonly Misdeed[] = [
  maybe('ten bytes on the channel', `fs.writeSync(3, 'ten bytes!');`),
  maybe('a megabyte on the channel', `fs.writeSync(3, Buffer.alloc(2 ** 20, 7));`),
  told('the channel closed', 'fs.closeSync(3);'),
  told('another file in the place of the channel', `fs.closeSync(3); fs.openSync('victim', 'w');`),
  maybe('fs.writeSync replaced', `fs.writeSync = () => 0; syncBuiltinESMExports();`),
  maybe('process.exit replaced', 'process.exit = () => undefined; process.kill = () => undefined;'),
  maybe('everybody who listens removed', 'process.removeAllListeners();'),
  maybe('process.send set', 'process.send = () => { throw new Error("gotcha"); };'),
  maybe('no stdout', `process.stdout.write = null; delete process.stderr.write;`),
  told('an exit', 'process.exit(0);'),
  told('an uncaught error that cannot be told', `setTimeout(() => { throw ${revoked}; });`),
  told('a rejection that cannot be told', `void Promise.reject(${revoked});`),
  told('an abort', 'process.abort();'),
  told('a stack without end', '(function deep() { deep(); })();'),
  maybe(
    'a daemon',
    `spawn('sleep', ['20'], { detached: true, stdio: ['ignore', 'ignore', 'inherit'] }).unref();`,
  ),
  maybe('another folder', `process.chdir('/'); process.env = {};`),
];

/** What is done by the exports. */
const exported: readonly Misdeed[] = [
  ...[
    "'tfjs-cpu'",
    "'x'.repeat(1e6)",
    "'two\\nlines'",
    "'\\u2028'",
    "''",
    '7',
    '{ toString() { throw 1; } }',
  ].map((text) => told(`the name ${text}`, `export const name = ${text};`)),
  ...["'subject'", "'__proto__'", "'constructor'", "'a/b|c'", "'<script>'", "'../../up'"].map((text) =>
    maybe(`the name ${text}`, `export const name = ${text};`),
  ),
  told('a version in megabytes', `export const version = 'x'.repeat(1e6);`),
  told(
    'arithmetic that throws',
    `export const arithmetic = { get expUlps() { throw new Error('gotcha'); } };`,
  ),
  told('arithmetic that is a revoked proxy', `export const arithmetic = ${revoked};`),
  told('arithmetic without end', `export const arithmetic = { expUlps: Infinity };`),
  maybe(
    'arithmetic that answers differently',
    'let n = 0; export const arithmetic = { get expUlps() { return n++ ? 1e9 : 1; } };',
  ),
  told(
    'a default export whose getter throws',
    `export default { get softmaxBackward() { throw new Error('gotcha'); } };`,
  ),
  told('a default export that is a revoked proxy', `export default ${revoked};`),
  told('a kernel that is none', 'export const logSoftmax = 7;'),
  maybe('a kernel that is a revoked proxy', '{ } export const logSoftmax = new Proxy(function () {}, {});'),
  told('supports that throws', `export const supports = { get rank() { throw new Error('gotcha'); } };`),
  told('an import that throws what cannot be told', `throw ${revoked};`),
  told('an import that throws a megabyte', `throw new Error('x'.repeat(1e6));`),
  told('no kernel at all', 'throw Object.create(null);'),
];

const moments = ['call', 'promise', 'later', 'load'] as const;
type Moment = (typeof moments)[number];

const groups: readonly { readonly misdeeds: readonly Misdeed[]; readonly moments: readonly Moment[] }[] = [
  { misdeeds: patches, moments: ['call', 'promise', 'load', 'later'] },
  { misdeeds: onArguments, moments: ['call', 'promise', 'later'] },
  { misdeeds: onThrows, moments: ['call', 'promise', 'load'] },
  { misdeeds: onReturns, moments: ['call', 'promise'] },
  { misdeeds: onProcess, moments: ['call', 'promise', 'load', 'later'] },
];

/** Every misdeed at every moment that it has, and each export: the same in every process. */
export const hostileModules: readonly HostileModule[] = [
  ...groups.flatMap(({ misdeeds, moments: its }) =>
    misdeeds.flatMap((misdeed) => its.map((moment) => moduleOf(misdeed, moment))),
  ),
  ...exported.map(({ name, code, isTold }) => ({
    name: `exports ${name}`,
    source: `${kernel('')}\n${code}`,
    exits: isTold ? [2] : [0, 1, 2],
  })),
];

function moduleOf({ name, code, isTold }: Misdeed, moment: Moment): HostileModule {
  const full = `${moment}: ${name}`;
  switch (moment) {
    case 'call':
      return { name: full, source: kernel(code), exits: isTold ? [1] : [0, 1] };
    case 'promise':
      return { name: full, source: kernel(`await null; ${code}`, 'async '), exits: isTold ? [1] : [0, 1] };
    case 'later':
      return { name: full, source: kernel(`setTimeout(() => { ${code} });`), exits: [0, 1] };
    case 'load':
      return {
        name: full,
        source: `${imports}\n${code.replace(/^return .*/, '')}\n${soundKernel('', '')}`,
        exits: isTold ? [2] : [0, 1, 2],
      };
  }
}

function kernel(code: string, prefix = ''): string {
  return `${imports}\n${soundKernel(code, prefix)}`;
}

/** Right, by loops alone; the misdeed is done on every matrix. */
function soundKernel(code: string, prefix: string): string {
  return `
export ${prefix}function softmax(x, options) {
  const { shape, data } = x;
  const rank = shape.length < 1 ? 1 : shape.length;
  const at = options.axis === undefined ? rank - 1 : options.axis < 0 ? options.axis + rank : options.axis;
  const length = shape.length === 0 ? 1 : shape[at];
  let stride = 1;
  for (let i = at + 1; i < shape.length; i++) stride *= shape[i];
  const result = { shape: [...shape], data: new data.constructor(data.length) };
  for (let lane = 0; length > 0 && lane < data.length / length; lane++) {
    const start = Math.floor(lane / stride) * stride * length + (lane % stride);
    let max = -Infinity, sum = 0;
    for (let k = 0; k < length; k++) max = Math.max(max, data[start + k * stride]);
    for (let k = 0; k < length; k++) sum += Math.exp(data[start + k * stride] - max);
    for (let k = 0; k < length; k++) result.data[start + k * stride] = Math.exp(data[start + k * stride] - max) / sum;
  }
  if (shape.length === 2) { ${code} }
  return result;
}`;
}
