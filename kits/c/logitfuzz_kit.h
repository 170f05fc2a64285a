/*
 * Kernels in C under logitfuzz: speaks the protocol lfz/1 for a table of functions. Judges nothing.
 * One header of C11 and POSIX, to be included once, and before any other header:
 *
 *   #include "logitfuzz_kit.h"
 *
 *   static void softmax(const float *x, float *y, size_t n) { ... }
 *
 *   int main(void) {
 *     lfz_kernels kernels = { .name = "my-softmax", .version = "1.0.0" };
 *     kernels.float32.softmax = softmax;
 *     return logitfuzz_serve(&kernels);
 *   }
 *
 *   logitfuzz fuzz --subject cmd:./my-softmax
 *
 * A kernel is given as a function over one lane, dense, whatever the axis of the case is, or as a function over
 * whole tensors, which may decline a case or refuse its arguments. What a kernel computes is in docs/contract.md.
 *
 * Numbers of float16 and bfloat16 are handed over as uint16_t, or as what these say, defined before the header:
 *
 *   #define LFZ_FLOAT16_TYPE _Float16
 *   #define LFZ_BFLOAT16_TYPE __bf16
 */
#ifndef LOGITFUZZ_KIT_H
#define LOGITFUZZ_KIT_H

#ifndef _POSIX_C_SOURCE
#define _POSIX_C_SOURCE 200809L
#endif
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* The number of a kernel in a record. */
enum {
  LFZ_SOFTMAX,
  LFZ_SOFTMAX_BACKWARD,
  LFZ_LOG_SOFTMAX,
  LFZ_LOG_SOFTMAX_BACKWARD,
  LFZ_LOG_SUM_EXP,
  LFZ_LOG_SUM_EXP_BACKWARD,
  LFZ_CROSS_ENTROPY,
  LFZ_CROSS_ENTROPY_BACKWARD,
  LFZ_CROSS_ENTROPY_TARGET_BACKWARD,
  LFZ_KERNELS
};
enum { LFZ_FLOAT32, LFZ_FLOAT64, LFZ_FLOAT16, LFZ_BFLOAT16, LFZ_FORMATS };
#ifndef LFZ_FLOAT16_TYPE
#define LFZ_FLOAT16_TYPE uint16_t
#endif
#ifndef LFZ_BFLOAT16_TYPE
#define LFZ_BFLOAT16_TYPE uint16_t
#endif
enum { LFZ_MEAN, LFZ_SUM, LFZ_NONE };
/* What a function over whole tensors returns; the last two by lfz_unsupported and lfz_threw. */
enum { LFZ_DONE, LFZ_UNSUPPORTED, LFZ_THREW };
enum { LFZ_RANK_MAX = 64 };

/* Functions over one lane of n elements, which may be 0. y and dx have n elements too. */
#define LFZ_LANES(number)                                                      \
  void (*softmax)(const number *x, number *y, size_t n);                       \
  void (*softmax_backward)(const number *x, const number *dy, number *dx, size_t n);     \
  void (*log_softmax)(const number *x, number *y, size_t n);                   \
  void (*log_softmax_backward)(const number *x, const number *dy, number *dx, size_t n); \
  number (*log_sum_exp)(const number *x, size_t n);                            \
  void (*log_sum_exp_backward)(const number *x, number dy, number *dx, size_t n);

typedef struct { LFZ_LANES(float) } lfz_lanes_float32;
typedef struct { LFZ_LANES(double) } lfz_lanes_float64;
typedef struct { LFZ_LANES(LFZ_FLOAT16_TYPE) } lfz_lanes_float16;
typedef struct { LFZ_LANES(LFZ_BFLOAT16_TYPE) } lfz_lanes_bfloat16;

/* One call of a kernel over whole tensors, each dense, row-major, and of the call's format. */
typedef struct lfz_call {
  int kernel;
  int format;
  int reduction;
  int form;                     /* 0 plain, 1 the axis left out, 2 the defaults named: for who has such a choice */
  int32_t axis;                 /* as the caller writes it, possibly negative */
  uint32_t rank;
  uint32_t dims[LFZ_RANK_MAX];  /* of the logits */
  uint32_t lane_axis;
  size_t elements, lanes;       /* of the logits; how many lanes they have */
  size_t classes, stride;       /* of a lane: its elements, and how far one is from the next */
  double label_smoothing;
  int has_ignore_index;
  int32_t ignore_index;
  void *logits;
  int32_t *indices;             /* the target, if it is class indices: else NULL */
  void *probabilities;          /* the target, if it is probabilities: else NULL */
  void *dy;                     /* NULL of a forward kernel */
  void *weight;                 /* NULL without weights */
  void *output;                 /* of the right size, to be filled; or set it to where the result is */
  int output_format;            /* those of output: changed only by who returns something else; float32 of the loss of
                                   halves where `arithmetic` has "lossDtype": "float32" */
  uint32_t output_rank;
  uint32_t output_dims[LFZ_RANK_MAX];
  char text[501];
} lfz_call;

