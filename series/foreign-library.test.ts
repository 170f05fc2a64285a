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
import { halfFormats, nativeFormats, type Format } from '../src/float/format.ts';
import { judgeModule } from './judge-module.ts';

const { isSkipped, reason } = needs('koffi', 'gcc');
const folder = mkdtempSync(join(tmpdir(), 'logitfuzz-library-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Sums in long double; what is not finite falls out of the formulas. Halves are read and written here. */
const source = `
#include <math.h>
#include <stdint.h>
static long double value_of(uint16_t bits, int p, int largest) {
  int exponent = (bits & 0x7fff) >> (p - 1), rest = bits & ((1 << (p - 1)) - 1);
  long double v = exponent == 2 * largest + 1 ? (rest ? NAN : INFINITY)
    : exponent == 0 ? ldexpl(rest, 2 - largest - p) : ldexpl(rest + (1 << (p - 1)), exponent - largest - p + 1);
  return bits & 0x8000 ? -v : v;
}
static uint16_t bits_of(long double v, int p, int largest) {
  uint16_t sign = signbit(v) ? 0x8000 : 0, infinity = (2 * largest + 1) << (p - 1);
  if (isnan(v)) return infinity + 1;
  if (isinf(v) || v == 0) return sign + (v == 0 ? 0 : infinity);
  int e;
  frexpl(v, &e);
  if (e < 2 - largest) e = 2 - largest;
  long double steps = nearbyintl(ldexpl(fabsl(v), p - e));
  long double bits = steps + ldexpl(e + largest - 2, p - 1);
  return sign + (uint16_t)(bits > infinity ? infinity : bits);
}
#define same(v) (v)
#define from16(v) value_of(v, 11, 15)
#define from_b16(v) value_of(v, 8, 127)
#define to16(v) bits_of(v, 11, 15)
#define to_b16(v) bits_of(v, 8, 127)
#define KERNELS(real, suffix, get, put)                                                            \\
  static long double largest_##suffix(const real *x, int64_t n) {                                  \\
    long double m = -INFINITY;                                                                      \\
    for (int64_t k = 0; k < n; k++) if (!(get(x[k]) <= m)) m = get(x[k]);                           \\
    for (int64_t k = 0; k < n; k++) if (isnan(get(x[k]))) m = get(x[k]);                            \\
    return m;                                                                                       \\
  }                                                                                                 \\
  static long double total_##suffix(const real *x, long double m, int64_t n) {                     \\
    long double s = 0;                                                                              \\
    for (int64_t k = 0; k < n; k++) s += expl((long double)get(x[k]) - m);                          \\
    return s;                                                                                       \\
  }                                                                                                 \\
  int softmax_##suffix(const real *x, real *y, int64_t rows, int64_t n) {                          \\
    for (int64_t r = 0; r < rows; r++, x += n, y += n) {                                            \\
      long double m = largest_##suffix(x, n), s = total_##suffix(x, m, n);                          \\
      for (int64_t k = 0; k < n; k++) y[k] = put(expl((long double)get(x[k]) - m) / s);             \\
    }                                                                                               \\
    return 0;                                                                                       \\
  }                                                                                                 \\
  real lse_##suffix(const real *x, int n) {                                                        \\
    long double m = largest_##suffix(x, n);                                                         \\
    return put(isinf(m) ? m : m + logl(total_##suffix(x, m, n)));                                   \\
  }                                                                                                 \\
  void lse_backward_##suffix(const real *x, real dy, real *dx, int64_t n) {                        \\
    long double m = largest_##suffix(x, n), s = total_##suffix(x, m, n);                            \\
    for (int64_t k = 0; k < n; k++) dx[k] = put(get(dy) * (expl((long double)get(x[k]) - m) / s));  \\
  }                                                                                                 \\
  void loss_##suffix(const real *x, const int32_t *t, const real *w, int32_t ignored,              \\
                     int32_t reduction, int32_t rows, int32_t n, real *y) {                         \\
    long double sum = 0, all = 0;                                                                   \\
    for (int32_t r = 0; r < rows; r++, x += n) {                                                    \\
      if (t[r] == ignored) { if (reduction == 2) y[r] = put(0.0L); continue; }                      \\
      long double m = largest_##suffix(x, n);                                                       \\
      long double weight = w ? get(w[t[r]]) : 1;                                                    \\
      long double logp = (long double)get(x[t[r]]) - m - logl(total_##suffix(x, m, n));             \\
      long double l = weight == 0 && !isnan(logp) ? 0 : -weight * logp;                             \\
      if (reduction == 2) y[r] = put(l);                                                            \\
      sum += l;                                                                                     \\
      all += weight;                                                                                \\
    }                                                                                               \\
    if (reduction != 2) y[0] = put(reduction == 0 ? sum / all : sum);                               \\
  }
KERNELS(float, float32, same, same)
KERNELS(double, float64, same, same)
KERNELS(uint16_t, float16, from16, to16)
KERNELS(uint16_t, bfloat16, from_b16, to_b16)
void shifts(float *x, float *y, int64_t n) {
  for (int64_t k = 0; k < n; k++) { x[k] -= 1; y[k] = x[k]; }
}
int refuses(const float *x, float *y) { return 7; }
/* The upper half of the bits of float32: towards zero. */
void truncated(const uint16_t *x, uint16_t *y, int64_t n) {
  long double m = largest_bfloat16(x, n), s = total_bfloat16(x, m, n);
  for (int64_t k = 0; k < n; k++) {
    union { float value; uint32_t bits; } share = { .value = expl(from_b16(x[k]) - m) / s };
    y[k] = share.bits >> 16;
  }
}
/* The mean of the losses, in float. */
void loss_in_float(const uint16_t *x, const int32_t *t, int64_t rows, int64_t n, float *y) {
  long double sum = 0;
  for (int64_t r = 0; r < rows; r++, x += n) {
    long double m = largest_bfloat16(x, n);
    sum -= from_b16(x[t[r]]) - m - logl(total_bfloat16(x, m, n));
  }
  y[0] = sum / rows;
}
`;
const library = join(folder, 'libsound.so');
beforeAll(() => {
  if (isSkipped) return;
  writeFileSync(join(folder, 'sound.c'), source);
  execFileSync('gcc', ['-O1', '-shared', '-fPIC', '-o', library, join(folder, 'sound.c'), '-lm']);
});

function load(kernels: object, path = library, more: object = {}): Promise<SubjectModule> {
  const manifest = join(folder, 'manifest.json');
  writeFileSync(manifest, JSON.stringify({ version: '1', kernels, ...more }));
  return libraryModule(path, { manifest });
}

/** One call for each format, of symbols that end with it. */
function inAll(
  symbol: string,
  call: Omit<Partial<ManifestCall>, 'format'>,
  known: readonly Format[],
): readonly object[] {
  return known.map((format) => ({ symbol: `${symbol}_${format}`, format, ...call }));
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
const soundIn = (known: readonly Format[]): object => ({
  softmax: inAll('softmax', { args: ['in x', 'out y', 'rows', 'cols'], returns: 'status' }, known),
  logSumExp: inAll('lse', { args: ['in x', 'cols:int32'], each: 'row', returns: 'y' }, known),
  logSumExpBackward: inAll(
    'lse_backward',
    { args: ['in x', 'value dy', 'out y', 'cols'], each: 'row' },
    known,
  ),
  crossEntropy: inAll('loss', { args: loss as ManifestCall['args'] }, known),
});
const sound = soundIn(nativeFormats);

test.skipIf(isSkipped).each([
  ['float and double', nativeFormats],
  ['halves, as words', halfFormats],
])(`a sound library in C agrees, in %s${reason}`, async (_, known) => {
  const module = await load(soundIn(known));

  const { diverged, skipped, agreed } = await judgeModule(module, { cases: 800 });

  expect(diverged).toEqual([]);
  expect(skipped).toEqual({});
  expect(agreed).toBeGreaterThan(750);
  expect(module).toMatchObject({ name: 'sound', version: '1' });
});

test.skipIf(isSkipped)(`a library that truncates to bfloat16 is seen to${reason}`, async () => {
  const args = ['in x', 'out y', 'cols'];
  const module = await load({ softmax: { symbol: 'truncated', format: 'bfloat16', args, each: 'row' } });

  const { diverged } = await judgeModule(module, { cases: 100 });

  expect(diverged.length).toBeGreaterThan(20);
});

test.skipIf(isSkipped)(
  `the loss of halves may be in float32, where the manifest declares it${reason}`,
  async () => {
    const args = ['in x', 'in target', 'rows', 'cols', 'out y'];
    const kernels = { crossEntropy: { symbol: 'loss_in_float', format: 'bfloat16', args } };
    const declared = { arithmetic: { lossDtype: 'float32' } };

    const { diverged, agreed } = await judgeModule(await load(kernels, library, declared), { cases: 200 });

    expect(diverged).toEqual([]);
    expect(agreed).toBeGreaterThan(150);
  },
);

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
