import { expect, test } from 'vitest';
import { exportedFrom, kernelSource } from './kernel-source.ts';

const module = `import { exp } from './exp.ts';

/** Shifts nothing. */
export function softmax(
  x: Tensor,
  { axis }: Options,
): Tensor {
  if (axis) {
    return x;
  }

  return y;
}

export const logSoftmax = (x) => softmax(x);
const softmaxBackward = async (x) => {
  return x;
};
exports.logSumExp = function (x) {
  return x;
};
export { softmaxBackward };
`;

test.each([
  ['softmax', 3, '/** Shifts nothing. */', '}', 11],
  [
    'logSoftmax',
    15,
    'export const logSoftmax = (x) => softmax(x);',
    'export const logSoftmax = (x) => softmax(x);',
    1,
  ],
  ['softmaxBackward', 16, 'const softmaxBackward = async (x) => {', '};', 3],
  ['logSumExp', 19, 'exports.logSumExp = function (x) {', '};', 3],
] as const)('%s is found from its comment to its end', (kernel, line, first, last, count) => {
  const source = kernelSource(module, kernel, 'a.ts')!;
  const lines = source.text.split('\n');

  expect([source.line, lines[0], lines.at(-1), lines.length]).toEqual([line, first, last, count]);
});

test('what is not defined there is not found, and where it is from is told', () => {
  expect(kernelSource(module, 'crossEntropy', 'a.ts')).toBeNull();
  expect(exportedFrom("export { softmax, crossEntropy } from './loss.ts';", 'crossEntropy')).toBe(
    './loss.ts',
  );
  expect(exportedFrom("export { softmaxOld } from './loss.ts';", 'softmax')).toBeNull();
});

test('it is bounded in lines and columns, and nothing in it turns the text round', () => {
  const long = `export function softmax() {\n${`  a = '\u202E${'x'.repeat(1000)}';\n`.repeat(500)}}\n`;
  const source = kernelSource(long, 'softmax', 'a.ts')!;

  expect(source.text.split('\n')).toHaveLength(80);
  expect(source.text.length).toBeLessThan(80 * 202);
  expect([source.isCut, source.text.includes('\u202E')]).toEqual([true, false]);
});
