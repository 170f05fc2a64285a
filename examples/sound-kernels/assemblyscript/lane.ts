/**
 * Sound kernels of one lane in AssemblyScript, four classes at a time. A lane is so many float32 at an
 * address that is a multiple of 16; what is left of its last vector is written over. NaN, +∞ and a lane of
 * −∞ alone take care of themselves: WebAssembly's maximum of a NaN is NaN, and so is ∞ − ∞.
 */

const ln2High: f32 = 355.0 / 512.0; // of 9 bits: its product with an exponent is exact
const ln2Low: f32 = <f32>(0.6931471805599453 - 355.0 / 512.0);
const log2e: f32 = 1.4426950408889634;
/** e to it is the smallest normal number: what is below is 0. */
const lowest: f32 = -87.33654;
const minusInfinity: f32 = -Infinity;

/** The first address that a lane may have. */
export function firstAddress(): usize {
  return (__heap_base + 15) & ~15;
}

/** 2^n·e^r with |r| ≤ ln 2/2. */
function exp4(x: v128): v128 {
  const n = f32x4.nearest(f32x4.mul(x, f32x4.splat(log2e)));
  const high = f32x4.sub(x, f32x4.mul(n, f32x4.splat(ln2High)));
  const r = f32x4.sub(high, f32x4.mul(n, f32x4.splat(ln2Low)));
  let q = f32x4.splat(1.0 / 5040.0);
  q = f32x4.add(f32x4.mul(q, r), f32x4.splat(1.0 / 720.0));
  q = f32x4.add(f32x4.mul(q, r), f32x4.splat(1.0 / 120.0));
  q = f32x4.add(f32x4.mul(q, r), f32x4.splat(1.0 / 24.0));
  q = f32x4.add(f32x4.mul(q, r), f32x4.splat(1.0 / 6.0));
  q = f32x4.add(f32x4.mul(q, r), f32x4.splat(0.5));
  const rest = f32x4.add(r, f32x4.mul(f32x4.mul(r, r), q));
  const power = i32x4.shl(i32x4.add(i32x4.trunc_sat_f32x4_s(n), i32x4.splat(127)), 23);
  const e = f32x4.mul(f32x4.add(f32x4.splat(1), rest), power);
  return v128.andnot(e, f32x4.lt(x, f32x4.splat(lowest)));
}

function pad(x: usize, n: i32, value: f32): void {
  for (let k = n; k & 3; k++) store<f32>(x + (k << 2), value);
}

function across(v: v128): f32 {
  const left = f32x4.extract_lane(v, 0) + f32x4.extract_lane(v, 1);
  return left + (f32x4.extract_lane(v, 2) + f32x4.extract_lane(v, 3));
}

function maximum(x: usize, n: i32): f32 {
  let v = f32x4.splat(minusInfinity);
  for (let at = x; at < x + (n << 2); at += 16) v = f32x4.max(v, v128.load(at));
  const left = max(f32x4.extract_lane(v, 0), f32x4.extract_lane(v, 1));
  return max(left, max(f32x4.extract_lane(v, 2), f32x4.extract_lane(v, 3)));
}

/** Writes e^(x − max) to y, and gives the sum. */
function powers(x: usize, y: usize, n: i32, max: f32): f32 {
  let sum = f32x4.splat(0);
  for (let at = 0; at < n << 2; at += 16) {
    const e = exp4(f32x4.sub(v128.load(x + at), f32x4.splat(max)));
    v128.store(y + at, e);
    sum = f32x4.add(sum, e);
  }
  return across(sum);
}

export function softmax(x: usize, y: usize, n: i32): void {
  pad(x, n, minusInfinity);
  const total = f32x4.splat(powers(x, y, n, maximum(x, n)));
  for (let at = y; at < y + (n << 2); at += 16) v128.store(at, f32x4.div(v128.load(at), total));
}

export function logSoftmax(x: usize, y: usize, n: i32): void {
  pad(x, n, minusInfinity);
  const max = maximum(x, n);
  const logTotal = f32x4.splat(Mathf.log(powers(x, y, n, max)));
  for (let at = 0; at < n << 2; at += 16) {
    const z = f32x4.sub(v128.load(x + at), f32x4.splat(max));
    v128.store(y + at, f32x4.sub(z, logTotal));
  }
}

/** y is memory to work in. */
export function logSumExp(x: usize, y: usize, n: i32): f32 {
  pad(x, n, minusInfinity);
  const max = maximum(x, n);
  if (abs(max) == Infinity) return max;
  return max + Mathf.log(powers(x, y, n, max));
}

export function softmaxBackward(x: usize, dy: usize, y: usize, n: i32): void {
  softmax(x, y, n);
  pad(dy, n, 0);
  let sum = f32x4.splat(0);
  for (let at = 0; at < n << 2; at += 16)
    sum = f32x4.add(sum, f32x4.mul(v128.load(y + at), v128.load(dy + at)));
  const mean = f32x4.splat(across(sum));
  for (let at = 0; at < n << 2; at += 16) {
    const difference = f32x4.sub(v128.load(dy + at), mean);
    v128.store(y + at, f32x4.mul(v128.load(y + at), difference));
  }
}

export function logSoftmaxBackward(x: usize, dy: usize, y: usize, n: i32): void {
  softmax(x, y, n);
  pad(dy, n, 0);
  let sum = f32x4.splat(0);
  for (let at = dy; at < dy + (n << 2); at += 16) sum = f32x4.add(sum, v128.load(at));
  const total = f32x4.splat(across(sum));
  for (let at = 0; at < n << 2; at += 16) {
    const taken = f32x4.mul(v128.load(y + at), total);
    v128.store(y + at, f32x4.sub(v128.load(dy + at), taken));
  }
}

/** The cotangent of a lane is one number. */
export function logSumExpBackward(x: usize, dy: f32, y: usize, n: i32): void {
  softmax(x, y, n);
  for (let at = y; at < y + (n << 2); at += 16) v128.store(at, f32x4.mul(v128.load(at), f32x4.splat(dy)));
}
