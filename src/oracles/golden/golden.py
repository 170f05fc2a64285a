"""Golden answers for the exact oracle, from mpmath at 6000 bits: an arithmetic and a language of its own.

    npx jiti src/oracles/golden/draw-cases.ts > cases.json      # the cases, as the generator draws them
    python3 src/oracles/golden/golden.py cases.json > src/oracles/golden/golden.json

Each value is written as a sum of three float64 (the nearest, then the nearest to what is left, twice), in hexadecimal, or as
'nan', 'inf', '-inf'. Beside it stand the two tolerances of each element, 'careful' and 'naive', by the formulas of
docs/numerics.md §3 to §11; null where the answer is no finite number of a formula. Needs mpmath 1.3 or later.
"""

import base64
import json
import struct
import sys
from itertools import product
from math import ceil, log2

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
            self.gap = [INF if g is None else -g for g in gaps]
            self.log_sum = total
            self.mean_gap = sum((p * a for p, a in zip(self.p, self.gap) if p != 0), mpf(0))


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


class Allowance:
    def __init__(self, fmt, naive):
        self.u = mpf(2) ** (-24 if fmt == "float32" else -53)
        self.floor = mpf(2) ** (-125 if fmt == "float32" else -1021)
        self.E = self.El = 4 if naive else 2
        self.f, self.e, self.d = (mpf("2.25"), 1, 2) if naive else (mpf(1), 0, 2)
        self.naive = naive
        self.eta = mpf(2) ** (-149 if fmt == "float32" else -1074)
        self.flushed = self.floor * (1 + mpf(2) ** -16)

    def held(self, s, j):
        """The share as float64 holds it; the smallest magnitude where it holds none but exp may."""
        p = mpf(float(s.p[j]))
        return p if p > 0 else (self.eta if s.gap[j] < -log(self.eta / 4) else mpf(0))

    def lost_share(self, s, j):
        """lambda_j of §6."""
        p = mpf(float(s.p[j]))
        if p > self.flushed:
            return mpf(0)
        return max(p, min(8 * p, 2 * self.eta)) if p > 0 else 2 * self.held(s, j)

    def lost(self, products):
        """Of products as lists of factors, what they lose: each where its factors below 1 come to no more than the floor."""
        total = mpf(0)
        for factors in products:
            small, big = mpf(1), mpf(1)
            for x in factors:
                small, big = small * min(1, abs(x)), big * max(1, abs(x))
            if small > self.flushed or small == 0:
                continue
            gain = min(255 * small, 4 * self.eta) if small <= 4 * self.eta else mpf(0)
            total += big * max(small, gain)
        return total

    def c(self, n):
        if self.naive or n <= 1:
            return max(0, n - 1)
        return min(n - 1, ceil(log2(n)) + 16)

    def log_error(self, s, j):
        """B_j of §5."""
        n = len(s.p)
        return self.u * (self.f * (s.gap[j] + s.mean_gap) + self.E + self.c(n) + self.El * s.log_sum + abs(s.logp[j])) + self.floor

    def direct(self, s, j):
        """epsilon_j of §3, relative."""
        through = self.e * (1 + self.El) * s.log_sum
        return self.u * (self.f * (s.gap[j] + s.mean_gap) + 2 * self.E + self.c(len(s.p)) + self.d + through)

    def via_log(self, s, j):
        """epsilon'_j of §6."""
        known = self.f * (s.gap[j] + s.mean_gap) + 2 * self.E + self.c(len(s.p)) + self.d
        return self.u * (known + s.gap[j] + (1 + self.El) * s.log_sum)


def by_share(share, error):
    """share · error(), 0 where the share is 0, whatever the gap."""
    return mpf(0) if share == 0 else share * error()


