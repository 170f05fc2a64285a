package main

import logitfuzzkit "logitfuzz-kit"

// byLane makes a tensor of x's shape: each of its lanes is what the function writes over dy's lane. Where the
// kernel has no dy, nil stands for it, and the function writes over zeros.
func byLane[T logitfuzzkit.Float](
	x logitfuzzkit.Tensor[T], dy []T, axis int, write func(l *lane, out []float64),
) (logitfuzzkit.Tensor[T], error) {
	layout, err := layOut(x.Shape, axis)
	if err != nil {
		return logitfuzzkit.Tensor[T]{}, err
	}
	result := make([]T, len(x.Data))
	values, out, lane := make([]float64, layout.classes), make([]float64, layout.classes), newLane(layout.classes)
	for i := range layout.lanes {
		gather(layout, i, x.Data, values)
		if dy != nil {
			gather(layout, i, dy, out)
		}
		lane.read(values)
		write(lane, out)
		scatter(layout, i, result, out)
	}
	return logitfuzzkit.Tensor[T]{Shape: x.Shape, Data: result}, nil
}

func softmax[T logitfuzzkit.Float](x logitfuzzkit.Tensor[T], axis int) (logitfuzzkit.Tensor[T], error) {
	return byLane(x, nil, axis, func(l *lane, out []float64) { copy(out, l.p) })
}

// softmaxBackward is p_j * (dy_j - Σ p_i dy_i).
func softmaxBackward[T logitfuzzkit.Float](x, dy logitfuzzkit.Tensor[T], axis int) (logitfuzzkit.Tensor[T], error) {
	return byLane(x, dy.Data, axis, func(l *lane, out []float64) {
		mean := dot(l.p, out)
		for j := range out {
			out[j] = l.p[j] * (out[j] - mean)
		}
	})
}

func logSoftmax[T logitfuzzkit.Float](x logitfuzzkit.Tensor[T], axis int) (logitfuzzkit.Tensor[T], error) {
	return byLane(x, nil, axis, func(l *lane, out []float64) {
		for j := range out {
			out[j] = l.logP(j)
		}
	})
}

// logSoftmaxBackward is dy_j - p_j * Σ dy_i.
func logSoftmaxBackward[T logitfuzzkit.Float](x, dy logitfuzzkit.Tensor[T], axis int) (logitfuzzkit.Tensor[T], error) {
	return byLane(x, dy.Data, axis, func(l *lane, out []float64) {
		var sum accumulator
		for _, value := range out {
			sum.add(value)
		}
		total := sum.total()
		for j := range out {
			out[j] -= l.p[j] * total
		}
	})
}

func logSumExp[T logitfuzzkit.Float](x logitfuzzkit.Tensor[T], axis int) (logitfuzzkit.Tensor[T], error) {
	layout, err := layOut(x.Shape, axis)
	if err != nil {
		return logitfuzzkit.Tensor[T]{}, err
	}
	result := make([]T, layout.lanes)
	values, lane := make([]float64, layout.classes), newLane(layout.classes)
	for i := range result {
		gather(layout, i, x.Data, values)
		lane.read(values)
		result[i] = T(lane.logSumExp(values))
	}
	return logitfuzzkit.Tensor[T]{Shape: layout.shape, Data: result}, nil
}

// logSumExpBackward is dy * p_j, with one dy for each lane.
func logSumExpBackward[T logitfuzzkit.Float](x, dy logitfuzzkit.Tensor[T], axis int) (logitfuzzkit.Tensor[T], error) {
	i := 0 // byLane goes through the lanes in the order of dy
	return byLane(x, nil, axis, func(l *lane, out []float64) {
		for j := range out {
			out[j] = float64(dy.Data[i]) * l.p[j]
		}
		i++
	})
}
