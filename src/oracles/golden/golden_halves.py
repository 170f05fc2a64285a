"""Golden answers and tolerances for values of float16 and bfloat16: the formulas of docs/numerics.md §20, written a second time.

    npx jiti src/oracles/golden/draw-half-cases.ts > cases.json
    python3 src/oracles/golden/golden_halves.py cases.json > src/oracles/golden/golden-halves.json

As golden.py, whose answers these are. Each case has the tolerances of each level, and where subnormals are declared to be flushed,
under keys such as 'composed naive' and 'storage careful flushed'. The level fused is golden.py's own bound for float32.
"""

import json
import sys
from math import ceil, log2

from golden import INF, Allowance, Lane, answer, by_share, lanes, parts, tensor, tolerances
from mpmath import exp, expm1, log, mp, mpf

mp.prec = 3000
BITS = {"float16": (5, 11), "bfloat16": (8, 8)}


class Half:
    """What composed and storage allow, careful or naive."""

    def __init__(self, fmt, level, naive, flush):
        exponent_bits, p = BITS[fmt]
        bias = 2 ** (exponent_bits - 1) - 1
        self.u, self.N = mpf(2) ** -p, mpf(2) ** (1 - bias)
        self.eta = 2 * self.N * self.u
        self.flush = flush or fmt == "bfloat16"
        self.F = 2 * self.N if self.flush else self.eta
        self.below = self.F * (1 + mpf(2) ** -16) if self.flush else self.N
        self.level, self.naive = level, naive
        self.E = self.El = mpf({"composed": ("1.25", 2), "storage": (2, 4)}[level][naive])
        if self.flush:
            self.E += 2 * self.N / self.u  # x and max read as 0
        self.f = mpf("2.5") if naive else mpf(1)
        self.e = 0 if not naive else (1 if level == "composed" else 1 + self.El)

    def c(self, n):
        if n <= 1:
            return mpf(0)
        careful = min(n - 1, ceil(log2(n)) + 16)
        stored_once = 1 + (n - 1 if self.naive else careful) * mpf(2) ** -24 / self.u
        if self.level == "composed":
            return stored_once
        return max(stored_once, mpf(min(n - 1, 1 / (8 * self.u) + ceil(log2(n))) if self.naive else careful))

    def log_of_sum(self, s):
        """-log(1 - theta): theta bounds how much larger or smaller the stored sum is, relative."""
        if not hasattr(s, "kept"):
            s.kept = {}
        if self not in s.kept:
            S = exp(s.log_sum)
            theta = mpf(0)
            for p, a in zip(s.p, s.gap):
                if p == 0 or a == INF:
                    continue
                growth, e = self.u * (self.f * a + self.E), p * S
                theta += p * expm1(growth)
                if self.flush:
                    theta += e / S if e < self.F else 0
                elif e < self.N:
                    theta += min(e * exp(growth), self.eta / 2) / S
            theta = exp(self.u * self.c(len(s.p))) * (1 + theta) - 1
            s.kept[self] = -log(1 - theta) if theta < 1 else mpf(INF)
        return s.kept[self]

    def log_of_log(self, s):
        """Of log S as it is stored, absolute."""
        return self.log_of_sum(s) * (1 + self.u * self.El) + self.u * self.El * s.log_sum

    def log_error(self, s, j):
        """B_j, without F."""
        return (self.u * self.f * s.gap[j] + self.log_of_log(s)) * (1 + self.u) + self.u * abs(s.logp[j])

    def direct(self, s, j, roundings=0):
        own = self.u * (self.f * s.gap[j] + self.E + 2 + roundings)
        return expm1(own + self.log_of_sum(s) + self.u * self.e * s.log_sum)

    def via_log(self, s, j, roundings=0):
        own = self.u * (self.f * s.gap[j] + self.E + 2 + roundings + s.gap[j] + s.log_sum)
        return expm1(own + self.log_of_log(s))

    def lost_share(self, s, j):
        p = mpf(float(s.p[j]))
        if p > self.below:
            return mpf(0)
        if p == 0:
            return 2 * self.held(s, j)
        return max(p, min(8 * p, 2 * self.eta)) if self.flush else min(8 * p, self.eta)

    def held(self, s, j):
        p = mpf(float(s.p[j]))
        return p if p > 0 else (self.eta if s.gap[j] < -log(self.eta / 4) else mpf(0))

    def of_product(self, small, big):
        if small > self.below or small == 0:
            return mpf(0)
        gain = min(255 * small, 4 * self.eta)
        if not self.flush:
            return big * gain
        return big * max(small, gain if small <= 4 * self.eta else 0)

    def lost(self, products):
        return sum((self.of_product(*split(factors)) for factors in products), mpf(0))

    def lost_with(self, p, products):
        amounts = costs = mpf(0)
        smallest = INF
        for factors in products:
            small, big = split(factors)
            if p * small <= self.below:
                amounts += p * small * big
            costs += big
            smallest = min(smallest, p * small)
        if smallest > self.below:
            return mpf(0)
        gain = min(255 * amounts, 4 * self.eta * costs)
        if not self.flush:
            return gain
        return max(amounts, gain if smallest <= 4 * self.eta else 0)


