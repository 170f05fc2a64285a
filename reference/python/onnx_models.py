"""Models of one operator, made in memory for whoever runs ONNX, and asked in NumPy's arrays. Runs none itself."""

from functools import lru_cache

import numpy as np
from onnx import TensorProto, helper

OPSET = 18
TYPES = {
    'f': TensorProto.FLOAT,
    'd': TensorProto.DOUBLE,
    'e': TensorProto.FLOAT16,
    'E': TensorProto.BFLOAT16,  # ml_dtypes.bfloat16
}


@lru_cache(maxsize=None)
def model_of(op, kind, rank, axis, options=()):
    """A model whose only node is the operator, over inputs of that rank with symbolic sizes."""
    attributes = dict(options)
    inputs = [info('x', kind, rank)]
    if op == 'ReduceLogSumExp':
        attributes['keepdims'] = 0
        inputs.append(helper.make_tensor_value_info('axes', TensorProto.INT64, [1]))
        result = rank - 1
    elif op == 'SoftmaxCrossEntropyLoss':
        inputs.append(helper.make_tensor_value_info('labels', TensorProto.INT64, names('l', rank - 1)))
        if attributes.pop('weighted'):
            inputs.append(info('weights', kind, 1))
        result = rank - 1 if attributes['reduction'] == 'none' else 0
    else:
        attributes['axis'] = axis
        result = rank
    node = helper.make_node(op, [one.name for one in inputs], ['y'], **attributes)
    graph = helper.make_graph([node], 'one', inputs, [info('y', kind, result)])
    return helper.make_model(graph, opset_imports=[helper.make_opsetid('', OPSET)], ir_version=8)


def info(name, kind, rank):
    return helper.make_tensor_value_info(name, TYPES[kind], names(name, rank))


def names(prefix, rank):
    return [prefix + str(place) for place in range(rank)]


class Kernels:
    """The operators as kernels, over `run(model, feeds)`, which answers with one array."""

    def __init__(self, run):
        self.run = run

    def softmax(self, x, axis=-1):
        return self.along('Softmax', x, axis)

    def log_softmax(self, x, axis=-1):
        return self.along('LogSoftmax', x, axis)

    def along(self, op, x, axis):
        return self.run(model_of(op, x.dtype.char, x.ndim, axis), {'x': x})

    def log_sum_exp(self, x, axis=-1):
        model = model_of('ReduceLogSumExp', x.dtype.char, x.ndim, None)
        return self.run(model, {'x': x, 'axes': np.array([axis], np.int64)})

    def cross_entropy(self, logits, target, axis=-1, reduction='mean', weight=None, ignore_index=None):
        """The classes are ONNX's axis 1, behind a batch: that of the caller is brought there."""
        scores, labels = logits, target.astype(np.int64)
        if logits.ndim == 1:
            scores, labels = logits[None], labels[None]
        else:
            scores = np.ascontiguousarray(np.moveaxis(logits, axis, 1))
        options = [('reduction', reduction), ('weighted', weight is not None)]
        if ignore_index is not None:
            options.append(('ignore_index', ignore_index))
        model = model_of('SoftmaxCrossEntropyLoss', logits.dtype.char, scores.ndim, None, tuple(options))
        feeds = {'x': scores, 'labels': labels}
        if weight is not None:
            feeds['weights'] = weight
        result = np.asarray(self.run(model, feeds))
        return result.reshape(target.shape) if reduction == 'none' and logits.ndim == 1 else result
