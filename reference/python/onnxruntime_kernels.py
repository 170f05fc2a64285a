"""ONNX Runtime under logitfuzz: ONNX's operators on its CPU provider, one thread."""

import onnxruntime
from onnx_models import Kernels

version = onnxruntime.__version__
engine = 'CPUExecutionProvider'
supports = {
    'formats': ['float32', 'float64', 'float16'],  # of bfloat16 the CPU provider has none of these operators
    'rank': [1, 6],
    'cross_entropy': {'target': ['indices'], 'label_smoothing': False},
}
policy = {'zero_times_infinity': 'ieee', 'positive_infinity': 'ieee'}
# The provider has no kernels of float16: it puts casts around those of float32
# (onnxruntime/core/optimizer/insert_cast_transformer.cc). Where it takes the function body that ONNX has for an
# operator, as for the loss, the results of its nodes are stored in float16.
arithmetic = {'halves': 'composed'}

sessions = {}


def run(model, feeds):
    session = sessions.get(id(model))
    if session is None:
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        options.log_severity_level = 3
        session = onnxruntime.InferenceSession(model.SerializeToString(), options, providers=['CPUExecutionProvider'])
        sessions[id(model)] = session
    return session.run(None, feeds)[0]


operators = Kernels(run)
softmax = operators.softmax
log_softmax = operators.log_softmax
log_sum_exp = operators.log_sum_exp
cross_entropy = operators.cross_entropy
