/**
 * The float32 kernels on rows, in AssemblyScript: two classes at a time in float64, each value rounded to
 * float32 once. `npm run build:kernels` compiles it to what lanes-bytes.ts holds. Every sum is taken in the
 * order of ../lane-sums.ts, and every power by the steps of ../power.ts: both forms give the same bits.
 *
 * A row is `n` float32 one after the other; row r begins at x + 4·r·n. Its cotangent stands at dy likewise;
 * what it has as a whole is element r of an array of float64. Results replace x. What stands behind a row is
 * read along with its last classes, and masked: it may be anything.
 */

// What stands where in memory. The table is the caller's to fill: the bits of scale·2^(−j/1024) plus j·2^42,
// so that less n·2^42 they are those of scale·2^(−n/1024) for any n whose last ten bits are j.
export const rowsMax: i32 = 2048;
export const elementsMax: i32 = 1 << 20;
export const table: usize = 0;
export const maxima: usize = 8192;
export const sums: usize = maxima + 8 * rowsMax;
export const rests: usize = sums + 8 * rowsMax;
export const factors: usize = rests + 8 * rowsMax;
export const logs: usize = factors + 8 * rowsMax;
export const x: usize = logs + 8 * rowsMax;
export const dy: usize = x + 4 * elementsMax;
const position2: usize = dy + 4 * elementsMax + 64;
/** e^(x − max) of one row, in float64, and room for three more. */
const powers: usize = position2 + 64;

const steps: f64 = 1024;
const stepsPerUnit: f64 = steps / 0.6931471805599453;
/** 1.5·2^52. */
const rounder: f64 = 6755399441055744;
const c1: f64 = 0.6931471805599453 / steps;
const c2: f64 = (c1 * c1) / 2 + (c1 * c1 * c1 * c1) / 96;
const middle: f64 = 1477;
const scale: f64 = c2 / (3 * middle);
const linear: f64 = (c1 - (scale - (c1 * c1 * c1) / 6) * (3.0 / 16.0)) / scale - 3 * middle * middle;
const constant: f64 = 1 / scale - (middle * middle + linear) * middle - 1.9073486328125e-6;
/** Beyond, a power is 0. */
const exponentMax: f64 = 680;

/** Terms are added up in blocks of so many, the last of which has the up to three that are left as well. */
const block: i32 = 512;

// @ts-ignore: a decorator of AssemblyScript
@inline
function fractionAt(n: i32): usize {
  return table + (<usize>(n & 1023) << 3);
}

/** e^−a of two a. With `isFar` they may be beyond 680. */
// @ts-ignore: a decorator of AssemblyScript
@inline
function powersOf(a: v128, isFar: bool): v128 {
  const within = isFar ? f64x2.pmin(a, f64x2.splat(exponentMax)) : a;
  const position = f64x2.mul(within, f64x2.splat(stepsPerUnit));
  const t = f64x2.add(position, f64x2.splat(rounder));
  const y = f64x2.sub(f64x2.sub(t, f64x2.splat(rounder - middle)), position);
  v128.store(position2, t); // read back as two integers, which takes no arithmetic unit
  const first = v128.load64_zero(fractionAt(load<i32>(position2)));
  const fractions = v128.load_lane<i64>(fractionAt(load<i32>(position2, 8)), first, 1);
  const power = i64x2.sub(fractions, i64x2.shl(t, 42));
  const square = f64x2.add(f64x2.mul(y, y), f64x2.splat(linear));
  const p = f64x2.add(f64x2.mul(square, y), f64x2.splat(constant));
  const e = f64x2.mul(power, p);
  return isFar ? v128.andnot(e, f64x2.gt(a, f64x2.splat(exponentMax))) : e;
}

/** The first two of the four float32 there, and the last two. */
// @ts-ignore: a decorator of AssemblyScript
@inline
function lowTwo(at: usize): v128 {
  return f64x2.promote_low_f32x4(v128.load64_zero(at));
}
// @ts-ignore: a decorator of AssemblyScript
@inline
function highTwo(at: usize): v128 {
  return f64x2.promote_low_f32x4(v128.load64_zero(at, 8));
}

