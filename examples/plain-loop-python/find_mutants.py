"""The loop that people write instead of a harness, looking for planted mistakes in kernels of JavaScript.

hypothesis draws, NumPy in float64 answers, numpy.allclose judges. `logitfuzz bench --sections find` starts it,
says over a pipe which kernel is next, and answers each call by the sound kernel's result. The same call is put to
the wrong kernels over there, where the result is compared as allclose does. What is told as the loop's CPU time is
that of this process, without what the pipe takes: drawing, the reference and allclose.
"""

import base64
import json
import sys
import time
import warnings

import numpy as np
from hypothesis import HealthCheck, Phase, Verbosity, given, seed, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

warnings.filterwarnings("ignore")
np.seterr(all="ignore")

EXAMPLES = 100  # of a run, as by default; then comes the next seed
SEEDS_APART = 1_000_000

clock = {"mark": time.process_time(), "spent": 0.0}


def begin():
    clock["mark"] = time.process_time()


def end():
    clock["spent"] += time.process_time() - clock["mark"]


def exchange(message):
    """Sends a line with the time spent since the last one, and returns the line that comes back."""
    end()
    message["spent"], clock["spent"] = clock["spent"], 0.0
    sys.stdout.write(json.dumps(message) + "\n")
    sys.stdout.flush()
    reply = json.loads(sys.stdin.readline())
    begin()
    return reply


widths = st.one_of(st.integers(1, 16), st.integers(1, 16), st.integers(1, 16), st.integers(17, 129), st.integers(1, 1100))
sizes = st.integers(1, 4) | st.integers(0, 4)


def floats(dtype, magnitude):
    return st.floats(-magnitude, magnitude, width=8 * np.dtype(dtype).itemsize)


@st.composite
def calls(draw, kernel):
    dtype = draw(st.sampled_from(["float32", "float32", "float32", "float64"]))
    width = draw(widths)
    outer = draw(st.lists(sizes, max_size=3 if width <= 64 else 1))
    form = draw(st.sampled_from(["front", "back", "left out"]))
    axis = len(outer) if form == "left out" else draw(st.integers(0, len(outer)))
    shape = (*outer[:axis], width, *outer[axis:])
    if draw(st.integers(0, 39)) == 0:
        shape, axis, form = (), 0, "left out"
    kind = draw(st.sampled_from([1, 10, 10, 10, 100, 100, 1000, "masked", "anything"]))
    if kind == "masked":
        elements = floats(dtype, 10) | st.just(-np.inf)
    elif kind == "anything":
        elements = st.floats(width=8 * np.dtype(dtype).itemsize)
    else:
        elements = floats(dtype, kind)
    call = {
        "kernel": kernel,
        "shape": shape,
        "axis": axis,
        "passed": None if form == "left out" else axis if form == "front" else axis - len(shape),
        "logits": draw(arrays.arrays(dtype, shape, elements=elements)),
        "dy": None,
        "loss": None,
    }
    outer_shape = shape[:axis] + shape[axis + 1 :]
    out_shape = outer_shape if kernel.startswith("logSumExp") else shape
    if kernel.startswith("crossEntropy"):
        classes = shape[axis] if shape else 1
        loss = {
            "reduction": draw(st.sampled_from(["mean", "sum", "none"])),
            "smoothing": draw(st.just(0.0) | st.floats(0, 1)),
            "weight": draw(st.none() | arrays.arrays(dtype, classes, elements=floats(dtype, 2).map(abs))),
            "indices": None,
            "probabilities": None,
            "ignore": None,
        }
        if kernel != "crossEntropyTargetBackward" and draw(st.booleans()):
            loss["ignore"] = draw(st.none() | st.sampled_from([-100, 0, classes - 1]))
            classes_drawn = st.integers(0, classes - 1)
            ignored = loss["ignore"]
            elements = classes_drawn if ignored is None else classes_drawn | st.just(ignored)
            loss["indices"] = draw(arrays.arrays(np.int32, outer_shape, elements=elements))
        else:
            shares = draw(arrays.arrays(dtype, shape, elements=floats(dtype, 1).map(abs)))
            loss["probabilities"] = shares / np.dtype(dtype).type(classes)
        call["loss"] = loss
        out_shape = outer_shape if loss["reduction"] == "none" else ()
    if kernel.endswith("Backward"):
        call["dy"] = draw(arrays.arrays(dtype, out_shape, elements=floats(dtype, 2)))
    return call


