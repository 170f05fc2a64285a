// The kernels that logitfuzz judges: entry points by the contract's names, each invocation a row of float32.
struct Sizes { rows: u32, cols: u32 }
@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read_write> y: array<f32>;
@group(0) @binding(2) var<uniform> sizes: Sizes;

const infinity = 0x7f800000u;

@compute @workgroup_size(64)
fn softmax(@builtin(global_invocation_id) id: vec3u) {
  if (id.x >= sizes.rows) { return; }
  let first = id.x * sizes.cols;
  var max = x[first];
  var isNumber = true; // WGSL lets compilers take it that there is no NaN and no infinity: bits do not lie
  for (var k = 0u; k < sizes.cols; k++) {
    max = select(max, x[first + k], x[first + k] > max);
    let bits = bitcast<u32>(x[first + k]);
    isNumber = isNumber && bits != infinity && (bits & 0x7fffffffu) <= infinity;
  }
  isNumber = isNumber && bitcast<u32>(max) != 0xff800000u; // all of them -infinity
  var total = 0.0;
  for (var k = 0u; k < sizes.cols; k++) {
    y[first + k] = power(x[first + k], max);
    total += y[first + k];
  }
  let nan = bitcast<f32>(sizes.rows | 0x7fc00000u);
  for (var k = 0u; k < sizes.cols; k++) { y[first + k] = select(nan, y[first + k] / total, isNumber); }
}

// exp(value - max), 0 where that is below all normal numbers.
fn power(value: f32, max: f32) -> f32 {
  return select(exp(value - max), 0.0, value - max < -87.3 || bitcast<u32>(value) == 0xff800000u);
}
