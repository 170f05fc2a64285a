// How it was written first: an invocation for each class, so that the classes from the 65th on have none.
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
  let isThere = own < sizes.cols;
  let place = group.x * sizes.cols + own;
  var value = lowest;
  if (isThere) {
    value = x[place];
    let bits = bitcast<u32>(value);
    if (bits == infinity || (bits & 0x7fffffffu) > infinity) { atomicOr(&seen, 1u); }
    if (bits != minusInfinity) { atomicOr(&seen, 2u); } else { value = lowest; }
  }
  shares[own] = value;
  for (var half = width / 2u; half > 0u; half /= 2u) {
    workgroupBarrier();
    if (own < half && shares[own + half] > shares[own]) { shares[own] = shares[own + half]; }
  }
  workgroupBarrier();
  let max = shares[0];
  workgroupBarrier();

  let e = select(0.0, exp(value - max), isThere && value - max >= -87.3);
  shares[own] = e;
  for (var half = width / 2u; half > 0u; half /= 2u) {
    workgroupBarrier();
    if (own < half) { shares[own] += shares[own + half]; }
  }
  workgroupBarrier();

  let nan = bitcast<f32>(sizes.rows | 0x7fc00000u);
  if (isThere) { y[place] = select(nan, e / shares[0], atomicLoad(&seen) == 2u); }
}