typedef int (*lfz_tensor_function)(lfz_call *call);

/* What logitfuzz is told of, and what it asks. Whatever is not there is NULL or 0. */
typedef struct {
  const char *name, *version, *engine;
  const char *supports, *arithmetic, *policy; /* in JSON, as docs/protocol.md has them */
  int refuses;                                /* every function over whole tensors refuses invalid arguments */
  lfz_lanes_float32 float32;
  lfz_lanes_float64 float64;
  lfz_tensor_function tensors[LFZ_KERNELS];   /* [LFZ_CROSS_ENTROPY] = …: before the functions over lanes */
  lfz_lanes_float16 float16;
  lfz_lanes_bfloat16 bfloat16;
  int takes_halves;                           /* the functions over whole tensors look at the format, and take all four */
} lfz_kernels;

/* Where lane number `lane` begins, in elements of the logits. */
static inline size_t lfz_lane_start(const lfz_call *call, size_t lane) {
  return lane / call->stride * call->stride * call->classes + lane % call->stride;
}

static inline int lfz_said(lfz_call *call, int status, const char *format, va_list values) {
  vsnprintf(call->text, sizeof call->text, format, values);
  return status;
}

/* return lfz_unsupported(call, "rank %u", call->rank): the case is skipped, with this reason. */
static inline int lfz_unsupported(lfz_call *call, const char *format, ...) {
  va_list values;
  va_start(values, format);
  int status = lfz_said(call, LFZ_UNSUPPORTED, format, values);
  va_end(values);
  return status;
}

/* return lfz_threw(call, "axis %d", call->axis): the call failed, or refuses its arguments. */
static inline int lfz_threw(lfz_call *call, const char *format, ...) {
  va_list values;
  va_start(values, format);
  int status = lfz_said(call, LFZ_THREW, format, values);
  va_end(values);
  return status;
}

/* ---- All that follows is the kit's own. ---- */

enum { LFZ_HELLO = 1, LFZ_WELCOME, LFZ_RUN, LFZ_RESULTS, LFZ_STOP, LFZ_FAIL };
enum { LFZ_HAS_DY = 1, LFZ_HAS_INDICES = 2, LFZ_HAS_PROBABILITIES = 4, LFZ_HAS_WEIGHT = 8, LFZ_HAS_IGNORE_INDEX = 16 };
enum { LFZ_ECHO = 255, LFZ_VIOLATION = 3 };
#define LFZ_MAGIC 0x315A464Cu
#define LFZ_FRAME_MAX (64u * 1024 * 1024)
#define LFZ_AROUND 64 /* bytes before and behind each array, to see who writes there */
#define LFZ_AROUND_BYTE 0xA5

typedef struct {
  unsigned char *bytes;
  size_t used, size;
} lfz_buffer;

/* An array that was handed to a kernel, and what it held. */
typedef struct {
  const char *name;
  unsigned char *array;
  const unsigned char *held;
  size_t bytes;
  int format; /* of floats; -1 of indices */
} lfz_argument;

typedef struct {
  const lfz_kernels *kernels;
  int in, out;
  int is_seen;        /* what is printed arrives in a file */
  int is_conformance;
  lfz_buffer body, results, arena, text, lane;
  lfz_argument arguments[4];
  int argument_count;
  unsigned char *output;
  size_t output_bytes;
} lfz_kit;

static const char *const lfz_names[] = {
  "softmax", "softmaxBackward", "logSoftmax", "logSoftmaxBackward", "logSumExp", "logSumExpBackward",
  "crossEntropy", "crossEntropyBackward", "crossEntropyTargetBackward"
};

static const char *const lfz_format_names[] = { "float32", "float64", "float16", "bfloat16" };

/* The bytes of a number of a format. */
static size_t lfz_width(int format) { return format == LFZ_FLOAT32 ? 4 : format == LFZ_FLOAT64 ? 8 : 2; }

static size_t lfz_padded(size_t bytes) { return (bytes + 7) & ~(size_t)7; }

static void lfz_write_all(int to, const void *data, size_t length) {
  const unsigned char *next = (const unsigned char *)data;
  while (length > 0) {
    ssize_t count = write(to, next, length);
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) _exit(0); /* nobody reads any more */
    next += count;
    length -= (size_t)count;
  }
}

static void lfz_send(lfz_kit *kit, uint32_t type, uint32_t sequence, const void *body, size_t length) {
  uint32_t head[4] = { LFZ_MAGIC, type, sequence, (uint32_t)length };
  lfz_write_all(kit->out, head, sizeof head);
  lfz_write_all(kit->out, body, length);
}

static void lfz_fail(lfz_kit *kit, uint32_t sequence, const char *message) {
  char json[300];
  int length = snprintf(json, sizeof json, "{\"message\":\"%s\"}", message);
  lfz_send(kit, LFZ_FAIL, sequence, json, (size_t)length);
  _exit(70);
}