def tolerances(case, exact, al):
    u, F = al.u, al.floor
    xs, shape, axis = tensor(case["logits"]), case["logits"]["shape"], case["axis"]
    positions = lanes(shape, axis)
    states = [Lane([xs[i] for i in lane]) for lane in positions]
    dy = [mpf(v) for v in tensor(case["cotangent"])] if "cotangent" in case else None
    kind = (case["operation"], case["direction"])
    out = [None] * len(exact)
    if kind[0] == "crossEntropy":
        loss_tolerances(case, kind[1], al, positions, states, dy, exact, out)
        return out
    for number, (lane, s) in enumerate(zip(positions, states)):
        n = len(lane)
        if s.special or not n:
            continue
        if kind == ("logSumExp", "forward"):
            out[number] = u * (al.f * s.mean_gap + al.E + al.c(n) + al.El * s.log_sum + abs(exact[number])) + F
            continue
        d = [] if dy is None or kind[0] == "logSumExp" else [dy[i] for i in lane]
        for j, i in enumerate(lane):
            p = s.p[j]
            if isinstance(exact[i], str):
                continue
            if kind == ("softmax", "forward"):
                out[i] = by_share(p, lambda: al.direct(s, j)) + F
            elif kind == ("logSoftmax", "forward"):
                out[i] = al.log_error(s, j)
            elif kind[0] == "softmax":
                D = sum((a * b for a, b in zip(s.p, d)), mpf(0))
                of_dot = sum(
                    (by_share(s.p[k] * abs(d[k]), lambda: al.direct(s, k) + (al.c(n) + 3) * u) for k in range(n)), mpf(0)
                )
                own = by_share(p * abs(d[j] - D), lambda: al.direct(s, j) + 3 * u)
                of_dot += n * F + sum((al.lost_share(s, k) * abs(d[k]) for k in range(n)), mpf(0))
                lost = al.lost_share(s, j)
                out[i] = own + lost * abs(d[j] - D) + (p + lost) * of_dot + 2 * F
            elif kind[0] == "logSoftmax":
                T = abs(sum(d, mpf(0)))
                size = sum((abs(v) for v in d), mpf(0))
                share = by_share(p * T, lambda: al.via_log(s, j) + u)
                lost = al.lost_share(s, j)
                out[i] = u * abs(exact[i]) + share + lost * T + (p + lost) * (al.c(n) * u * size + n * F) + 2 * F
            else:
                k = abs(dy[number])
                out[i] = by_share(k * p, lambda: al.via_log(s, j) + u) + al.lost_share(s, j) * k + F
    return out


