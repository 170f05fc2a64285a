"""The loop that people write instead of a harness: hypothesis draws, NumPy in float64 answers, allclose judges.

`logitfuzz bench --sections outside --subject kernels.py` times it beside itself, on the softmax of that
module. By hand: KERNELS=kernels.py CASES=1000 python -m pytest -q test_softmax.py
"""

import importlib.util
import os
import time

import numpy as np
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

spec = importlib.util.spec_from_file_location("kernels", os.environ["KERNELS"])
kernels = importlib.util.module_from_spec(spec)
spec.loader.exec_module(kernels)

# A case of about 40 elements, as a person would draw one: of moderate numbers, along the last axis.
logits = arrays.arrays(
    dtype=np.float32,
    shape=st.tuples(st.integers(1, 8), st.integers(1, 16)),
    elements=st.floats(-100, 100, width=32),
)
cases = {"count": 0, "elements": 0, "seconds": 0.0}


def expected(x):
    e = np.exp(x.astype(np.float64) - x.max(axis=-1, keepdims=True))
    return e / e.sum(axis=-1, keepdims=True)


@settings(
    max_examples=int(os.environ.get("CASES", "1000")),
    deadline=None,
    database=None,
    suppress_health_check=list(HealthCheck),
)
@given(logits)
def check(x):
    cases["count"] += 1
    cases["elements"] += x.size
    np.testing.assert_allclose(np.asarray(kernels.softmax(x, axis=-1)), expected(x), rtol=1e-5, atol=1e-6)


def test_softmax():
    start = time.perf_counter()
    check()
    cases["seconds"] = time.perf_counter() - start
    with open(os.environ.get("RATE", os.devnull), "w") as file:
        file.write(f"{cases['count']} {cases['elements']} {cases['seconds']}\n")