/* Room for `more` bytes behind what is used, which is then used. */
static unsigned char *lfz_room(lfz_kit *kit, lfz_buffer *buffer, size_t more) {
  if (buffer->size - buffer->used < more) {
    size_t size = 2 * buffer->size + more;
    unsigned char *bytes = (unsigned char *)realloc(buffer->bytes, size);
    if (bytes == NULL) lfz_fail(kit, 0, "out of memory");
    buffer->bytes = bytes;
    buffer->size = size;
  }
  buffer->used += more;
  return buffer->bytes + buffer->used - more;
}

static void lfz_add(lfz_kit *kit, lfz_buffer *buffer, const char *text) {
  size_t length = strlen(text);
  memcpy(lfz_room(kit, buffer, length), text, length);
}

/* Text as a string of JSON. Bytes that are no ASCII are shown as a question mark where they may be cut. */
static void lfz_add_quoted(lfz_kit *kit, lfz_buffer *buffer, const char *text, int is_ascii) {
  char one[8];
  lfz_add(kit, buffer, "\"");
  for (; *text != 0; text++) {
    unsigned char byte = (unsigned char)*text;
    if (byte == '"' || byte == '\\') snprintf(one, sizeof one, "\\%c", byte);
    else if (byte == '\n') snprintf(one, sizeof one, "\\n");
    else if (byte < 32) snprintf(one, sizeof one, "\\u%04x", byte);
    else snprintf(one, sizeof one, "%c", is_ascii && byte > 126 ? '?' : byte);
    lfz_add(kit, buffer, one);
  }
  lfz_add(kit, buffer, "\"");
}

/* Descriptor 1 becomes a file of its own, or else descriptor 2. */
static int lfz_catch_prints(void) {
  char path[4096];
  const char *folder = getenv("TMPDIR");
  snprintf(path, sizeof path, "%s/logitfuzz-printed-XXXXXX", folder != NULL && *folder != 0 ? folder : "/tmp");
  int file = mkstemp(path);
  if (file < 0) {
    dup2(2, 1);
    return 0;
  }
  unlink(path);
  fcntl(file, F_SETFL, O_APPEND);
  if (file != 1) {
    dup2(file, 1);
    close(file);
  }
  return 1;
}

static void lfz_take_streams(lfz_kit *kit) {
  kit->in = fcntl(0, F_DUPFD_CLOEXEC, 3);
  kit->out = fcntl(1, F_DUPFD_CLOEXEC, 3);
  int null = open("/dev/null", O_RDONLY);
  if (null > 0) {
    dup2(null, 0);
    close(null);
  }
  kit->is_seen = lfz_catch_prints();
}

/* Whether so many bytes came before the input ended. */
static int lfz_read(lfz_kit *kit, void *into, size_t length) {
  unsigned char *next = (unsigned char *)into;
  while (length > 0) {
    ssize_t count = read(kit->in, next, length);
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) return 0;
    next += count;
    length -= (size_t)count;
  }
  return 1;
}

/* What descriptor 1 was given since the last look; NULL for nothing. */
static const char *lfz_printed(lfz_kit *kit, char shown[81]) {
  struct stat state;
  fflush(NULL);
  if (!kit->is_seen) return NULL;
  if (fstat(1, &state) != 0) { /* a kernel has closed it */
    kit->is_seen = lfz_catch_prints();
    return NULL;
  }
  if (state.st_size == 0) return NULL;
  ssize_t count = pread(1, shown, 80, 0);
  shown[count < 0 ? 0 : count] = 0;
  if (ftruncate(1, 0) != 0) kit->is_seen = lfz_catch_prints();
  return shown;
}

static int lfz_has_lanes(const lfz_kernels *kernels, int kernel, int format) {
#define LFZ_HAS(lanes)                                                                                             \
  (kernel == LFZ_SOFTMAX ? lanes.softmax != NULL : kernel == LFZ_SOFTMAX_BACKWARD ? lanes.softmax_backward != NULL \
   : kernel == LFZ_LOG_SOFTMAX ? lanes.log_softmax != NULL                                                         \
   : kernel == LFZ_LOG_SOFTMAX_BACKWARD ? lanes.log_softmax_backward != NULL                                       \
   : kernel == LFZ_LOG_SUM_EXP ? lanes.log_sum_exp != NULL                                                         \
   : kernel == LFZ_LOG_SUM_EXP_BACKWARD ? lanes.log_sum_exp_backward != NULL : 0)
  switch (format) {
    case LFZ_FLOAT32: return LFZ_HAS(kernels->float32);
    case LFZ_FLOAT64: return LFZ_HAS(kernels->float64);
    case LFZ_FLOAT16: return LFZ_HAS(kernels->float16);
    default: return LFZ_HAS(kernels->bfloat16);
  }
#undef LFZ_HAS
}

