"""NumPy under logitfuzz. NumPy has no softmax: these are the textbook's formulas, which its users write."""

import numpy as np

version = np.__version__
# Each array on the way is stored in the dtype of x. np.sum adds halves in float32 where it adds in pairs, along the
# fastest axis (HALF_pairwise_sum of numpy/_core/src/umath/loops_utils.h.src); what it does elsewhere is no level of its
# own, and is told in docs/divergences/numpy.md.
arithmetic = {'halves': 'composed'}


def log_sum_exp(x, axis=-1):
    """Not np.logaddexp.reduce, which rounds after each element: its error grows with the width."""
    if x.ndim == 0:
        return log_sum_exp(x[None], axis=0)
    largest = np.max(x, axis=axis, keepdims=True, initial=-np.inf)
    largest = np.where(np.isfinite(largest), largest, x.dtype.type(0))
    sums = np.sum(np.exp(x - largest), axis=axis, keepdims=True)
    return np.squeeze(np.log(sums) + largest, axis=axis)


def softmax(x, axis=-1):
    if x.ndim == 0:
        return softmax(x[None]).reshape(())
    exps = np.exp(x - np.max(x, axis=axis, keepdims=True, initial=-np.inf))
    return exps / np.sum(exps, axis=axis, keepdims=True)


def log_softmax(x, axis=-1):
    if x.ndim == 0:
        return log_softmax(x[None]).reshape(())
    shifted = x - np.max(x, axis=axis, keepdims=True, initial=-np.inf)
    return shifted - np.log(np.sum(np.exp(shifted), axis=axis, keepdims=True))
