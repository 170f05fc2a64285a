"""
JAX under logitfuzz: jax.nn and jax.vjp on the CPU. Lanes become the rows of a matrix, and rows are filled up to a
few counts, since JAX compiles a function for each shape. Classes are never filled up.
"""

import os

os.environ.setdefault('JAX_PLATFORMS', 'cpu')

import jax  # noqa: E402
import numpy as np  # noqa: E402

jax.config.update('jax_enable_x64', True)

version = jax.__version__
engine = 'XLA, CPU'
policy = {'positive_infinity': 'ieee'}
# jax.nn is composed of jax.numpy's operators (jax/_src/nn/functions.py), whose arrays have the dtype of x. Reductions
# are in float32, `_upcast_f16` of jax/_src/numpy/reductions.py, and are stored in that dtype.
arithmetic = {'halves': 'composed'}
kernels = [
    'softmax', 'softmax_backward', 'log_softmax', 'log_softmax_backward', 'log_sum_exp', 'log_sum_exp_backward',
]  # fmt: skip

forwards = {'softmax': jax.nn.softmax, 'logSoftmax': jax.nn.log_softmax, 'logSumExp': jax.nn.logsumexp}


def compiled(forward):
    def along(x):
        return forward(x, axis=-1)

    return jax.jit(along), jax.jit(lambda x, dy: jax.vjp(along, x)[1](dy)[0])


compiled_functions = {name: compiled(forward) for name, forward in forwards.items()}


def run_many(cases):
    """Cases of one kernel, format and width are rows of one matrix."""
    groups = {}
    for place, case in enumerate(cases):
        width = case.x.shape[case.lane_axis] if case.x.ndim else 1
        groups.setdefault((case.kernel, case.format, width), []).append(place)
    answers = [None] * len(cases)
    for (kernel, _, width), places in groups.items():
        operation = kernel.removesuffix('Backward')
        is_backward = operation != kernel
        has_lanes = operation == 'logSumExp'
        forward, backward = compiled_functions[operation]
        rows = [rows_of(cases[place], cases[place].x, width) for place in places]
        x = filled(rows)
        if is_backward:
            dy = [
                cases[place].dy.reshape(-1) if has_lanes else rows_of(cases[place], cases[place].dy, width)
                for place in places
            ]
            result = np.asarray(backward(x, filled(dy)))
        else:
            result = np.asarray(forward(x))
        first = 0
        for place, own in zip(places, rows):
            part = result[first : first + len(own)]
            first += len(own)
            answers[place] = from_rows(cases[place], part, has_lanes and not is_backward)
    return answers


def rows_of(case, array, width):
    if array.ndim == 0:
        return array.reshape(1, 1)
    return np.moveaxis(array, case.lane_axis, -1).reshape(lanes_of(case), width)


def lanes_of(case):
    count = 1
    for place, size in enumerate(case.x.shape):
        if place != case.lane_axis:
            count *= size
    return count


def filled(parts):
    """The rows one below the other, and rows of 0 up to 8, 64, 512, …."""
    have = sum(len(part) for part in parts)
    count = 8
    while count < have:
        count *= 8
    if count == 8 and have <= 1 and parts[0].size > 100000:
        count = 1
    return np.concatenate([*parts, np.zeros((count - have, *parts[0].shape[1:]), parts[0].dtype)])


def from_rows(case, rows, is_lanes):
    shape = case.x.shape
    if not shape:
        return rows.reshape(()).copy()
    outer = shape[: case.lane_axis] + shape[case.lane_axis + 1 :]
    if is_lanes:
        return rows.reshape(outer).copy()
    return np.ascontiguousarray(np.moveaxis(rows.reshape(*outer, shape[case.lane_axis]), -1, case.lane_axis))
