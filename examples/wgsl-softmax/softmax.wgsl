// A softmax of rows. Each row has a workgroup, whose invocations share it: every 64th element, then a tree.
struct Sizes { rows: u32, cols: u32 }
@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read_write> y: array<f32>;
@group(0) @binding(2) var<uniform> sizes: Sizes;

const width = 64u;
const infinity = 0x7f800000u;
const minusInfinity = 0xff800000u;
const lowest = -3.4028234e38;

var<workgroup> shares: array<f32, width>;
// 1 where the row holds a NaN or +infinity, 2 where it holds more than -infinity.
var<workgroup> seen: atomic<u32>;

@compute @workgroup_size(64)
fn softmax(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) own: u32) {
  let first = group.x * sizes.cols;
  // WGSL lets compilers take it that there is no NaN and no infinity: bits do not lie.
  var max = lowest;
  for (var k = own; k < sizes.cols; k += width) {
    let bits = bitcast<u32>(x[first + k]);
    if (bits == infinity || (bits & 0x7fffffffu) > infinity) { atomicOr(&seen, 1u); }
    if (bits != minusInfinity) {
      atomicOr(&seen, 2u);
      max = select(max, x[first + k], x[first + k] > max);
    }
  }
  shares[own] = max;
  for (var half = width / 2u; half > 0u; half /= 2u) {
    workgroupBarrier();
    if (own < half && shares[own + half] > shares[own]) { shares[own] = shares[own + half]; }
  }
  workgroupBarrier();
  max = shares[0];
  workgroupBarrier();

  var sum = 0.0;
  for (var k = own; k < sizes.cols; k += width) { sum += power(x[first + k], max); }
  shares[own] = sum;
  for (var half = width / 2u; half > 0u; half /= 2u) {
    workgroupBarrier();
    if (own < half) { shares[own] += shares[own + half]; }
  }
  workgroupBarrier();

  let nan = bitcast<f32>(sizes.rows | 0x7fc00000u); // no constant: a compiler refuses those that are NaN
  let isNumber = atomicLoad(&seen) == 2u;
  for (var k = own; k < sizes.cols; k += width) {
    y[first + k] = select(nan, power(x[first + k], max) / shares[0], isNumber);
  }
}

// exp(value - max), 0 where that is below all normal numbers.
fn power(value: f32, max: f32) -> f32 {
  return select(exp(value - max), 0.0, value - max < -87.3 || bitcast<u32>(value) == minusInfinity);
}
