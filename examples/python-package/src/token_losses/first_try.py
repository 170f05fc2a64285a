"""How the loss was written first: the logarithm of a probability, which float32 has rounded to 0."""

import numpy as np

name = "token-losses-first-try"
supports = {"rank": [1, 4], "empty": "none"}


def softmax(x, axis=-1):
    exponentials = np.exp(x - x.max(axis=axis, keepdims=True))
    return exponentials / exponentials.sum(axis=axis, keepdims=True)


def log_softmax(x, axis=-1):
    return np.log(softmax(x, axis))
