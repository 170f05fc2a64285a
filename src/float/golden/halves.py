"""What NumPy and ml_dtypes say of all patterns of 16 bits, and of what lies between them, as digests.

    parts/venv/bin/python src/float/golden/halves.py > src/float/golden/halves.json

values: the float64 of each finite or infinite pattern, in the order of the patterns, little-endian; SHA-256.
float64: the patterns that the following float64 round to: for each two neighbouring finite magnitudes, and for the largest finite
    and the power of two above it, their midpoint, and the float64 on both sides of it; then the same with the other sign.
float32: the same with the float32 on both sides of the midpoint. ml_dtypes takes float64 by way of float32, and so rounds it twice
    (1 + 2^-8 + 2^-40 comes to 1): of bfloat16 there is no word on float64.
"""

import hashlib
import json

import ml_dtypes
import numpy as np


def digest(array):
    return hashlib.sha256(array.astype(array.dtype.newbyteorder("<")).tobytes()).hexdigest()


def midpoints(values, wider):
    finite = np.sort(values[np.isfinite(values) & ~np.signbit(values)])
    ends = np.append(finite, 2 * finite[-1] - finite[-2])
    middle = ((ends[:-1] + ends[1:]) / 2).astype(wider)  # exact: one bit more
    around = np.stack([np.nextafter(middle, -wider(np.inf)), middle, np.nextafter(middle, wider(np.inf))], 1).ravel()
    return np.concatenate([around, -around])


np.seterr(all="ignore")
result = {}
for name, dtype in (("float16", np.float16), ("bfloat16", ml_dtypes.bfloat16)):
    values = np.arange(65536).astype(np.uint16).view(dtype).astype(np.float64)
    words = {"values": digest(values[~np.isnan(values)])}
    for wider in (np.float64, np.float32) if name == "float16" else (np.float32,):
        inputs = midpoints(values, wider)
        words[wider.__name__] = digest(inputs.astype(dtype).view(np.uint16))
        words["count"] = len(inputs)
    result[name] = words
print(json.dumps(result, indent=2))