/** The first of two, and a zero. */
// @ts-ignore: a decorator of AssemblyScript
@inline
function firstOnly(v: v128): v128 {
  return v128.and(v, i64x2.replace_lane(i64x2.splat(0), 0, -1));
}

/** (s0 + s2) + (s1 + s3). */
// @ts-ignore: a decorator of AssemblyScript
@inline
function across(low: v128, high: v128): f64 {
  const both = f64x2.add(low, high);
  return f64x2.extract_lane(both, 0) + f64x2.extract_lane(both, 1);
}

let largest: f64 = 0;
let smallest: f64 = 0;

/** The extremes of a row; NaN is passed over. */
function findExtremes(row: usize, n: i32): void {
  let most: f32 = -Infinity;
  let least: f32 = Infinity;
  if (n >= 4) {
    let up = f32x4.splat(-Infinity);
    let down = f32x4.splat(Infinity);
    let up2 = up;
    let down2 = down;
    const end = row + (n << 2);
    let at = row;
    for (; at + 32 <= end; at += 32) {
      const v = v128.load(at);
      const w = v128.load(at, 16);
      up = f32x4.pmax(up, v);
      down = f32x4.pmin(down, v);
      up2 = f32x4.pmax(up2, w);
      down2 = f32x4.pmin(down2, w);
    }
    if (at + 16 <= end) {
      const v = v128.load(at);
      up = f32x4.pmax(up, v);
      down = f32x4.pmin(down, v);
    }
    const last = v128.load(end - 16); // some of it a second time
    up = f32x4.pmax(f32x4.pmax(up, up2), last);
    down = f32x4.pmin(f32x4.pmin(down, down2), last);
    up = f32x4.pmax(up, v128.shuffle<i32>(up, up, 2, 3, 0, 1));
    down = f32x4.pmin(down, v128.shuffle<i32>(down, down, 2, 3, 0, 1));
    up = f32x4.pmax(up, v128.shuffle<i32>(up, up, 1, 0, 3, 2));
    down = f32x4.pmin(down, v128.shuffle<i32>(down, down, 1, 0, 3, 2));
    most = f32x4.extract_lane(up, 0);
    least = f32x4.extract_lane(down, 0);
  } else {
    for (let k = 0; k < n; k++) {
      const value = load<f32>(row + (k << 2));
      if (value > most) most = value;
      if (value < least) least = value;
    }
  }
  largest = most;
  smallest = least;
}

/** Writes the powers of a row, with zeros up to the next multiple of 4, and gives their sum. */
// @ts-ignore: a decorator of AssemblyScript
@inline
function writePowers(row: usize, n: i32, isFar: bool): f64 {
  const max = f64x2.splat(largest);
  let low = f64x2.splat(0);
  let high = f64x2.splat(0);
  let at = row;
  let to = powers;
  const whole = row + ((n & ~3) << 2);
  let partLow = f64x2.splat(0);
  let partHigh = f64x2.splat(0);
  while (at < whole) {
    low = f64x2.add(low, partLow);
    high = f64x2.add(high, partHigh);
    partLow = f64x2.splat(0);
    partHigh = f64x2.splat(0);
    const end = min(at + 4 * block, whole);
    do {
      const e = powersOf(f64x2.sub(max, lowTwo(at)), isFar);
      const f = powersOf(f64x2.sub(max, highTwo(at)), isFar);
      v128.store(to, e);
      v128.store(to, f, 16);
      partLow = f64x2.add(partLow, e);
      partHigh = f64x2.add(partHigh, f);
      at += 16;
      to += 32;
    } while (at < end);
  }
  const left = n & 3;
  if (left) {
    let e = powersOf(f64x2.sub(max, lowTwo(at)), isFar);
    let f = f64x2.splat(0);
    if (left == 1) e = firstOnly(e);
    if (left == 3) f = firstOnly(powersOf(f64x2.sub(max, highTwo(at)), isFar));
    v128.store(to, e);
    v128.store(to, f, 16);
    partLow = f64x2.add(partLow, e);
    partHigh = f64x2.add(partHigh, f);
  }
  return across(f64x2.add(low, partLow), f64x2.add(high, partHigh));
}

