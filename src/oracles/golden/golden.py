"""Golden answers for the exact oracle, from mpmath at 6000 bits: an arithmetic and a language of its own.

    npx jiti src/oracles/golden/draw-cases.ts > cases.json      # the cases, as the generator draws them
    python3 src/oracles/golden/golden.py cases.json > src/oracles/golden/golden.json

Each value is written as a sum of three float64 (the nearest, then the nearest to what is left, twice), in hexadecimal, or as
'nan', 'inf', '-inf'. Needs mpmath 1.3.
"""

import base64
import json
import struct
import sys
from itertools import product

from mpmath import exp, log, log1p, mp, mpf

mp.prec = 6000  # exponents of float64 differ by up to 2,100 bits: a sum must lose none of them
INF = float("inf")
CODES = {"float32": "f", "float64": "d", "int32": "i"}


def tensor(record):
    data = base64.b64decode(record["base64"])
    code = CODES[record["format"]]
    return list(struct.unpack("<%d%s" % (len(data) // struct.calcsize(code), code), data))


def lanes(shape, axis):
    """The flat positions of each lane, lanes in the row-major order of the other axes."""
    if not shape:
        return [[0]]
    axis %= len(shape)
    strides = [1] * len(shape)
    for i in range(len(shape) - 2, -1, -1):
        strides[i] = strides[i + 1] * shape[i + 1]
    others = [i for i in range(len(shape)) if i != axis]
    result = []
    for index in product(*(range(shape[i]) for i in others)):
        base = sum(n * strides[i] for n, i in zip(index, others))
        result.append([base + k * strides[axis] for k in range(shape[axis])])
    return result


class Lane:
    """softmax and log-softmax of one lane as exact as mpmath is, or the special value the contract gives it."""

    def __init__(self, xs):
        self.special = None
        if any(x != x for x in xs):
            self.special, self.lse = "nan", "nan"
        elif any(x == INF for x in xs):
            self.special, self.lse = "nan", "inf"
        elif all(x == -INF for x in xs):
            self.special, self.lse = ("nan" if xs else None), "-inf"
            self.p, self.logp = [], []
        else:
            m = max(xs)
            gaps = [None if x == -INF else mpf(x) - mpf(m) for x in xs]
            powers = [mpf(0) if g is None else exp(g) for g in gaps]
            at = xs.index(m)
            rest = sum((p for k, p in enumerate(powers) if k != at), mpf(0))
            total = log1p(rest)
            self.lse = mpf(m) + total
            self.p = [p / (1 + rest) for p in powers]
            self.logp = ["-inf" if g is None else g - total for g in gaps]


def add(a, b):
    """mpf or one of the three special words."""
    words = [v for v in (a, b) if isinstance(v, str)]
    if "nan" in words or ("inf" in words and "-inf" in words):
        return "nan"
    return words[0] if words else a + b


def scaled(word, factor):
    """word · factor for factor ≠ 0."""
    if not isinstance(word, str):
        return word * factor
    if word == "nan":
        return word
    return word if factor > 0 else {"inf": "-inf", "-inf": "inf"}[word]


def answer(case):
    xs, shape, axis = tensor(case["logits"]), case["logits"]["shape"], case["axis"]
    positions = lanes(shape, axis)
    dy = [mpf(v) for v in tensor(case["cotangent"])] if "cotangent" in case else None
    worked = [Lane([xs[i] for i in lane]) for lane in positions]
    out = [None] * len(xs)
    operation, forward = case["operation"], case["direction"] == "forward"
    if operation == "crossEntropy":
        return loss(case, positions, worked, dy, out)
    if operation == "logSumExp" and forward:
        return [w.lse for w in worked]
    for number, (lane, w) in enumerate(zip(positions, worked)):
        for k, i in enumerate(lane):
            if w.special:
                out[i] = w.special
            elif forward:
                out[i] = w.p[k] if operation == "softmax" else w.logp[k]
            elif operation == "softmax":
                out[i] = w.p[k] * (dy[i] - sum((p * dy[j] for p, j in zip(w.p, lane)), mpf(0)))
            elif operation == "logSoftmax":
                out[i] = dy[i] - w.p[k] * sum((dy[j] for j in lane), mpf(0))
            else:
                out[i] = dy[number] * w.p[k]
    return out


def loss(case, positions, worked, dy, out):
    option = case["loss"]
    target = tensor(option["target"])
    is_index = option["target"]["format"] == "int32"
    eps = mpf(option["labelSmoothing"])
    weight = [mpf(v) for v in tensor(option["weight"])] if "weight" in option else None
    ignored = [is_index and target[n] == option.get("ignoreIndex") for n in range(len(positions))]
    kept = [n for n in range(len(positions)) if not ignored[n]]

    def w(c):
        return weight[c] if weight else mpf(1)

    def shares(n):
        lane = positions[n]
        t = [mpf(int(target[n] == k)) if is_index else mpf(target[i]) for k, i in enumerate(lane)]
        return [w(k) * ((1 - eps) * v + eps / len(lane)) for k, v in enumerate(t)]

    mean = option["reduction"] == "mean"
    den = (sum((w(target[n]) for n in kept), mpf(0)) if is_index else mpf(len(positions))) if mean else mpf(1)
    if case["direction"] == "forward":
        losses = []
        for n, state in enumerate(worked):
            if ignored[n]:
                losses.append(mpf(0))
            elif state.special:
                losses.append("nan")
            else:
                total = mpf(0)
                for share, value in zip(shares(n), state.logp):
                    if share != 0:
                        total = add(total, scaled(value, -share))
                losses.append(total)
        if option["reduction"] == "none":
            return losses
        total = mpf(0)
        for value in losses:
            total = add(total, value)
        return ["nan" if den == 0 else scaled(total, 1 / den)]
    for n, state in enumerate(worked):
        k = dy[n] if option["reduction"] == "none" else ("nan" if den == 0 else dy[0] / den)
        for c, i in enumerate(positions[n]):
            if ignored[n]:
                out[i] = mpf(0)
            elif state.special or k == "nan":
                out[i] = "nan"
            elif case["direction"] == "targetBackward":
                factor = k * (1 - eps) * w(c)
                out[i] = mpf(0) if factor == 0 else scaled(state.logp[c], -factor)
            else:
                s = shares(n)
                out[i] = k * (state.p[c] * sum(s, mpf(0)) - s[c])
    return out


def parts(value):
    if isinstance(value, str):
        return value
    words = []
    for _ in range(3):
        nearest = float(value)
        if nearest in (INF, -INF):
            return ("" if not words else " ".join(words)) + ("inf" if nearest > 0 else "-inf")
        words.append(nearest.hex())
        value -= mpf(nearest)
        if value == 0:
            break
    return " ".join(words)


cases = json.load(open(sys.argv[1]))
json.dump([{"case": case, "answer": [parts(v) for v in answer(case)]} for case in cases], sys.stdout, indent=0)
