"""The kernels that logitfuzz judges: functions over NumPy arrays. Replace the bodies by calls to yours."""

import numpy as np

name = 'my-kernels'


def softmax(x, axis=-1):
    """The result has the format of x, and shares no memory with it."""
    with np.errstate(all='ignore'):  # NaN and infinities are asked too, and are in the contract
        powers = np.exp(x - x.max(axis=axis, keepdims=True, initial=-np.inf))
        return powers / total(powers, axis)


def softmax_backward(x, dy, axis=-1):
    """The gradient with respect to x, given the one with respect to the result."""
    p = softmax(x, axis)
    with np.errstate(all='ignore'):
        return p * (dy - total(p * dy, axis))


def total(values, axis):
    """The sums along an axis, which stays. NumPy adds in pairs along the last axis alone; elsewhere one by one, where a
    rounding for each term would add up in a wide lane."""
    if values.ndim == 0:
        return values
    lanes = np.ascontiguousarray(np.moveaxis(values, axis, -1))
    return np.expand_dims(lanes.sum(axis=-1), axis)


# The others: log_softmax, log_softmax_backward, log_sum_exp, log_sum_exp_backward, cross_entropy,
# cross_entropy_backward, cross_entropy_target_backward. What the kernels do not take is not drawn where `supports`
# says so, as in supports = {'formats': ['float32'], 'axis': 'last'}; a single case is declined by NotImplementedError.
# With 'float16' or 'bfloat16' among the formats, arrays of numpy.float16 and ml_dtypes.bfloat16 are handed over, too.
