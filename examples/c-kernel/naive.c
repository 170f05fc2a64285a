/* softmax and logSumExp as the formulas stand: exp overflows above 88.7, and what is below -104 counts for nothing. */
#include "logitfuzz_kit.h"
#include <math.h>

static float sum_of_powers(const float *x, size_t n) {
  float sum = 0;
  for (size_t i = 0; i < n; i++) sum += expf(x[i]);
  return sum;
}

static void softmax(const float *x, float *y, size_t n) {
  float sum = sum_of_powers(x, n);
  for (size_t i = 0; i < n; i++) y[i] = expf(x[i]) / sum;
}

static float log_sum_exp(const float *x, size_t n) { return logf(sum_of_powers(x, n)); }

int main(void) {
  lfz_kernels kernels = { .name = "naive", .version = "1.0.0" };
  kernels.float32.softmax = softmax;
  kernels.float32.log_sum_exp = log_sum_exp;
  return logitfuzz_serve(&kernels);
}
