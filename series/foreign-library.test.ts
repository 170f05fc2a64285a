/** A library in C by its manifest: sound ones agree, a write to an input is seen, what is none is named. */
// @module-tag processes
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { needs } from '../src/connect/fixtures/needs.ts';
import { libraryModule } from '../src/connect/library/connector.ts';
import type { ManifestCall } from '../src/connect/manifest.ts';
import type { SubjectModule } from '../src/contract/subject.ts';
import { judgeModule } from './judge-module.ts';

const { isSkipped, reason } = needs('koffi', 'gcc');
const folder = mkdtempSync(join(tmpdir(), 'logitfuzz-library-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Sums in long double; what is not finite falls out of the formulas. */
const source = `
#include <math.h>
#include <stdint.h>
#define KERNELS(real, suffix)                                                                       \\
  static real largest_##suffix(const real *x, int64_t n) {                                         \\
    real m = -INFINITY;                                                                             \\
    for (int64_t k = 0; k < n; k++) if (!(x[k] <= m)) m = x[k];                                     \\
    for (int64_t k = 0; k < n; k++) if (isnan(x[k])) m = x[k];                                      \\
    return m;                                                                                       \\
  }                                                                                                 \\
  static long double total_##suffix(const real *x, real m, int64_t n) {                            \\
    long double s = 0;                                                                              \\
    for (int64_t k = 0; k < n; k++) s += expl((long double)x[k] - m);                               \\
    return s;                                                                                       \\
  }                                                                                                 \\
  int softmax_##suffix(const real *x, real *y, int64_t rows, int64_t n) {                          \\
    for (int64_t r = 0; r < rows; r++, x += n, y += n) {                                            \\
      real m = largest_##suffix(x, n);                                                              \\
      long double s = total_##suffix(x, m, n);                                                      \\
      for (int64_t k = 0; k < n; k++) y[k] = (real)(expl((long double)x[k] - m) / s);               \\
    }                                                                                               \\
    return 0;                                                                                       \\
  }                                                                                                 \\
  real lse_##suffix(const real *x, int n) {                                                        \\
    real m = largest_##suffix(x, n);                                                                \\
    return isinf(m) ? m : (real)(m + logl(total_##suffix(x, m, n)));                                \\
  }                                                                                                 \\
  void loss_##suffix(const real *x, const int32_t *t, const real *w, int32_t ignored,              \\
                     int32_t reduction, int32_t rows, int32_t n, real *y) {                         \\
    long double sum = 0, all = 0;                                                                   \\
    for (int32_t r = 0; r < rows; r++, x += n) {                                                    \\
      if (t[r] == ignored) { if (reduction == 2) y[r] = 0; continue; }                              \\
      real m = largest_##suffix(x, n);                                                              \\
      long double weight = w ? w[t[r]] : 1;                                                         \\
      long double logp = (long double)x[t[r]] - m - logl(total_##suffix(x, m, n));                  \\
      long double l = weight == 0 && !isnan(logp) ? 0 : -weight * logp;                             \\
      if (reduction == 2) y[r] = (real)l;                                                           \\
      sum += l;                                                                                     \\
      all += weight;                                                                                \\
    }                                                                                               \\
    if (reduction != 2) y[0] = (real)(reduction == 0 ? sum / all : sum);                            \\
  }
KERNELS(float, f32)
KERNELS(double, f64)
void shifts(float *x, float *y, int64_t n) {
  for (int64_t k = 0; k < n; k++) { x[k] -= 1; y[k] = x[k]; }
}
int refuses(const float *x, float *y) { return 7; }
`;
const library = join(folder, 'libsound.so');
beforeAll(() => {
  if (isSkipped) return;
  writeFileSync(join(folder, 'sound.c'), source);
  execFileSync('gcc', ['-O1', '-shared', '-fPIC', '-o', library, join(folder, 'sound.c'), '-lm']);
});

function load(kernels: object, path = library): Promise<SubjectModule> {
  const manifest = join(folder, 'manifest.json');
  writeFileSync(manifest, JSON.stringify({ version: '1', kernels }));
  return libraryModule(path, { manifest });
}

/** One call for each format, of symbols that end with it. */
function inBoth(symbol: string, call: Omit<Partial<ManifestCall>, 'format'>): readonly object[] {
  return (['float32', 'float64'] as const).map((format) => ({
    symbol: `${symbol}_f${format.slice(5)}`,
    format,
    ...call,
  }));
}

const loss = [
  'in x',
  'in target',
  'in weight',
  'ignoreIndex',
  'reduction',
  'rows:int32',
  'cols:int32',
  'out y',
];
const sound = {
  softmax: inBoth('softmax', { args: ['in x', 'out y', 'rows', 'cols'], returns: 'status' }),
  logSumExp: inBoth('lse', { args: ['in x', 'cols:int32'], each: 'row', returns: 'y' }),
  crossEntropy: inBoth('loss', { args: loss as ManifestCall['args'] }),
};

test.skipIf(isSkipped)(`a sound library in C agrees, in both formats${reason}`, async () => {
  const module = await load(sound);

  const { diverged, skipped, agreed } = await judgeModule(module, { cases: 800 });

  expect(diverged).toEqual([]);
  expect(skipped).toEqual({});
  expect(agreed).toBeGreaterThan(750);
  expect(module).toMatchObject({ name: 'sound', version: '1' });
});

test.skipIf(isSkipped)(`what its arguments leave out is not drawn${reason}`, async () => {
  const { supports } = await load(sound);

  expect(supports).toEqual({
    formats: ['float32', 'float64'],
    empty: 'none',
    crossEntropy: {
      target: ['indices'],
      reduction: ['mean', 'sum', 'none'],
      labelSmoothing: false,
      weight: true,
      ignoreIndex: true,
    },
  });
});

test.skipIf(isSkipped)(`a function that writes to its input is seen to${reason}`, async () => {
  const module = await load({
    logSoftmax: { symbol: 'shifts', args: ['in x', 'out y', 'cols'], each: 'row' },
  });

  const { diverged } = await judgeModule(module, { cases: 20 });

  expect(
    diverged.filter((line) => line.includes('the call wrote to its argument logits')).length,
  ).toBeGreaterThan(0);
});

test.skipIf(isSkipped)(`a status that is not 0 is an error of that very call${reason}`, async () => {
  const module = await load({ softmax: { symbol: 'refuses', args: ['in x', 'out y'], returns: 'status' } });

  expect(() => module.softmax!({ shape: [1], data: Float32Array.of(1) }, {})).toThrow(
    'refuses returned the status 7',
  );
});

test.skipIf(isSkipped)(`a symbol or a library that is none is named${reason}`, async () => {
  const gone = { softmax: { symbol: 'gone', args: ['in x', 'out y'] } };
  const text = join(folder, 'text.so');
  writeFileSync(text, 'no library');

  await expect(load(gone)).rejects.toThrow(/libsound.so" has no gone for softmax: /);
  await expect(load(sound, text)).rejects.toThrow(/text.so" cannot be loaded: /);
});

test('a library without a manifest, or that is not there, is refused before anything is loaded', async () => {
  await expect(libraryModule('libsm.so')).rejects.toThrow(/"libsm.so" is a library: say by --manifest/);
  await expect(load(sound, join(folder, 'gone.so'))).rejects.toThrow(/gone.so" is not there: no file /);
});