def loss_tolerances(case, direction, al, positions, states, dy, exact, out):
    u, F = al.u, al.floor
    option = case["loss"]
    target = tensor(option["target"])
    is_index = option["target"]["format"] == "int32"
    eps = mpf(option["labelSmoothing"])
    kappa = 3 if eps > 0 else 0
    weight = [mpf(v) for v in tensor(option["weight"])] if "weight" in option else None
    kept = [n for n in range(len(positions)) if not (is_index and target[n] == option.get("ignoreIndex"))]
    mean = option["reduction"] == "mean"
    C = len(positions[0]) if positions else 0

    def shares(n):
        lane = positions[n]
        t = [mpf(int(target[n] == k)) if is_index else mpf(target[i]) for k, i in enumerate(lane)]
        signed = [w[k] * ((1 - eps) * v + eps / C) for k, v in enumerate(t)]
        return signed, [w[k] * ((1 - eps) * abs(v) + eps / C) for k, v in enumerate(t)]

    w = [weight[k] if weight else mpf(1) for k in range(C)]
    den = (sum((w[target[n]] for n in kept), mpf(0)) if is_index else mpf(len(positions))) if mean else mpf(1)
    if den == 0:
        return
    tiny = sum((min(w[target[n]], F) for n in kept if w[target[n]] <= al.flushed), mpf(0)) if mean and is_index else mpf(0)
    of_weights = (tiny / (den - tiny) if tiny < den else INF) if weight else mpf(0)

    def parts(n):
        """For each class the factors of t' that a product may have: (1 - eps)|t|, eps/C, and their sum where t is negative."""
        lane = positions[n]
        found = []
        for k, i in enumerate(lane):
            t = mpf(int(target[n] == k)) if is_index else mpf(target[i])
            own, spread = (1 - eps) * abs(t), eps / C
            net = abs((1 - eps) * t + spread) if t < 0 and spread > 0 else mpf(0)
            found.append([v for v in (own, spread, net) if v != 0] if w[k] != 0 else [])
        return found

    def smallest_product(factors):
        result = mpf(1)
        for x in factors:
            result *= min(1, abs(x))
        return result
    if direction == "forward":
        reduced = option["reduction"] != "none"
        over = al.c(len(kept)) if reduced else 0
        by_mean = (2 + (over if is_index else 0)) if mean else 0
        groups = [kept] if reduced else [[n] for n in range(len(positions))]
        for g, group in enumerate(groups):
            if isinstance(exact[g], str) or (not reduced and g not in kept):
                continue
            total = size = lost = mpf(0)
            largest = mpf(0)
            for n in group:
                s = states[n]
                for k, A in enumerate(shares(n)[1] if C else []):
                    if A == 0:
                        continue
                    ell = abs(s.logp[k])
                    total += A * (al.log_error(s, k) + ell * u * (al.c(C) + 2 + kappa))
                    size += A * ell
                    pieces = parts(n)[k]
                    lost += al.lost([[1 / den, w[k], piece, ell] for piece in pieces])
                    largest = max([largest] + [smallest_product([1 / den, w[k], piece, ell]) for piece in pieces[:2]])
                    net = pieces[2] if len(pieces) == 3 else 0
                    if net:
                        cost = F * max(1, 1 / den) * max(1, w[k]) * max(1, ell)
                        own = cost * smallest_product([1 / den, w[k], net, ell]) / F
                        if own <= cost + kappa * u * A * ell / den:
                            lost += min(cost, A * ell / den)
            terms = C * (len(kept) if reduced else 1)
            signed = any(sum(shares(n)[0], mpf(0)) < (1 - mpf(2) ** -30) * sum(shares(n)[1], mpf(0)) for n in kept)
            if signed and largest <= terms * F / u:
                lost += terms * F * max(1, 1 / den)
            out[g] = (total + u * (over + by_mean) * size + size * of_weights) / den + lost + F
        return
    for n in kept:
        s = states[n]
        dy_n = abs(dy[n] if option["reduction"] == "none" else dy[0])
        k = dy_n / den
        scale, cost = [dy_n, 1 / den], F * max(1, dy_n) * max(1, 1 / den)
        signed, sizes = shares(n)
        T, A = abs(sum(signed, mpf(0))), sum(sizes, mpf(0))
        pieces = parts(n)
        products = [[scale + [w[c], piece] for piece in of_class] for c, of_class in enumerate(pieces)]
        largest = max([mpf(0)] + [smallest_product(product) for of_class in products for product in of_class])
        every = [product for of_class in products for product in of_class]
        has_signs = sum(signed, mpf(0)) < (1 - mpf(2) ** -30) * A
        for c, i in enumerate(positions[n]):
            if s.special or isinstance(exact[i], str):
                continue
            if direction == "targetBackward":
                v = (1 - eps) * w[c]
                if k * v == 0:
                    out[i] = F
                    continue
                ell = abs(s.logp[c])
                lost = al.lost([scale + [1 - eps, w[c], ell]])
                out[i] = k * v * (al.log_error(s, c) + 6 * u * ell) + lost + F
                continue
            r = (3 + (al.c(len(kept)) if is_index else 0)) if mean else 1
            terms = [
                by_share(k * s.p[c] * T, lambda: al.via_log(s, c) + u),
                k * s.p[c] * A * u * (al.c(C) + 2 + kappa),
                k * sizes[c] * u * (2 + kappa),
                u * abs(exact[i]) * (1 + r),
            ]
            p = al.held(s, c)
            lost = al.lost(products[c]) + (lost_with(al, p, every) if p else mpf(0))
            if has_signs and largest <= C * F / u:
                lost += s.p[c] * C * cost
            if has_signs and s.p[c] * largest <= F / u:
                lost += min(cost, k * s.p[c] * A)
            of_difference = cost * (max(1, w[target[n]]) if is_index and eps == 0 else 1)
            if abs(exact[i]) <= of_difference + sum(terms, mpf(0)):
                lost += min(of_difference, k * s.p[c] * T + k * sizes[c])
            out[i] = sum(terms, mpf(0)) + lost + 2 * F + abs(exact[i]) * of_weights


def lost_with(al, p, products):
    """What the products lose where a share is one more factor: the gains are bounded together."""
    amounts = costs = mpf(0)
    smallest = INF
    for factors in products:
        small, big = mpf(1), mpf(1)
        for x in factors:
            small, big = small * min(1, abs(x)), big * max(1, abs(x))
        if p * small <= al.flushed:
            amounts += p * small * big
        costs += big
        smallest = min(smallest, p * small)
    if smallest > al.flushed:
        return mpf(0)
    gain = min(255 * amounts, 4 * al.eta * costs) if smallest <= 4 * al.eta else mpf(0)
    return max(amounts, gain)


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


def entry(case):
    exact = answer(case)
    bounds = {name: tolerances(case, exact, Allowance(case["logits"]["format"], name == "naive")) for name in ("careful", "naive")}
    rounded = {name: [None if v is None else float("%.9g" % float(v)) for v in bound] for name, bound in bounds.items()}
    return {"case": case, "answer": [parts(v) for v in exact], **rounded}


if __name__ == "__main__":
    text = json.dumps([entry(case) for case in json.load(open(sys.argv[1]))], indent=0)
    sys.stdout.write(text.replace("Infinity", "1e999"))