def split(factors):
    small, big = mpf(1), mpf(1)
    for x in factors:
        small, big = small * min(1, abs(x)), big * max(1, abs(x))
    return small, big


def total_of(values):
    return sum(values, mpf(0))


def half_tolerances(case, exact, al):
    u, F = al.u, al.F
    positions = lanes(case["logits"]["shape"], case["axis"])
    xs = tensor(case["logits"])
    states = [Lane([xs[i] for i in lane]) for lane in positions]
    dy = [mpf(v) for v in tensor(case["cotangent"])] if "cotangent" in case else None
    operation, forward = case["operation"], case["direction"] == "forward"
    out = [None] * len(exact)
    if operation == "crossEntropy":
        half_loss_tolerances(case, al, positions, states, dy, exact, out)
        return out
    for number, (lane, s) in enumerate(zip(positions, states)):
        n = len(lane)
        if s.special or not n:
            continue
        if operation == "logSumExp" and forward:
            before = al.log_of_log(s)
            out[number] = before + u * (abs(exact[number]) + before) + F
            continue
        d = [] if dy is None or operation == "logSumExp" else [dy[i] for i in lane]
        for j, i in enumerate(lane):
            p, lost = s.p[j], al.lost_share(s, j)
            if isinstance(exact[i], str):
                continue
            if forward:
                out[i] = (by_share(p, lambda: al.direct(s, j)) if operation == "softmax" else al.log_error(s, j)) + F
            elif operation == "softmax":
                D = total_of(a * b for a, b in zip(s.p, d))
                of_dot = total_of(by_share(s.p[k] * abs(d[k]), lambda: al.direct(s, k, al.c(n) + 3)) for k in range(n))
                of_dot += n * F + total_of(al.lost_share(s, k) * abs(d[k]) for k in range(n))
                own = by_share(p, lambda: al.direct(s, j, 3))
                out[i] = (own + lost) * abs(d[j] - D) + (p + own + lost) * of_dot + 2 * F
            elif operation == "logSoftmax":
                T, size = abs(total_of(d)), total_of(abs(v) for v in d)
                own = by_share(p, lambda: al.via_log(s, j, 1))
                of_sum = (p + own + lost) * expm1(al.c(n) * u) * size
                out[i] = u * (abs(exact[i]) + own * T + of_sum) + own * T + of_sum + lost * T + (p + own + lost) * n * F + 2 * F
            else:
                out[i] = abs(dy[number]) * (by_share(p, lambda: al.via_log(s, j, 1)) + lost) + F
    return out