function writeNear(row: usize, n: i32): f64 {
  return writePowers(row, n, false);
}

function writeFar(row: usize, n: i32): f64 {
  return writePowers(row, n, true);
}

/** Finds the maximum, writes the powers and gives their sum: NaN where the maximum is no number. */
// @ts-ignore: a decorator of AssemblyScript
@inline
function measure(row: usize, n: i32): f64 {
  findExtremes(row, n);
  const sum = largest - smallest <= exponentMax ? writeNear(row, n) : writeFar(row, n);
  return abs(largest) == Infinity ? NaN : sum;
}

/** Where in the row the maximum first stands. */
function findLargest(row: usize, n: i32): i32 {
  const max = <f32>largest;
  const wanted = f32x4.splat(max);
  let k = 0;
  while (k + 4 <= n && !v128.any_true(f32x4.eq(v128.load(row + (k << 2)), wanted))) k += 4;
  while (k < n) {
    if (load<f32>(row + (k << 2)) == max) return k;
    k++;
  }
  return 0;
}

/** The sum of the powers without the one of the maximum. */
function restOf(row: usize, n: i32, sum: f64): f64 {
  if (!(sum < 2)) return sum - 1;
  const own = powers + (findLargest(row, n) << 3);
  store<f64>(own, 0);
  let low = f64x2.splat(0);
  let high = f64x2.splat(0);
  let at = powers;
  const whole = powers + ((n & ~3) << 3);
  let partLow = f64x2.splat(0);
  let partHigh = f64x2.splat(0);
  while (at < whole) {
    low = f64x2.add(low, partLow);
    high = f64x2.add(high, partHigh);
    partLow = f64x2.splat(0);
    partHigh = f64x2.splat(0);
    const end = min(at + 8 * block, whole);
    for (; at < end; at += 32) {
      partLow = f64x2.add(partLow, v128.load(at));
      partHigh = f64x2.add(partHigh, v128.load(at, 16));
    }
  }
  if (n & 3) {
    partLow = f64x2.add(partLow, v128.load(at));
    partHigh = f64x2.add(partHigh, v128.load(at, 16));
  }
  store<f64>(own, 1);
  return across(f64x2.add(low, partLow), f64x2.add(high, partHigh));
}

/** The maximum of each row, the sum of its powers, and the rest of that without the maximum's own. */
export function sumRows(rows: i32, n: i32): void {
  for (let r = 0; r < rows; r++) {
    const row = x + ((r * n) << 2);
    const sum = measure(row, n);
    store<f64>(maxima + (r << 3), largest);
    store<f64>(sums + (r << 3), sum);
    store<f64>(rests + (r << 3), restOf(row, n, sum));
  }
}

/** Four results as float32, or the `left` that there are. */
// @ts-ignore: a decorator of AssemblyScript
@inline
function put(at: usize, low: v128, high: v128): void {
  const l = f32x4.demote_f64x2_zero(low);
  const h = f32x4.demote_f64x2_zero(high);
  v128.store(at, v128.shuffle<i64>(l, h, 0, 2));
}
// @ts-ignore: a decorator of AssemblyScript
@inline
function putLeft(at: usize, low: v128, high: v128, left: i32): void {
  const l = f32x4.demote_f64x2_zero(low);
  if (left == 1) {
    v128.store_lane<f32>(at, l, 0);
    return;
  }
  v128.store_lane<i64>(at, l, 0);
  if (left == 3) v128.store_lane<f32>(at, f32x4.demote_f64x2_zero(high), 0, 8);
}

