// How it was written first: without the shift by the maximum, exp overflows float32 from 88.73 on.

export function softmax(x: usize, y: usize, rows: i32, cols: i32): void {
  for (let row: i32 = 0; row < rows; row++) {
    const offset = (<usize>row * <usize>cols) << 2;
    let sum: f32 = 0;
    for (let i: i32 = 0; i < cols; i++) {
      const e = Mathf.exp(load<f32>(x + offset + ((<usize>i) << 2)));
      store<f32>(y + offset + ((<usize>i) << 2), e);
      sum += e;
    }
    for (let i: i32 = 0; i < cols; i++) {
      const place = y + offset + ((<usize>i) << 2);
      store<f32>(place, load<f32>(place) / sum);
    }
  }
}
