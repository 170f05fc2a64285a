// A softmax and a log-sum-exp of rows, in AssemblyScript: x and y are addresses, in bytes.

export function softmax(x: usize, y: usize, rows: i32, cols: i32): void {
  for (let row: i32 = 0; row < rows; row++) {
    const from = x + ((<usize>row * <usize>cols) << 2);
    const to = y + ((<usize>row * <usize>cols) << 2);
    const max = maximum(from, cols);
    let sum: f64 = 0;
    for (let i: i32 = 0; i < cols; i++) sum += Math.exp(<f64>at(from, i) - max);
    for (let i: i32 = 0; i < cols; i++) {
      store<f32>(to + ((<usize>i) << 2), <f32>(Math.exp(<f64>at(from, i) - max) / sum));
    }
  }
}

export function logSumExp(x: usize, y: usize, rows: i32, cols: i32): void {
  for (let row: i32 = 0; row < rows; row++) {
    const from = x + ((<usize>row * <usize>cols) << 2);
    const max = maximum(from, cols);
    let sum: f64 = 0;
    for (let i: i32 = 0; i < cols; i++) sum += Math.exp(<f64>at(from, i) - max);
    // Of a lane all −∞, or with +∞ in it, the maximum is the answer: ∞ − ∞ is no number.
    const isFinite = max - max == 0;
    store<f32>(y + ((<usize>row) << 2), <f32>(isFinite || max != max ? max + Math.log(sum) : max));
  }
}

function at(from: usize, i: i32): f32 {
  return load<f32>(from + ((<usize>i) << 2));
}

/** NaN where there is one: Math.max would do as well, and this says it. */
function maximum(from: usize, cols: i32): f64 {
  let max: f64 = -Infinity;
  for (let i: i32 = 0; i < cols; i++) {
    const value = <f64>at(from, i);
    if (value > max || value != value) max = value;
    if (max != max) return max;
  }
  return max;
}