/* Whether there is a function for the kernel in the format. */
static int lfz_has(const lfz_kernels *kernels, int kernel, int format) {
  int is_half = format == LFZ_FLOAT16 || format == LFZ_BFLOAT16;
  if (kernels->tensors[kernel] != NULL && (!is_half || kernels->takes_halves)) return 1;
  return lfz_has_lanes(kernels, kernel, format);
}

static void lfz_add_json(lfz_kit *kit, const char *key, const char *json) {
  if (json == NULL) return;
  lfz_add(kit, &kit->text, ",");
  lfz_add_quoted(kit, &kit->text, key, 0);
  lfz_add(kit, &kit->text, ":");
  lfz_add(kit, &kit->text, json);
}

static void lfz_add_string(lfz_kit *kit, const char *key, const char *value) {
  if (value == NULL) return;
  lfz_add_json(kit, key, "");
  lfz_add_quoted(kit, &kit->text, value, 0);
}

static void lfz_add_formats(lfz_kit *kit, const int *has) {
  const char *comma = "[";
  for (int format = 0; format < LFZ_FORMATS; format++) {
    if (!has[format]) continue;
    lfz_add(kit, &kit->text, comma);
    lfz_add_quoted(kit, &kit->text, lfz_format_names[format], 0);
    comma = ",";
  }
  lfz_add(kit, &kit->text, "]");
}

static void lfz_welcome(lfz_kit *kit, uint32_t sequence) {
  const lfz_kernels *kernels = kit->kernels;
  int has[LFZ_FORMATS] = { 0, 0, 0, 0 };
  const char *comma = "";
  kit->text.used = 0;
  lfz_add(kit, &kit->text, "{\"protocol\":1,\"kit\":\"logitfuzz-c 0.2\",\"language\":\"C\",\"kernels\":[");
  for (int kernel = 0; kernel < LFZ_KERNELS; kernel++) {
    int in_any = 0;
    for (int format = 0; format < LFZ_FORMATS; format++) {
      if (!lfz_has(kernels, kernel, format)) continue;
      has[format] = in_any = 1;
    }
    if (!in_any) continue;
    lfz_add(kit, &kit->text, comma);
    lfz_add_quoted(kit, &kit->text, lfz_names[kernel], 0);
    comma = ",";
  }
  if (kit->is_conformance) {
    lfz_add(kit, &kit->text, comma);
    lfz_add(kit, &kit->text, "\"echo\"");
  }
  lfz_add(kit, &kit->text, "]");
  lfz_add_string(kit, "name", kernels->name);
  lfz_add_string(kit, "version", kernels->version);
  lfz_add_string(kit, "engine", kernels->engine);
  int is_native = has[LFZ_FLOAT32] && has[LFZ_FLOAT64] && !has[LFZ_FLOAT16] && !has[LFZ_BFLOAT16];
  int all[LFZ_FORMATS] = { 1, 1, has[LFZ_FLOAT16], has[LFZ_BFLOAT16] };
  lfz_add(kit, &kit->text, ",\"formats\":");
  lfz_add_formats(kit, all);
  if (kernels->supports != NULL) lfz_add_json(kit, "supports", kernels->supports);
  else if (!is_native) {
    lfz_add(kit, &kit->text, ",\"supports\":{\"formats\":");
    lfz_add_formats(kit, has);
    lfz_add(kit, &kit->text, "}");
  }
  lfz_add_json(kit, "arithmetic", kernels->arithmetic);
  lfz_add_json(kit, "policy", kernels->policy);
  if (kernels->refuses) lfz_add_json(kit, "refuses", "true");
  lfz_add(kit, &kit->text, "}");
  lfz_send(kit, LFZ_WELCOME, sequence, kit->text.bytes, kit->text.used);
}

/* Whether the list "protocols" of a hello holds 1. */
static int lfz_speaks(const char *hello) {
  const char *list = strstr(hello, "\"protocols\"");
  if (list == NULL || (list = strchr(list, '[')) == NULL) return 0;
  while (*list != 0 && *list != ']') {
    char *end;
    list++;
    long protocol = strtol(list, &end, 10);
    if (end != list && protocol == 1) return 1;
    list = end;
    while (*list != 0 && *list != ',' && *list != ']') list++;
  }
  return 0;
}

static uint32_t lfz_u32(const unsigned char *at) {
  uint32_t value;
  memcpy(&value, at, 4);
  return value;
}

/* The next array of a record, copied between bytes that nobody is to write to. The arena has room for it. */
static void *lfz_hand_out(lfz_kit *kit, const char *name, const unsigned char **at, size_t bytes, int format) {
  unsigned char *place = kit->arena.bytes + kit->arena.used;
  memset(place, LFZ_AROUND_BYTE, LFZ_AROUND);
  memcpy(place + LFZ_AROUND, *at, bytes);
  memset(place + LFZ_AROUND + bytes, LFZ_AROUND_BYTE, LFZ_AROUND);
  kit->arena.used += ((bytes + 15) & ~(size_t)15) + 2 * LFZ_AROUND; /* all arrays at multiples of 16 */
  lfz_argument *argument = &kit->arguments[kit->argument_count++];
  argument->name = name;
  argument->array = place + LFZ_AROUND;
  argument->held = *at;
  argument->bytes = bytes;
  argument->format = format;
  *at += lfz_padded(bytes);
  return argument->array;
}

