/* softmax and logSumExp with their gradients, float32: the largest element is taken away first, sums are doubles. */
#include "logitfuzz_kit.h"
#include <math.h>

/* The largest element; NaN where there is one, -infinity of no elements. */
static double largest(const float *x, size_t n) {
  double max = -INFINITY;
  for (size_t i = 0; i < n; i++) {
    if (isnan(x[i])) return NAN;
    if (x[i] > max) max = x[i];
  }
  return max;
}

/* The sum of the powers of a lane whose largest element is max: NaN where that is infinite. */
static double sum_of_powers(const float *x, double max, size_t n) {
  double sum = 0;
  for (size_t i = 0; i < n; i++) sum += exp(x[i] - max);
  return sum;
}

static void softmax(const float *x, float *y, size_t n) {
  double max = largest(x, n);
  double sum = sum_of_powers(x, max, n);
  for (size_t i = 0; i < n; i++) y[i] = (float)(exp(x[i] - max) / sum);
}

static void softmax_backward(const float *x, const float *dy, float *dx, size_t n) {
  double max = largest(x, n);
  double sum = sum_of_powers(x, max, n);
  double dot = 0;
  for (size_t i = 0; i < n; i++) dot += exp(x[i] - max) / sum * dy[i];
  for (size_t i = 0; i < n; i++) dx[i] = (float)(exp(x[i] - max) / sum * (dy[i] - dot));
}

static float log_sum_exp(const float *x, size_t n) {
  double max = largest(x, n);
  if (isinf(max)) return (float)max;
  return (float)(max + log(sum_of_powers(x, max, n)));
}

static void log_sum_exp_backward(const float *x, float dy, float *dx, size_t n) {
  double max = largest(x, n);
  double sum = sum_of_powers(x, max, n);
  for (size_t i = 0; i < n; i++) dx[i] = (float)(dy * (exp(x[i] - max) / sum));
}

int main(void) {
  lfz_kernels kernels = { .name = "careful", .version = "1.0.0" };
  kernels.float32.softmax = softmax;
  kernels.float32.softmax_backward = softmax_backward;
  kernels.float32.log_sum_exp = log_sum_exp;
  kernels.float32.log_sum_exp_backward = log_sum_exp_backward;
  return logitfuzz_serve(&kernels);
}