/** e^(x − max)·(factor/sum). */
// @ts-ignore: a decorator of AssemblyScript
@inline
function writeScaled(row: usize, n: i32, factor: f64): void {
  const by = f64x2.splat(factor);
  let from = powers;
  let at = row;
  const whole = row + ((n & ~3) << 2);
  for (; at < whole; at += 16, from += 32)
    put(at, f64x2.mul(v128.load(from), by), f64x2.mul(v128.load(from, 16), by));
  if (n & 3) putLeft(at, f64x2.mul(v128.load(from), by), f64x2.mul(v128.load(from, 16), by), n & 3);
}

/** The shares of each row, times its factor. With `withSums` the sums are written as by sumRows. */
export function scaleRows(rows: i32, n: i32, withSums: bool): void {
  for (let r = 0; r < rows; r++) {
    const row = x + ((r * n) << 2);
    const sum = measure(row, n);
    if (withSums) {
      store<f64>(maxima + (r << 3), largest);
      store<f64>(sums + (r << 3), sum);
      store<f64>(rests + (r << 3), restOf(row, n, sum));
    }
    writeScaled(row, n, load<f64>(factors + (r << 3)) * (1 / sum));
  }
}

/** factor·((x − max) − log). */
export function logRows(rows: i32, n: i32): void {
  for (let r = 0; r < rows; r++) {
    const max = f64x2.splat(load<f64>(maxima + (r << 3)));
    const log = f64x2.splat(load<f64>(logs + (r << 3)));
    const by = f64x2.splat(load<f64>(factors + (r << 3)));
    let at = x + ((r * n) << 2);
    const whole = at + ((n & ~3) << 2);
    for (; at < whole; at += 16) {
      const low = f64x2.sub(f64x2.sub(lowTwo(at), max), log);
      const high = f64x2.sub(f64x2.sub(highTwo(at), max), log);
      put(at, f64x2.mul(low, by), f64x2.mul(high, by));
    }
    if (n & 3) {
      const low = f64x2.sub(f64x2.sub(lowTwo(at), max), log);
      const high = f64x2.sub(f64x2.sub(highTwo(at), max), log);
      putLeft(at, f64x2.mul(low, by), f64x2.mul(high, by), n & 3);
    }
  }
}

/** Σ e·(dy − shift) of the row whose powers are there. */
function sharedOut(beside: usize, n: i32, shift: f64): f64 {
  const c = f64x2.splat(shift);
  let low = f64x2.splat(0);
  let high = f64x2.splat(0);
  let at = beside;
  let from = powers;
  const whole = beside + ((n & ~3) << 2);
  let partLow = f64x2.splat(0);
  let partHigh = f64x2.splat(0);
  while (at < whole) {
    low = f64x2.add(low, partLow);
    high = f64x2.add(high, partHigh);
    partLow = f64x2.splat(0);
    partHigh = f64x2.splat(0);
    const end = min(at + 4 * block, whole);
    do {
      partLow = f64x2.add(partLow, f64x2.mul(v128.load(from), f64x2.sub(lowTwo(at), c)));
      partHigh = f64x2.add(partHigh, f64x2.mul(v128.load(from, 16), f64x2.sub(highTwo(at), c)));
      at += 16;
      from += 32;
    } while (at < end);
  }
  const left = n & 3;
  if (left) {
    const e = f64x2.mul(v128.load(from), f64x2.sub(lowTwo(at), c));
    partLow = f64x2.add(partLow, left == 1 ? firstOnly(e) : e);
    if (left == 3) {
      const f = f64x2.mul(v128.load(from, 16), f64x2.sub(highTwo(at), c));
      partHigh = f64x2.add(partHigh, firstOnly(f));
    }
  }
  return across(f64x2.add(low, partLow), f64x2.add(high, partHigh));
}