/* Reads one record, and makes room for its result. */
static void lfz_read_call(lfz_kit *kit, const unsigned char *record, lfz_call *call) {
  int flags = record[7];
  call->kernel = record[4];
  call->format = record[5];
  call->reduction = record[6];
  memcpy(&call->axis, record + 8, 4);
  call->rank = lfz_u32(record + 12);
  memcpy(&call->label_smoothing, record + 16, 8);
  call->has_ignore_index = (flags & LFZ_HAS_IGNORE_INDEX) != 0;
  memcpy(&call->ignore_index, record + 24, 4);
  call->form = record[28];
  call->lane_axis = record[30] | (uint32_t)record[31] << 8;
  if (call->rank > LFZ_RANK_MAX) lfz_fail(kit, 0, "a record has too many dimensions");
  memcpy(call->dims, record + 32, 4 * call->rank);
  const unsigned char *at = record + 32 + lfz_padded(4 * call->rank);
  size_t outer = 1;
  call->stride = 1;
  for (uint32_t i = 0; i < call->rank; i++) {
    if (i < call->lane_axis) outer *= call->dims[i];
    if (i > call->lane_axis) call->stride *= call->dims[i];
  }
  call->classes = call->rank == 0 ? 1 : call->dims[call->lane_axis];
  call->lanes = outer * call->stride;
  call->elements = call->lanes * call->classes;
  int is_summed = call->kernel >= LFZ_LOG_SUM_EXP && call->kernel != LFZ_ECHO;
  int is_loss = call->kernel >= LFZ_CROSS_ENTROPY && call->kernel != LFZ_ECHO;
  int is_one = is_loss && call->reduction != LFZ_NONE;
  int is_backward = (flags & LFZ_HAS_DY) != 0;
  const char *arithmetic = kit->kernels->arithmetic;
  int is_loss_float32 = is_loss && !is_backward && (call->format == LFZ_FLOAT16 || call->format == LFZ_BFLOAT16) &&
                        arithmetic != NULL && strstr(arithmetic, "\"lossDtype\"") != NULL;
  call->output_format = is_loss_float32 ? LFZ_FLOAT32 : call->format;
  size_t width = lfz_width(call->format);
  size_t bytes = width * call->elements;
  size_t result = is_one ? 1 : is_summed ? call->lanes : call->elements;
  kit->output_bytes = is_backward ? bytes : lfz_width(call->output_format) * result;

  kit->arena.used = kit->argument_count = 0;
  size_t record_bytes = lfz_u32(record);
  lfz_room(kit, &kit->arena, record_bytes + kit->output_bytes + 5 * 16 + 10 * LFZ_AROUND);
  kit->arena.used = 0;
  call->logits = lfz_hand_out(kit, "logits", &at, bytes, call->format);
  call->indices = NULL;
  call->probabilities = call->dy = call->weight = NULL;
  if (flags & LFZ_HAS_INDICES) call->indices = (int32_t *)lfz_hand_out(kit, "target", &at, 4 * call->lanes, -1);
  if (flags & LFZ_HAS_PROBABILITIES) call->probabilities = lfz_hand_out(kit, "target", &at, bytes, call->format);
  if (is_backward) call->dy = lfz_hand_out(kit, "dy", &at, width * result, call->format);
  if (flags & LFZ_HAS_WEIGHT) call->weight = lfz_hand_out(kit, "weight", &at, width * call->classes, call->format);
  kit->output = kit->arena.bytes + kit->arena.used + LFZ_AROUND;
  memset(kit->output - LFZ_AROUND, LFZ_AROUND_BYTE, kit->output_bytes + 2 * LFZ_AROUND);

  call->output = kit->output;
  call->output_rank = 0;
  if (is_backward || !is_one) {
    for (uint32_t i = 0; i < call->rank; i++) {
      if (is_summed && !is_backward && i == call->lane_axis) continue;
      call->output_dims[call->output_rank++] = call->dims[i];
    }
  }
  call->text[0] = 0;
}

