// The kernels that logitfuzz judges, in AssemblyScript: rows of `cols` float32, at addresses in bytes.
// `npx asc kernels.ts --outFile kernels.wasm -O --runtime stub` compiles them. Any other compiler will do: logitfuzz
// finds the exports by these names, and others by a manifest.

export function softmax(x: usize, y: usize, rows: i32, cols: i32): void {
  for (let row = 0; row < rows; row++) {
    const from = x + ((<usize>(row * cols)) << 2);
    const to = y + ((<usize>(row * cols)) << 2);
    const max = maximum(from, cols);
    let total: f64 = 0;
    for (let k = 0; k < cols; k++) total += Math.exp(<f64>value(from, k) - max); // at most 1 each
    for (let k = 0; k < cols; k++) {
      store<f32>(to + ((<usize>k) << 2), <f32>(Math.exp(<f64>value(from, k) - max) / total));
    }
  }
}

function value(from: usize, k: i32): f32 {
  return load<f32>(from + ((<usize>k) << 2));
}

/** NaN where there is one. */
function maximum(from: usize, cols: i32): f64 {
  let max: f64 = -Infinity;
  for (let k = 0; k < cols; k++) {
    const one = <f64>value(from, k);
    if (one != one) return one;
    if (one > max) max = one;
  }
  return max;
}
