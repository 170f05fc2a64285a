/** What the language gives to everybody is put back, and told of, whatever was done to it. */
import { expect, test } from 'vitest';
import type { Case } from '../case/case.ts';
import { changeSentence, takeIntrinsics } from './intrinsics.ts';
import { subjectImplementation } from './subject-implementation.ts';
import { watchIntrinsics } from './watch-intrinsics.ts';

const intrinsics = takeIntrinsics();
const none = (): undefined => undefined;
const assign = (owner: object, key: PropertyKey) => (): void =>
  void Reflect.defineProperty(owner, key, {
    value: none,
    writable: true,
    configurable: true,
    enumerable: true,
  });

/** Those that judges use between two calls, which are looked at after each. */
const often: readonly (readonly [string, () => void])[] = [
  ['Array.prototype.push', assign(Array.prototype, 'push')],
  ['Array.prototype[Symbol.iterator]', assign(Array.prototype, Symbol.iterator)],
  ['Map.prototype.set', assign(Map.prototype, 'set')],
  ['Promise.prototype.then', assign(Promise.prototype, 'then')],
  ['Function.prototype.call', assign(Function.prototype, 'call')],
  ['JSON.stringify', assign(JSON, 'stringify')],
  ['Promise', assign(globalThis, 'Promise')],
  ['Object.prototype.then', assign(Object.prototype, 'then')],
  ['Object.prototype.anything', assign(Object.prototype, 'anything')],
  ['TypedArray.prototype.set', assign(Object.getPrototypeOf(Float32Array.prototype) as object, 'set')],
];
const seldom: readonly (readonly [string, () => void])[] = [
  ['RegExp.prototype.exec', assign(RegExp.prototype, 'exec')],
  ['Buffer.concat', assign(Buffer, 'concat')],
  ['Array.prototype.length', assign(Array.prototype, 0)],
  ['the prototype of Array.prototype', () => void Object.setPrototypeOf(Array.prototype, null)],
  ['structuredClone', assign(globalThis, 'structuredClone')],
  ['Array.prototype.lastIndexOf', () => void Reflect.deleteProperty(Array.prototype, 'lastIndexOf')],
];

test.each([...often, ...seldom])('%s is put back', (name, change) => {
  change();
  const found = intrinsics.restore();
  const again = intrinsics.restore();

  expect(found).toEqual({ name, isRestored: true });
  expect(again).toBeNull();
});

test.each(often)('%s is seen after the call', (_, change) => {
  const before = intrinsics.isIntact();
  change();
  const after = intrinsics.isIntact();
  intrinsics.restore();

  expect([before, after, intrinsics.isIntact()]).toEqual([true, false, true]);
});

test('a method that the language has not may be added', () => {
  assign(Array.prototype, 'last')();
  const found = intrinsics.restore();
  Reflect.deleteProperty(Array.prototype, 'last');

  expect(found).toBeNull();
});

test('also where a getter stands in its place', () => {
  const owner = Object.getPrototypeOf(new Set().values()) as object;
  const held = Object.getOwnPropertyDescriptor(owner, 'next')!;
  Object.defineProperty(owner, 'next', { get: none, configurable: true });

  const found = intrinsics.restore();

  expect(found).toEqual({ name: 'the iterator of sets.next', isRestored: true });
  expect(Object.getOwnPropertyDescriptor(owner, 'next')).toEqual(held);
});

const zeros: Case = {
  operation: 'softmax',
  direction: 'forward',
  format: 'float32',
  axis: -1,
  logits: { shape: [2], data: Float32Array.of(0, 0) },
  regimes: [],
  checks: [],
};

test.each([
  ['returns', () => ({ shape: [2], data: Float32Array.of(0.5, 0.5) }), 'there'],
  ['keeps its promise', async () => ({ shape: [2], data: Float32Array.of(0.5, 0.5) }), 'there'],
  ['throws', () => { throw new Error('x'); }, 'none'], // prettier-ignore
] as const)('a call that changes one and then %s breaks the contract', async (_, end, values) => {
  const watch = watchIntrinsics(intrinsics, (change) => {
    throw new Error(changeSentence(change));
  });
  const softmax = (): unknown => {
    assign(Array.prototype, 'push')();
    return end();
  };
  const subject = watch.over(
    subjectImplementation({ softmax } as never, { name: 'kernel', afterCall: watch.afterCall }),
  );

  const outcome = await subject.run(zeros);

  expect(outcome).toMatchObject({ kind: 'values' });
  expect(outcome.kind === 'values' && outcome.violations).toEqual([
    {
      kind: 'intrinsic-changed',
      detail: 'Array.prototype.push was changed, which all code of the process shares',
    },
  ]);
  expect(outcome.kind === 'values' && outcome.tensor === null ? 'none' : 'there').toBe(values);
});