/** (e/sum)·((dy − shift) − dot). */
// @ts-ignore: a decorator of AssemblyScript
@inline
function writeSoftmaxGradient(row: usize, beside: usize, n: i32, inverse: f64, shift: f64, dot: f64): void {
  const by = f64x2.splat(inverse);
  const c = f64x2.splat(shift);
  const d = f64x2.splat(dot);
  let at = row;
  let from = powers;
  const whole = row + ((n & ~3) << 2);
  for (; at < whole; at += 16, from += 32, beside += 16) {
    const low = f64x2.sub(f64x2.sub(lowTwo(beside), c), d);
    const high = f64x2.sub(f64x2.sub(highTwo(beside), c), d);
    put(at, f64x2.mul(f64x2.mul(v128.load(from), by), low), f64x2.mul(f64x2.mul(v128.load(from, 16), by), high));
  }
  if (n & 3) {
    const low = f64x2.sub(f64x2.sub(lowTwo(beside), c), d);
    const high = f64x2.sub(f64x2.sub(highTwo(beside), c), d);
    const first = f64x2.mul(f64x2.mul(v128.load(from), by), low);
    putLeft(at, first, f64x2.mul(f64x2.mul(v128.load(from, 16), by), high), n & 3);
  }
}

/** softmaxBackward. */
export function softmaxGradientRows(rows: i32, n: i32): void {
  for (let r = 0; r < rows; r++) {
    const row = x + ((r * n) << 2);
    const beside = dy + ((r * n) << 2);
    const sum = measure(row, n);
    let shift: f64 = load<f32>(beside + (findLargest(row, n) << 2));
    let dot = sharedOut(beside, n, shift) / sum;
    if (!(abs(dot) < Infinity)) {
      shift = 0; // ∞ − ∞ is nobody's
      dot = sharedOut(beside, n, shift) / sum;
    }
    writeSoftmaxGradient(row, beside, n, 1 / sum, shift, dot);
  }
}

/** What the sum of a and b rounds off. */
// @ts-ignore: a decorator of AssemblyScript
@inline
function lostOf(total: v128, a: v128, b: v128): v128 {
  const back = f64x2.sub(total, a);
  return f64x2.add(f64x2.sub(a, f64x2.sub(total, back)), f64x2.sub(b, back));
}

/** Σ dy of a row, compensated. */
function total(beside: usize, n: i32): f64 {
  let low = f64x2.splat(0);
  let high = f64x2.splat(0);
  let lost = f64x2.splat(0);
  let at = beside;
  const whole = beside + ((n & ~3) << 2);
  for (; at < whole; at += 16) {
    const a = lowTwo(at);
    const nextLow = f64x2.add(low, a);
    lost = f64x2.add(lost, lostOf(nextLow, low, a));
    low = nextLow;
    const b = highTwo(at);
    const nextHigh = f64x2.add(high, b);
    lost = f64x2.add(lost, lostOf(nextHigh, high, b));
    high = nextHigh;
  }
  const left = n & 3;
  if (left) {
    const a = left == 1 ? firstOnly(lowTwo(at)) : lowTwo(at);
    const nextLow = f64x2.add(low, a);
    lost = f64x2.add(lost, lostOf(nextLow, low, a));
    low = nextLow;
    if (left == 3) {
      const b = firstOnly(highTwo(at));
      const nextHigh = f64x2.add(high, b);
      lost = f64x2.add(lost, lostOf(nextHigh, high, b));
      high = nextHigh;
    }
  }
  const both = f64x2.add(low, high);
  lost = f64x2.add(lost, lostOf(both, low, high));
  const s0 = f64x2.extract_lane(both, 0);
  const s1 = f64x2.extract_lane(both, 1);
  const sum = s0 + s1;
  const back = sum - s0;
  const rounded = f64x2.extract_lane(lost, 0) + f64x2.extract_lane(lost, 1) + (s0 - (sum - back) + (s1 - back));
  return abs(rounded) < Infinity ? sum + rounded : sum;
}

