"""SciPy under logitfuzz: scipy.special, as it is."""

import numpy as np
import scipy
from scipy import special

version = scipy.__version__
policy = {'positive_infinity': 'ieee'}


def softmax(x, axis=-1):
    return np.asarray(special.softmax(x, axis=axis))


def log_softmax(x, axis=-1):
    return np.asarray(special.log_softmax(x, axis=axis))


def log_sum_exp(x, axis=-1):
    return np.asarray(special.logsumexp(x, axis=axis))