def half_loss_tolerances(case, al, positions, states, dy, exact, out):
    u, F = al.u, al.F
    option, direction = case["loss"], case["direction"]
    target = tensor(option["target"])
    is_index = option["target"]["format"] == "int32"
    eps = mpf(option["labelSmoothing"])
    kappa = 3 if eps > 0 else 0
    kept = [n for n in range(len(positions)) if not (is_index and target[n] == option.get("ignoreIndex"))]
    C = len(positions[0]) if positions else 0
    w = [mpf(v) for v in tensor(option["weight"])] if "weight" in option else [mpf(1)] * C
    mean, none = option["reduction"] == "mean", option["reduction"] == "none"
    den = (total_of(w[target[n]] for n in kept) if is_index else mpf(len(positions))) if mean else mpf(1)
    if den == 0:
        return
    tiny = total_of(min(w[target[n]], F) for n in kept if w[target[n]] <= al.below) if mean and is_index else mpf(0)
    of_weights = (tiny / (den - tiny) if tiny < den else INF) if "weight" in option else mpf(0)
    of_D = u * al.c(len(kept)) if mean and is_index else mpf(0)
    of_D = -log(1 - of_D) if of_D < 1 else mpf(INF)

    class Position:
        def __init__(self, n):
            self.t = [mpf(int(target[n] == k)) if is_index else mpf(target[i]) for k, i in enumerate(positions[n])]
            self.A = [w[k] * ((1 - eps) * abs(v) + eps / C) for k, v in enumerate(self.t)]
            self.T = total_of(w[k] * ((1 - eps) * v + eps / C) for k, v in enumerate(self.t))
            self.pieces = []
            for k, v in enumerate(self.t):
                net = abs((1 - eps) * v + eps / C) if v < 0 and eps > 0 else 0
                self.pieces.append([x for x in ((1 - eps) * abs(v), eps / C, net) if x != 0] if w[k] != 0 else [])
            self.has_signs = self.T < (1 - mpf(2) ** -30) * total_of(self.A)

    worked = {n: Position(n) for n in kept}
    if direction == "forward":
        of_products = expm1(u * (al.c(C) + 2 + kappa))
        over = mpf(0) if none else u * al.c(len(kept))
        last = expm1(over + (2 * u + of_D if mean else 0))
        for g, group in enumerate([[n] for n in range(len(positions))] if none else [kept]):
            if isinstance(exact[g], str) or (none and g not in kept):
                continue
            error = size = lost = largest = mpf(0)
            for n in group:
                s, at = states[n], worked[n]
                for k, A in enumerate(at.A):
                    if A == 0:
                        continue
                    ell = abs(s.logp[k])
                    error += A * (al.log_error(s, k) * (1 + of_products) + ell * of_products)
                    size += A * ell
                    lost += al.lost([[1 / den, w[k], x, ell] for x in at.pieces[k]])
                    largest = max([largest] + [split([1 / den, w[k], x, ell])[0] for x in at.pieces[k][:2]])
                    if len(at.pieces[k]) == 3:
                        small, big = split([1 / den, w[k], at.pieces[k][2], ell])
                        cost = F * max(1, 1 / den) * max(1, w[k]) * max(1, ell)
                        if cost * small / F <= cost + kappa * u * A * ell / den:
                            lost += min(cost, A * ell / den)
            count = C * (1 if none else len(kept))
            if any(at.has_signs for at in worked.values()) and largest <= count * F / u:
                lost += count * F * max(1, 1 / den)
            out[g] = (error + last * (size + error) + size * of_weights) / den + lost + F
        return
    for n in kept:
        s, at = states[n], worked[n]
        dy_n = abs(dy[n] if none else dy[0])
        k, scale = dy_n / den, [dy_n, 1 / den]
        cost, A = F * max(1, dy_n) * max(1, 1 / den), total_of(at.A)
        products = [[scale + [w[c], x] for x in of_class] for c, of_class in enumerate(at.pieces)]
        every = [product for of_class in products for product in of_class]
        largest = max([mpf(0)] + [split(product)[0] for product in every])
        for c, i in enumerate(positions[n]):
            if s.special or isinstance(exact[i], str):
                continue
            if direction == "targetBackward":
                v = (1 - eps) * w[c]
                if k * v == 0:
                    out[i] = F
                    continue
                six, ell = expm1(6 * u), abs(s.logp[c])
                out[i] = k * v * (al.log_error(s, c) * (1 + six) + six * ell) + al.lost([scale + [1 - eps, w[c], ell]]) + F
                continue
            grown = by_share(s.p[c], lambda: al.via_log(s, c, 1))
            before = k * grown * abs(at.T) + k * (s.p[c] + grown) * A * expm1(u * (al.c(C) + 2 + kappa))
            before += k * at.A[c] * expm1(u * (2 + kappa))
            before += expm1(u * (4 if mean else 2) + of_D) * (abs(exact[i]) + before)
            p = al.held(s, c)
            lost = al.lost(products[c]) + (al.lost_with(p, every) if p else mpf(0))
            if at.has_signs and largest <= C * F / u:
                lost += s.p[c] * C * cost
            if at.has_signs and s.p[c] * largest <= F / u:
                lost += min(cost, k * s.p[c] * A)
            of_difference = cost * (max(1, w[target[n]]) if is_index and eps == 0 else 1)
            if abs(exact[i]) <= of_difference + before:
                lost += min(of_difference, k * s.p[c] * abs(at.T) + k * at.A[c])
            out[i] = before + lost + 2 * F + abs(exact[i]) * of_weights


class OfLoss(Allowance):
    """B_j without F: what of an input is flushed is in E."""

    def log_error(self, s, j):
        return super().log_error(s, j) - self.floor


def fused(case, naive, flush):
    """float32's allowance; where halves are flushed as they are read and written, their floor."""
    al = (OfLoss if case["operation"] == "crossEntropy" else Allowance)("float32", naive)
    if flush:
        N = mpf(2) ** -14
        al.floor, al.eta = 2 * N, mpf(2) ** -24
        al.flushed = al.floor * (1 + mpf(2) ** -16)
        al.E += 2 * N / al.u
    return al


def entry(case):
    fmt = case.pop("half")
    exact = answer(case)
    bounds = {}
    for flush in (False, True) if fmt == "float16" else (False,):
        for name in ("careful", "naive"):
            end = name + (" flushed" if flush else "")
            bounds["fused " + end] = tolerances(case, exact, fused(case, name == "naive", flush))
            for level in ("composed", "storage"):
                bounds["%s %s" % (level, end)] = half_tolerances(case, exact, Half(fmt, level, name == "naive", flush))
    rounded = {name: [None if v is None else float("%.9g" % float(v)) for v in bound] for name, bound in bounds.items()}
    return {"half": fmt, "case": case, "answer": [parts(v) for v in exact], "tolerances": rounded}


if __name__ == "__main__":
    lines = [json.dumps(entry(case)) for case in json.load(open(sys.argv[1]))]
    sys.stdout.write("[\n%s\n]\n" % ",\n".join(lines).replace("Infinity", "1e999"))