def times(factor, value):
    return np.where((factor == 0) & ~np.isnan(value), 0.0, factor * value)


def expected(call):
    """The formulas in float64, the maximum taken off first; lanes lie along the last axis in between."""
    kernel, loss, shape = call["kernel"], call["loss"], call["shape"]
    x = np.moveaxis(call["logits"].astype(np.float64).reshape(shape or (1,)), call["axis"], -1)
    outer_shape = x.shape[:-1] if shape else ()
    top = x.max(axis=-1, keepdims=True)
    e = np.exp(x - top)
    total = e.sum(axis=-1, keepdims=True)
    p, log_p = e / total, x - top - np.log(total)
    dy = None if call["dy"] is None else call["dy"].astype(np.float64)

    def back(lanes):
        return np.moveaxis(lanes, -1, call["axis"]).reshape(shape)

    def lanes_of(values):
        return np.moveaxis(values.reshape(shape or (1,)), call["axis"], -1)

    if kernel == "softmax":
        return back(p)
    if kernel == "logSoftmax":
        return back(log_p)
    if kernel == "logSumExp":
        return (top + np.log(total))[..., 0].reshape(outer_shape)
    if kernel == "logSumExpBackward":
        return back(p * dy.reshape(x.shape[:-1])[..., None])
    if kernel == "softmaxBackward":
        g = lanes_of(dy)
        return back(p * (g - (p * g).sum(axis=-1, keepdims=True)))
    if kernel == "logSoftmaxBackward":
        g = lanes_of(dy)
        return back(g - p * g.sum(axis=-1, keepdims=True))
    classes = x.shape[-1]
    weight = np.ones(classes) if loss["weight"] is None else loss["weight"].astype(np.float64)
    if loss["indices"] is None:
        target, kept = lanes_of(loss["probabilities"].astype(np.float64)), np.ones(x.shape[:-1], bool)
        denominator = kept.size
    else:
        named = loss["indices"].reshape(x.shape[:-1])
        kept = np.ones(named.shape, bool) if loss["ignore"] is None else named != loss["ignore"]
        target = (named[..., None] == np.arange(classes)).astype(np.float64)
        denominator = weight[np.where(kept, named, 0)][kept].sum()
    share = weight * ((1 - loss["smoothing"]) * target + loss["smoothing"] / classes)
    if kernel == "crossEntropy":
        losses = np.where(kept, -times(share, log_p).sum(axis=-1), 0.0)
        if loss["reduction"] == "none":
            return losses.reshape(outer_shape)
        return losses.sum() if loss["reduction"] == "sum" else np.asarray(losses.sum() / np.float64(denominator))
    k = dy.reshape(x.shape[:-1]) if loss["reduction"] == "none" else np.broadcast_to(dy, x.shape[:-1])
    k = (k / np.float64(denominator) if loss["reduction"] == "mean" else k)[..., None]
    if kernel == "crossEntropyBackward":
        gradient = k * (p * share.sum(axis=-1, keepdims=True) - share)
    else:
        gradient = -times(k * (1 - loss["smoothing"]) * weight, log_p)
    return back(np.where(kept[..., None], gradient, 0.0))


def encoded(value):
    if isinstance(value, (np.ndarray, np.generic)):
        return {"dtype": str(value.dtype), "bytes": base64.b64encode(np.ascontiguousarray(value).tobytes()).decode()}
    if isinstance(value, dict):
        return {key: encoded(one) for key, one in value.items()}
    return value


def ask(call, answer):
    """What the sound kernel answers; none where it throws."""
    end()
    message = {"call": encoded(call), "shape": answer.shape, "expected": encoded(answer)}
    begin()
    reply = exchange(message)
    end()
    got = None
    if reply is not None:
        got = np.frombuffer(base64.b64decode(reply["bytes"]), reply["dtype"]).reshape(reply["shape"])
    begin()
    return got


def run(kernel, number):
    @seed(number)
    @settings(
        max_examples=EXAMPLES,
        deadline=None,
        database=None,
        phases=[Phase.generate],
        verbosity=Verbosity.quiet,
        suppress_health_check=list(HealthCheck),
    )
    @given(calls(kernel))
    def check(call):
        answer = np.asarray(expected(call), dtype=np.float64)
        got = ask(call, answer)
        if got is not None:
            np.allclose(got, answer, equal_nan=True)

    check()


def main():
    number = int(sys.argv[1]) * SEEDS_APART
    begin()
    while (kernel := exchange({"next": True})) is not None:
        run(kernel, number)
        number += 1


main()
