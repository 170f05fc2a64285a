/* The kernels that logitfuzz judges: `make`, and `npx logitfuzz fuzz --subject cmd:./kernels`. */
#include "logitfuzz_kit.h"
#include <math.h>

/* The largest element; NaN where there is one. */
static double largest(const float *x, size_t n) {
  double max = -INFINITY;
  for (size_t k = 0; k < n; k++) {
    if (isnan(x[k])) return NAN;
    if (x[k] > max) max = x[k];
  }
  return max;
}

/* One lane of n elements, dense, whatever the axis of the case is. */
static void softmax(const float *x, float *y, size_t n) {
  double max = largest(x, n), total = 0;
  for (size_t k = 0; k < n; k++) total += exp(x[k] - max); /* at most 1 each: nothing overflows */
  for (size_t k = 0; k < n; k++) y[k] = (float)(exp(x[k] - max) / total);
}

int main(void) {
  lfz_kernels kernels = { .name = "my-kernels", .version = "1.0.0" };
  kernels.float32.softmax = softmax; /* .float64, .float16 and .bfloat16 stand beside it */
  return logitfuzz_serve(&kernels);
}