/** dy − (e/sum)·total. */
// @ts-ignore: a decorator of AssemblyScript
@inline
function writeLogSoftmaxGradient(row: usize, beside: usize, n: i32, inverse: f64, ofAll: f64): void {
  const by = f64x2.splat(inverse);
  const all = f64x2.splat(ofAll);
  let at = row;
  let from = powers;
  const whole = row + ((n & ~3) << 2);
  for (; at < whole; at += 16, from += 32, beside += 16) {
    const low = f64x2.mul(f64x2.mul(v128.load(from), by), all);
    const high = f64x2.mul(f64x2.mul(v128.load(from, 16), by), all);
    put(at, f64x2.sub(lowTwo(beside), low), f64x2.sub(highTwo(beside), high));
  }
  if (n & 3) {
    const low = f64x2.mul(f64x2.mul(v128.load(from), by), all);
    const high = f64x2.mul(f64x2.mul(v128.load(from, 16), by), all);
    putLeft(at, f64x2.sub(lowTwo(beside), low), f64x2.sub(highTwo(beside), high), n & 3);
  }
}

/** logSoftmaxBackward. */
export function logSoftmaxGradientRows(rows: i32, n: i32): void {
  for (let r = 0; r < rows; r++) {
    const row = x + ((r * n) << 2);
    const beside = dy + ((r * n) << 2);
    const sum = measure(row, n);
    writeLogSoftmaxGradient(row, beside, n, 1 / sum, total(beside, n));
  }
}

/** Four by four elements; `across` and `down` are the bytes of a row there, and of a row here. */
// @ts-ignore: a decorator of AssemblyScript
@inline
function transposeFourByFour(from: usize, to: usize, across: usize, down: usize): void {
  const a = v128.load(from);
  const b = v128.load(from + across);
  const c = v128.load(from + 2 * across);
  const d = v128.load(from + 3 * across);
  const abLow = v128.shuffle<i32>(a, b, 0, 4, 1, 5);
  const cdLow = v128.shuffle<i32>(c, d, 0, 4, 1, 5);
  const abHigh = v128.shuffle<i32>(a, b, 2, 6, 3, 7);
  const cdHigh = v128.shuffle<i32>(c, d, 2, 6, 3, 7);
  v128.store(to, v128.shuffle<i64>(abLow, cdLow, 0, 2));
  v128.store(to + down, v128.shuffle<i64>(abLow, cdLow, 1, 3));
  v128.store(to + 2 * down, v128.shuffle<i64>(abHigh, cdHigh, 0, 2));
  v128.store(to + 3 * down, v128.shuffle<i64>(abHigh, cdHigh, 1, 3));
}

/** So many rows are gone through at a time: of each, the line that is read stays in the first cache. */
const rowsAtATime: i32 = 64;

/** Writes each of the matrices of `rows` × `columns` that stand at x to dy, its rows as columns. */
export function transpose(matrices: i32, rows: i32, columns: i32): void {
  const size: usize = (<usize>rows * <usize>columns) << 2;
  for (let m: usize = 0; m < <usize>matrices; m++) transposeOne(x + m * size, dy + m * size, rows, columns);
}

function transposeOne(source: usize, target: usize, rows: i32, columns: i32): void {
  const across: usize = <usize>columns << 2;
  const down: usize = <usize>rows << 2;
  const wholeColumns = columns & ~3;
  for (let top = 0; top < rows; top += rowsAtATime) {
    const bottom = min(top + rowsAtATime, rows);
    const whole = top + ((bottom - top) & ~3);
    for (let column = 0; column < wholeColumns; column += 4) {
      let from = source + <usize>top * across + (<usize>column << 2);
      let to = target + <usize>column * down + (<usize>top << 2);
      for (let row = top; row < whole; row += 4, from += 4 * across, to += 16)
        transposeFourByFour(from, to, across, down);
      for (let row = whole; row < bottom; row++, from += across, to += 4) {
        const v = v128.load(from);
        v128.store_lane<f32>(to, v, 0);
        v128.store_lane<f32>(to + down, v, 1);
        v128.store_lane<f32>(to + 2 * down, v, 2);
        v128.store_lane<f32>(to + 3 * down, v, 3);
      }
    }
    for (let column = wholeColumns; column < columns; column++) {
      let from = source + <usize>top * across + (<usize>column << 2);
      let to = target + <usize>column * down + (<usize>top << 2);
      for (let row = top; row < bottom; row++, from += across, to += 4) store<f32>(to, load<f32>(from));
    }
  }
}
