/** Whatever a subject makes of its exports, arguments, results and errors, the harness throws for none. */
import { expect, test } from 'vitest';
import type { Case } from '../case/case.ts';
import type { Outcome } from '../case/outcome.ts';
import { copyOfData, describeThrown, outcomeOfThrown } from './foreign-values.ts';
import { checkSubject } from './load-subject.ts';
import { subjectImplementation } from './subject-implementation.ts';

const zeros: Case = {
  operation: 'softmax',
  direction: 'forward',
  format: 'float32',
  axis: -1,
  logits: { shape: [2], data: Float32Array.of(0, 0) },
  regimes: [],
  checks: [],
};

interface Given {
  shape: number[];
  data: Float32Array;
}

const half = (): Given => ({ shape: [2], data: Float32Array.of(0.5, 0.5) });

type Kernel = (x: Given, options: Record<string, unknown>) => unknown;

function run(softmax: Kernel): Outcome | Promise<Outcome> {
  return subjectImplementation({ softmax } as never, { name: 'kernel' }).run(zeros);
}

/** The violations of a call; the outcome's kind where it gave no values. */
async function told(softmax: Kernel): Promise<readonly string[]> {
  const outcome = await run(softmax);
  return outcome.kind === 'values' ? outcome.violations.map(({ kind }) => kind) : [outcome.kind];
}

const fail = (): never => {
  throw new Error('gotcha');
};

const revoked = (): object => {
  const { proxy, revoke } = Proxy.revocable({}, {});
  revoke();
  return proxy;
};

const misuses: readonly (readonly [string, (x: Given, options: Record<string, unknown>) => void])[] = [
  ['its memory given away', (x) => void structuredClone(x.data.buffer, { transfer: [x.data.buffer] })],
  ['its data set to null', (x) => void (x.data = null as never)],
  ['its data another array', (x) => void (x.data = x.data.slice())],
  ['its data a getter that throws', (x) => void Object.defineProperty(x, 'data', { get: fail })],
  ['a length of its own', (x) => void Object.defineProperty(x.data.fill(1), 'length', { value: 0 })],
  ['its shape set to null', (x) => void (x.shape = null as never)],
  ['its shape a getter', (x) => void Object.defineProperty(x.shape, 0, { get: fail })],
  ['its shape without end', (x) => void (x.shape.length = 4_000_000_000)],
  ['options with a getter that throws', (_, o) => void Object.defineProperty(o, 'axis', { get: fail })],
  ['options with one more', (_, o) => void (o['more'] = 1)],
];

test.each(misuses)('an argument that is misused is written to: %s', async (_, misuse) => {
  const sync: Kernel = (x, options) => {
    misuse(x, options);
    return half();
  };

  expect(await told(sync)).toEqual(['input-written']);
  expect(await told(async (x, options) => sync(x, options))).toEqual(['input-written']);
  expect(await told(half)).toEqual([]); // memory that was given away is nobody's any more
});

const results: readonly (readonly [string, () => unknown, readonly string[]])[] = [
  ['a revoked proxy', revoked, ['threw']],
  ['a then that throws', () => exporting('then', { get: fail }), ['threw']],
  ['a data that throws', () => Object.defineProperty(half(), 'data', { get: fail }), ['not-a-tensor']],
  [
    'an object that inherits from arrays',
    () => ({ shape: [2], data: Object.create(Float32Array.prototype) as never }),
    ['not-a-tensor'],
  ],
  ['a proxy of an array', () => ({ shape: [2], data: new Proxy(half().data, {}) }), ['not-a-tensor']],
  [
    'a shape that throws',
    () => ({ ...half(), shape: Object.defineProperty([2], 0, { get: fail }) }),
    ['not-a-tensor'],
  ],
  ['a shape of a thing without text', () => ({ ...half(), shape: [Object.create(null)] }), ['not-a-tensor']],
  ['a revoked shape', () => ({ ...half(), shape: revoked() }), ['not-a-tensor']],
  ['a shape without end', () => ({ ...half(), shape: Array.from({ length: 100_000 }) }), ['shape']],
  [
    'an array with a length of its own',
    () => ({ ...half(), data: Object.defineProperty(new Float32Array(3), 'length', { value: 2 }) }),
    ['shape'],
  ],
  [
    'a true array under another prototype',
    () => ({ ...half(), data: Object.setPrototypeOf(half().data, null) as never }),
    [],
  ],
];

test.each(results)('a result is read as what it is: %s', async (_, result, due) => {
  expect(await told(result)).toEqual(due);
});

const thrown: readonly (readonly [string, unknown, Outcome['kind']])[] = [
  ['a code that throws', Object.defineProperty(new Error('x'), 'code', { get: fail }), 'threw'],
  ['a message that throws', Object.defineProperty(new Error('x'), 'message', { get: fail }), 'threw'],
  ['a revoked proxy', revoked(), 'threw'],
  ['nothing', undefined, 'threw'],
  ['a symbol', Symbol('x'), 'threw'],
  ['a thing without text', Object.create(null), 'threw'],
  ['a refusal', Object.assign(new Error('not this'), { code: 'ERR_UNSUPPORTED' }), 'unsupported'],
];

test.each(thrown)('whatever is thrown is a throw of the kernel: %s', async (_, error, kind) => {
  const sync: Kernel = () => {
    throw error;
  };

  expect(await told(sync)).toEqual([kind]);
  expect(await told(async () => sync(half(), {}))).toEqual([kind]);
  expect(outcomeOfThrown(error).kind).toBe(kind);
});

test('what is thrown is told in one short line of text', () => {
  expect(describeThrown(new Error('x'.repeat(1e6)))).toHaveLength(500);
  expect(describeThrown(revoked())).toBe('something that cannot be printed');
});

test('each export is read once: what was checked is what is used', () => {
  let reads = 0;
  const arithmetic = {
    get expUlps() {
      return ++reads === 1 ? 1 : 1e9;
    },
  };

  const module = checkSubject('it', { softmax: half, arithmetic });
  const { arithmetic: used } = subjectImplementation(module, { name: 'kernel' });

  expect(used.expUlps).toBe(1);
  expect(reads).toBe(1);
});

const exporting = (name: string, attributes: PropertyDescriptor): object =>
  Object.defineProperty({ logSumExp: half }, name, attributes);

test.each(['softmax', 'name', 'arithmetic', 'default'])(
  'an export %s that throws is a usage error',
  (name) => {
    expect(() => checkSubject('it', exporting(name, { get: fail }))).toThrow(
      /the subject "it" exports \w+, and reading it threw Error: gotcha/,
    );
  },
);

test('a default export whose getter throws is a usage error, too', () => {
  const standard = exporting('softmax', { get: fail });

  expect(() => checkSubject('it', { default: standard })).toThrow(/exports softmax, and reading it threw/);
});

test.each(['x'.repeat(101), 'two\nlines', 'a\u2028line', 'bell\u0007', '', ' '])(
  'a name that fills more than a line is refused',
  (name) => {
    expect(() => checkSubject('it', { softmax: half, name })).toThrow(/the subject "it" exports (a )?name/);
  },
);

test('a copy of data holds no getter, keeps what a check has to refuse, and is not led on for ever', () => {
  const ring: Record<string, unknown> = { rank: [1, 2], __proto__: { polluted: true } };
  ring['ring'] = ring;

  const copy = copyOfData(ring) as typeof ring;

  expect(copy['rank']).toEqual([1, 2]);
  expect(copy['rank']).not.toBe(ring['rank']);
  expect('polluted' in copy).toBe(false);
});
