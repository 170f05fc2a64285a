/**
 * How near sound kernels on data of 16 bits come to the bounds of numerics §20, and how far outside the wrong
 * ones are: `npm run series:half-bounds -- [cases] [seed]`.
 */
import { soundKernels, tryKernels, wrongKernels, type Row } from './half-bounds/trial.ts';

const [count = 600, seed = 1] = process.argv.slice(2).map(Number);

function print(rows: readonly Row[]): void {
  for (const { format, bound, kernel, operation, worst, elements, outside, cases, excused, lostSums } of rows)
    process.stdout.write(
      `${[format, bound, kernel, operation, worst.toPrecision(3), elements, outside, cases, excused, lostSums].join('\t')}\n`,
    );
}

process.stdout.write(
  'format\tbound\tkernel\toperation\tworst\telements\toutside\tcases\texcused\tlost sums\n',
);
const sound = tryKernels(soundKernels, count, seed);
print(sound);
print(tryKernels(wrongKernels, count, seed));
process.exitCode = sound.some(({ outside }) => outside > 0) ? 1 : 0;