/* A function over lanes, for each lane of a call. A lane that is not dense is copied to where it is. */
#define LFZ_DEFINE_RUN_LANES(name, number)                                                                        \
  static void lfz_run_##name(lfz_kit *kit, const lfz_lanes_##name *lanes, lfz_call *call) {                       \
    size_t n = call->classes, stride = call->stride;                                                              \
    const number *all_x = (const number *)call->logits, *all_dy = (const number *)call->dy;                       \
    number *all_y = (number *)call->output;                                                                       \
    kit->lane.used = 0;                                                                                           \
    number *scratch = (number *)(void *)lfz_room(kit, &kit->lane, 3 * n * sizeof(number));                        \
    for (size_t lane = 0; lane < call->lanes; lane++) {                                                           \
      size_t start = lfz_lane_start(call, lane);                                                                  \
      const number *x = all_x + start;                                                                            \
      const number *dy = call->kernel == LFZ_LOG_SUM_EXP_BACKWARD || all_dy == NULL ? NULL : all_dy + start;      \
      number *y = all_y + (call->kernel == LFZ_LOG_SUM_EXP ? lane : start);                                       \
      if (stride > 1) {                                                                                           \
        for (size_t k = 0; k < n; k++) {                                                                          \
          scratch[k] = x[k * stride];                                                                             \
          if (dy != NULL) scratch[n + k] = dy[k * stride];                                                        \
        }                                                                                                         \
        x = scratch;                                                                                              \
        if (dy != NULL) dy = scratch + n;                                                                         \
        if (call->kernel != LFZ_LOG_SUM_EXP) y = scratch + 2 * n;                                                 \
      }                                                                                                           \
      switch (call->kernel) {                                                                                     \
        case LFZ_SOFTMAX: lanes->softmax(x, y, n); break;                                                         \
        case LFZ_SOFTMAX_BACKWARD: lanes->softmax_backward(x, dy, y, n); break;                                   \
        case LFZ_LOG_SOFTMAX: lanes->log_softmax(x, y, n); break;                                                 \
        case LFZ_LOG_SOFTMAX_BACKWARD: lanes->log_softmax_backward(x, dy, y, n); break;                           \
        case LFZ_LOG_SUM_EXP: *y = lanes->log_sum_exp(x, n); continue;                                            \
        default: lanes->log_sum_exp_backward(x, all_dy[lane], y, n); break;                                       \
      }                                                                                                           \
      if (stride > 1)                                                                                             \
        for (size_t k = 0; k < n; k++) all_y[start + k * stride] = y[k];                                          \
    }                                                                                                             \
  }
LFZ_DEFINE_RUN_LANES(float32, float)
LFZ_DEFINE_RUN_LANES(float64, double)
LFZ_DEFINE_RUN_LANES(float16, LFZ_FLOAT16_TYPE)
LFZ_DEFINE_RUN_LANES(bfloat16, LFZ_BFLOAT16_TYPE)
#undef LFZ_DEFINE_RUN_LANES

/* The kernel that `logitfuzz doctor` asks: ignoreIndex says what it does (docs/protocol.md). */
static int lfz_echo(lfz_kit *kit, lfz_call *call) {
  int wish = call->has_ignore_index ? call->ignore_index : 0;
  memcpy(call->output, call->logits, kit->output_bytes);
  switch (wish) {
    case 1: return lfz_unsupported(call, "asked to decline");
    case 2: return lfz_threw(call, "asked to throw");
    case 3: puts("asked to print"); break;
    case 4: lfz_write_all(1, "asked to print", 14); break;
    case 5: fputs("asked to print", stdout); break;
    case 6: if (system("echo asked to print") != 0) return lfz_threw(call, "there is no shell"); break;
    case 7: if (kit->output_bytes > 0) ((unsigned char *)call->logits)[0] ^= 1; break;
    case 8: call->output = call->logits; break;
    case 9: call->output = NULL; break;
    case 10: if (getchar() != EOF) return lfz_threw(call, "there was input"); break;
    default: break;
  }
  return LFZ_DONE;
}

static int lfz_call_kernel(lfz_kit *kit, lfz_call *call) {
  const lfz_kernels *kernels = kit->kernels;
  if (call->kernel == LFZ_ECHO && kit->is_conformance) return lfz_echo(kit, call);
  if (call->kernel >= LFZ_KERNELS) return lfz_unsupported(call, "kernel %d", call->kernel);
  if (call->format >= LFZ_FORMATS) return lfz_unsupported(call, "format %d", call->format);
  if (!lfz_has(kernels, call->kernel, call->format)) {
    for (int format = 0; format < LFZ_FORMATS; format++)
      if (lfz_has(kernels, call->kernel, format))
        return lfz_unsupported(call, "no %s in %s", lfz_names[call->kernel], lfz_format_names[call->format]);
    return lfz_unsupported(call, "no kernel %s", lfz_names[call->kernel]);
  }
  int is_half = call->format == LFZ_FLOAT16 || call->format == LFZ_BFLOAT16;
  if (kernels->tensors[call->kernel] != NULL && (!is_half || kernels->takes_halves))
    return kernels->tensors[call->kernel](call);
  switch (call->format) {
    case LFZ_FLOAT32: lfz_run_float32(kit, &kernels->float32, call); break;
    case LFZ_FLOAT64: lfz_run_float64(kit, &kernels->float64, call); break;
    case LFZ_FLOAT16: lfz_run_float16(kit, &kernels->float16, call); break;
    default: lfz_run_bfloat16(kit, &kernels->bfloat16, call); break;
  }
  return LFZ_DONE;
}

