"""ONNX's own reference evaluator under logitfuzz: what the standard says, in NumPy."""

import onnx
from onnx.reference import ReferenceEvaluator
from onnx_models import Kernels

version = onnx.__version__
engine = 'onnx.reference'
supports = {'rank': [1, 6], 'cross_entropy': {'target': ['indices'], 'label_smoothing': False}}
policy = {'zero_times_infinity': 'ieee', 'positive_infinity': 'ieee'}
# Each array on the way is stored in the dtype of x (onnx/reference/ops/op_softmax.py), and NumPy adds.
arithmetic = {'halves': 'composed'}

evaluators = {}


def run(model, feeds):
    evaluator = evaluators.get(id(model))
    if evaluator is None:
        evaluator = evaluators[id(model)] = ReferenceEvaluator(model)
    return evaluator.run(None, feeds)[0]


operators = Kernels(run)
softmax = operators.softmax
log_softmax = operators.log_softmax
log_sum_exp = operators.log_sum_exp
cross_entropy = operators.cross_entropy
