"""Softmax along any axis, and the cross-entropy of token ids along the last one, in NumPy."""

import numpy as np

name = "token-losses"

# What the functions below do not take is not asked of them.
supports = {"rank": [1, 4], "cross_entropy": {"target": ["indices"]}, "empty": "none"}


def log_softmax(x, axis=-1):
    # The maximum goes first, so that exp never overflows; and the logarithm is of the sum, never of a share.
    shifted = x - x.max(axis=axis, keepdims=True)
    return shifted - np.log(np.exp(shifted).sum(axis=axis, keepdims=True))


def softmax(x, axis=-1):
    exponentials = np.exp(x - x.max(axis=axis, keepdims=True))
    return exponentials / exponentials.sum(axis=axis, keepdims=True)


def softmax_backward(x, dy, axis=-1):
    s = softmax(x.astype(np.float64), axis)
    dy = dy.astype(np.float64)
    return (s * (dy - (s * dy).sum(axis=axis, keepdims=True))).astype(x.dtype)


def cross_entropy(logits, target, axis=-1, reduction="mean"):
    log_p = log_softmax(logits.astype(np.float64), axis)
    index = np.expand_dims(target, axis if axis < 0 else axis - logits.ndim)
    losses = -np.take_along_axis(log_p, index, axis=axis).squeeze(axis)
    return np.asarray(reduced(losses, reduction), dtype=logits.dtype)


def cross_entropy_backward(logits, target, dy, axis=-1, reduction="mean"):
    p = softmax(logits.astype(np.float64), axis)
    index = np.expand_dims(target, axis if axis < 0 else axis - logits.ndim)
    one_hot = np.zeros_like(p)
    np.put_along_axis(one_hot, index, 1.0, axis=axis)
    k = np.broadcast_to(dy.astype(np.float64), target.shape)
    if reduction == "mean":
        k = k / target.size
    gradient = np.expand_dims(k, axis if axis < 0 else axis - logits.ndim) * (p - one_hot)
    return gradient.astype(logits.dtype)


def reduced(losses, reduction):
    if reduction == "none":
        return losses
    return losses.sum() if reduction == "sum" else losses.mean()