/* Whether the bytes are a NaN of the format. */
static int lfz_is_nan(const unsigned char *at, int format) {
  if (format == LFZ_FLOAT64) {
    double value;
    memcpy(&value, at, 8);
    return value != value;
  }
  if (format == LFZ_FLOAT32) {
    float value;
    memcpy(&value, at, 4);
    return value != value;
  }
  uint16_t bits;
  memcpy(&bits, at, 2);
  return (bits & 0x7FFF) > (format == LFZ_FLOAT16 ? 0x7C00 : 0x7F80);
}

/* Whether an array holds other numbers than before: −0 is not 0, and all NaNs are the same. */
static int lfz_is_written(const lfz_argument *argument) {
  if (memcmp(argument->array, argument->held, argument->bytes) == 0) return 0;
  if (argument->format < 0) return 1;
  size_t width = lfz_width(argument->format);
  for (size_t at = 0; at < argument->bytes; at += width) {
    const unsigned char *now = argument->array + at, *before = argument->held + at;
    if (memcmp(now, before, width) == 0) continue;
    if (!lfz_is_nan(now, argument->format) || !lfz_is_nan(before, argument->format)) return 1;
  }
  return 0;
}

static int lfz_is_around_written(const unsigned char *array, size_t bytes) {
  static const unsigned char untouched[LFZ_AROUND] = {
#define LFZ_8 LFZ_AROUND_BYTE, LFZ_AROUND_BYTE, LFZ_AROUND_BYTE, LFZ_AROUND_BYTE, LFZ_AROUND_BYTE, LFZ_AROUND_BYTE, LFZ_AROUND_BYTE, LFZ_AROUND_BYTE
    LFZ_8, LFZ_8, LFZ_8, LFZ_8, LFZ_8, LFZ_8, LFZ_8, LFZ_8
#undef LFZ_8
  };
  return memcmp(array - LFZ_AROUND, untouched, LFZ_AROUND) != 0 || memcmp(array + bytes, untouched, LFZ_AROUND) != 0;
}

/* Adds a violation to the list that `text` holds. */
static void lfz_violation(lfz_kit *kit, const char *kind, const char *detail, const char *more, int is_quoted) {
  lfz_buffer *text = &kit->text;
  lfz_add(kit, text, text->used == 0 ? "[{\"kind\":\"" : ",{\"kind\":\"");
  lfz_add(kit, text, kind);
  lfz_add(kit, text, "\",\"detail\":\"");
  lfz_add(kit, text, detail);
  if (is_quoted) { /* a string of JSON within a string of JSON */
    lfz_buffer inner = { NULL, 0, 0 };
    lfz_add_quoted(kit, &inner, more, 1);
    *lfz_room(kit, &inner, 1) = 0;
    inner.bytes[inner.used - 2] = 0;
    lfz_buffer outer = { NULL, 0, 0 };
    lfz_add_quoted(kit, &outer, (const char *)inner.bytes + 1, 1);
    *lfz_room(kit, &outer, 1) = 0;
    outer.bytes[outer.used - 2] = 0;
    lfz_add(kit, text, "\\\"");
    lfz_add(kit, text, (const char *)outer.bytes + 1);
    lfz_add(kit, text, "\\\"");
    free(inner.bytes);
    free(outer.bytes);
  } else {
    lfz_add(kit, text, more);
  }
  lfz_add(kit, text, "\"}");
}

/* The violations of a call, as the list of JSON in `text`; nothing there where there are none. */
static void lfz_judge(lfz_kit *kit, const lfz_call *call, int is_done, size_t result_bytes) {
  char shown[81];
  kit->text.used = 0;
  if (is_done && call->output == NULL) lfz_violation(kit, "not-a-tensor", "the result is NULL", "", 0);
  const char *printed = lfz_printed(kit, shown);
  if (is_done && printed != NULL) lfz_violation(kit, "printed", "the call printed ", printed, 1);
  for (int i = 0; i < kit->argument_count; i++) {
    const lfz_argument *argument = &kit->arguments[i];
    if (lfz_is_written(argument))
      lfz_violation(kit, "input-written", "the call wrote to its argument ", argument->name, 0);
    if (lfz_is_around_written(argument->array, argument->bytes))
      lfz_violation(kit, "outside-written", "the call wrote outside of its argument ", argument->name, 0);
    const unsigned char *output = (const unsigned char *)call->output;
    if (is_done && output != NULL && output < argument->array + argument->bytes && argument->array < output + result_bytes)
      lfz_violation(kit, "output-aliased", "the result shares memory with the argument ", argument->name, 0);
  }
  if (lfz_is_around_written(kit->output, kit->output_bytes))
    lfz_violation(kit, "outside-written", "the call wrote outside of its result", "", 0);
  if (kit->text.used > 0) lfz_add(kit, &kit->text, "]");
}

static void lfz_put_head(unsigned char *at, size_t bytes, uint32_t status, uint32_t rank_or_length, uint32_t format) {
  uint32_t head[4] = { (uint32_t)bytes, status, rank_or_length, format };
  memcpy(at, head, sizeof head);
}

