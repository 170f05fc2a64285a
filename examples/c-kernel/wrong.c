/* A softmax that adds up four powers at a time, and forgets those behind the last four. */
#include "logitfuzz_kit.h"
#include <math.h>

static void softmax(const float *x, float *y, size_t n) {
  float max = -INFINITY, sums[4] = { 0, 0, 0, 0 };
  for (size_t i = 0; i < n; i++) max = x[i] > max ? x[i] : max;
  for (size_t i = 0; i < n; i++) y[i] = expf(x[i] - max);
  for (size_t i = 0; i + 4 <= n; i += 4)
    for (size_t k = 0; k < 4; k++) sums[k] += y[i + k];
  float sum = sums[0] + sums[1] + sums[2] + sums[3];
  for (size_t i = 0; i < n; i++) y[i] /= sum;
}

int main(void) {
  lfz_kernels kernels = { .name = "wrong", .version = "1.0.0" };
  kernels.float32.softmax = softmax;
  return logitfuzz_serve(&kernels);
}
