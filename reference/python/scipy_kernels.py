"""SciPy under logitfuzz: scipy.special, as it is."""

import numpy as np
import scipy
from scipy import special

version = scipy.__version__
supports = {'formats': ['float32', 'float64', 'float16']}  # of bfloat16 logsumexp makes float64
policy = {'positive_infinity': 'ieee'}
# Each array on the way is stored in the dtype of x (scipy/special/_logsumexp.py), and NumPy adds.
arithmetic = {'halves': 'composed'}


def softmax(x, axis=-1):
    return np.asarray(special.softmax(x, axis=axis))


def log_softmax(x, axis=-1):
    return np.asarray(special.log_softmax(x, axis=axis))


def log_sum_exp(x, axis=-1):
    return np.asarray(special.logsumexp(x, axis=axis))