/* Room for an answer in the results, its padding 0. */
static unsigned char *lfz_answer(lfz_kit *kit, size_t bytes) {
  unsigned char *at = lfz_room(kit, &kit->results, bytes);
  memset(at + bytes - 8, 0, 8);
  return at;
}

static void lfz_put_text(lfz_kit *kit, uint32_t status, const char *text) {
  size_t length = strlen(text);
  unsigned char *at = lfz_answer(kit, 16 + lfz_padded(length));
  lfz_put_head(at, 16 + lfz_padded(length), status, (uint32_t)length, 0);
  memcpy(at + 16, text, length);
}

static void lfz_put_values(lfz_kit *kit, const lfz_call *call, size_t data_bytes) {
  size_t dims_bytes = lfz_padded(4 * call->output_rank);
  size_t bytes = 16 + dims_bytes + lfz_padded(data_bytes);
  unsigned char *at = lfz_answer(kit, bytes);
  lfz_put_head(at, bytes, LFZ_DONE, call->output_rank, (uint32_t)call->output_format);
  memset(at + 16, 0, dims_bytes);
  memcpy(at + 16, call->output_dims, 4 * call->output_rank);
  if (data_bytes > 0) memcpy(at + 16 + dims_bytes, call->output, data_bytes);
}

/* Calls the kernel of one record, and puts the answer behind the results. */
static void lfz_run_record(lfz_kit *kit, const unsigned char *record, lfz_call *call) {
  lfz_read_call(kit, record, call);
  int status = lfz_call_kernel(kit, call);
  size_t data_bytes = lfz_width(call->output_format);
  for (uint32_t i = 0; i < call->output_rank; i++) data_bytes *= call->output_dims[i];
  lfz_judge(kit, call, status == LFZ_DONE, data_bytes);
  size_t start = kit->results.used;
  if (kit->text.used > 0 && status != LFZ_UNSUPPORTED) {
    size_t length = kit->text.used;
    unsigned char *at = lfz_answer(kit, 16 + lfz_padded(length));
    lfz_put_head(at, 0, LFZ_VIOLATION, (uint32_t)length, 0);
    memcpy(at + 16, kit->text.bytes, length);
  }
  if (status != LFZ_DONE) lfz_put_text(kit, (uint32_t)status, call->text);
  else if (call->output != NULL) lfz_put_values(kit, call, data_bytes);
  uint32_t bytes = (uint32_t)(kit->results.used - start);
  memcpy(kit->results.bytes + start, &bytes, 4);
}

static void lfz_run(lfz_kit *kit, uint32_t sequence) {
  static lfz_call call;
  uint32_t counts[2] = { lfz_u32(kit->body.bytes), 0 };
  size_t at = 8;
  kit->results.used = 0;
  memcpy(lfz_room(kit, &kit->results, 8), counts, 8);
  for (uint32_t i = 0; i < counts[0]; i++) {
    if (at + 32 > kit->body.used || at + lfz_u32(kit->body.bytes + at) > kit->body.used)
      lfz_fail(kit, sequence, "a record is longer than its frame");
    lfz_run_record(kit, kit->body.bytes + at, &call);
    at += lfz_u32(kit->body.bytes + at);
  }
  lfz_send(kit, LFZ_RESULTS, sequence, kit->results.bytes, kit->results.used);
}

/* Answers logitfuzz until it has asked enough. What it returns is for main to return. */
static int logitfuzz_serve(const lfz_kernels *kernels) {
  static lfz_kit kit;
  uint32_t head[4];
  const char *conformance = getenv("LOGITFUZZ_CONFORMANCE");
  kit.kernels = kernels;
  kit.is_conformance = conformance != NULL && strcmp(conformance, "1") == 0;
  lfz_take_streams(&kit);
  while (lfz_read(&kit, head, sizeof head)) {
    uint32_t type = head[1], sequence = head[2], length = head[3];
    if (head[0] != LFZ_MAGIC) lfz_fail(&kit, 0, "no frame of lfz/1");
    if (type == LFZ_STOP) break;
    if (length > LFZ_FRAME_MAX) lfz_fail(&kit, sequence, "a frame of more than 64 MiB");
    kit.body.used = 0;
    lfz_room(&kit, &kit.body, (size_t)length + 1);
    if (!lfz_read(&kit, kit.body.bytes, length)) break;
    kit.body.bytes[length] = 0;
    kit.body.used = length;
    if (type == LFZ_HELLO) {
      if (!lfz_speaks((const char *)kit.body.bytes)) lfz_fail(&kit, sequence, "speaks protocol 1 alone");
      lfz_welcome(&kit, sequence);
    } else if (type == LFZ_RUN && length >= 8) {
      lfz_run(&kit, sequence);
    } else {
      lfz_fail(&kit, sequence, "a frame of this type was not expected");
    }
  }
  return 0;
}

#endif
