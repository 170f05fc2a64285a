package main

import (
	"errors"
	"fmt"
	"math"

	logitfuzzkit "logitfuzz-kit"
)

// A loss is a valid call of a cross-entropy kernel, and walks through its positions.
type loss[T logitfuzzkit.Float] struct {
	layout
	logits  logitfuzzkit.Tensor[T]
	target  logitfuzzkit.Target[T]
	options logitfuzzkit.Options[T]

	// These are those of the position that was read last.
	lane   *lane
	logit  []float64
	share  []float64 // t', the smoothed target
	weight []float64 // the same at each position
}

func newLoss[T logitfuzzkit.Float](
	logits logitfuzzkit.Tensor[T], target logitfuzzkit.Target[T], options logitfuzzkit.Options[T],
) (*loss[T], error) {
	layout, err := layOut(logits.Shape, options.Axis)
	if err != nil {
		return nil, err
	}
	if !(options.LabelSmoothing >= 0 && options.LabelSmoothing <= 1) {
		return nil, fmt.Errorf("labelSmoothing is %v, not within [0, 1]", options.LabelSmoothing)
	}
	l := &loss[T]{
		layout: layout, logits: logits, target: target, options: options,
		lane:   newLane(layout.classes),
		logit:  make([]float64, layout.classes),
		share:  make([]float64, layout.classes),
		weight: make([]float64, layout.classes),
	}
	for c := range l.weight {
		l.weight[c] = 1
		if options.Weight != nil {
			l.weight[c] = float64(options.Weight.Data[c])
		}
		if !(l.weight[c] >= 0 && l.weight[c] <= math.MaxFloat64) {
			return nil, fmt.Errorf("weight[%d] is %v, not finite and at least 0", c, l.weight[c])
		}
	}
	if target.Probabilities != nil && options.IgnoreIndex != nil {
		return nil, errors.New("ignoreIndex is for class indices only")
	}
	if target.Classes != nil {
		for i, class := range target.Classes.Data {
			if !l.ignored(i) && (class < 0 || int(class) >= layout.classes) {
				return nil, fmt.Errorf("target[%d] is the class %d, not within [0, %d)", i, class, layout.classes)
			}
		}
	}
	return l, nil
}

func (l *loss[T]) ignored(position int) bool {
	return l.options.IgnoreIndex != nil && l.target.Classes.Data[position] == *l.options.IgnoreIndex
}

// read reads a position that is not ignored.
func (l *loss[T]) read(position int) {
	gather(l.layout, position, l.logits.Data, l.logit)
	l.lane.read(l.logit)
	if l.target.Probabilities != nil {
		gather(l.layout, position, l.target.Probabilities.Data, l.share)
	} else {
		clear(l.share)
		l.share[l.target.Classes.Data[position]] = 1
	}
	if smoothing := l.options.LabelSmoothing; smoothing > 0 {
		for c := range l.share {
			l.share[c] = (1-smoothing)*l.share[c] + smoothing/float64(l.classes)
		}
	}
}

// divisor is what the sum of the losses is divided by: D where the reduction is the mean, NaN for a D of 0,
// and else 1.
func (l *loss[T]) divisor() float64 {
	if l.options.Reduction != logitfuzzkit.Mean {
		return 1
	}
	divisor := float64(l.lanes)
	if l.target.Classes != nil {
		var weights accumulator
		for i, class := range l.target.Classes.Data {
			if !l.ignored(i) {
				weights.add(l.weight[class])
			}
		}
		divisor = weights.total()
	}
	if divisor == 0 {
		return math.NaN()
	}
	return divisor
}

// dyAt is the upstream gradient of a position's loss, before it is divided.
func (l *loss[T]) dyAt(dy logitfuzzkit.Tensor[T], position int) float64 {
	if l.options.Reduction == logitfuzzkit.None {
		return float64(dy.Data[position])
	}
	return float64(dy.Data[0])
}

// timesLogP multiplies a log-probability by factors, of which a single 0 outweighs -∞, but not NaN. The
// logarithm comes first, so that a product of small factors cannot become such a 0.
func timesLogP(logP float64, factors ...float64) float64 {
	product := logP
	for _, factor := range factors {
		if factor == 0 && math.IsInf(logP, -1) {
			return 0
		}
		product *= factor
	}
	return product
}

func crossEntropy[T logitfuzzkit.Float](
	logits logitfuzzkit.Tensor[T], target logitfuzzkit.Target[T], options logitfuzzkit.Options[T],
) (logitfuzzkit.Tensor[T], error) {
	l, err := newLoss(logits, target, options)
	if err != nil {
		return logitfuzzkit.Tensor[T]{}, err
	}
	each := make([]T, l.lanes)
	var sum accumulator
	for i := range each {
		if l.ignored(i) {
			continue
		}
		l.read(i)
		var position accumulator
		for c, share := range l.share {
			position.add(-timesLogP(l.lane.logP(c), share, l.weight[c]))
		}
		each[i] = T(position.total())
		sum.add(position.total())
	}
	if options.Reduction == logitfuzzkit.None {
		return logitfuzzkit.Tensor[T]{Shape: l.shape, Data: each}, nil
	}
	return logitfuzzkit.Tensor[T]{Shape: []int{}, Data: []T{T(sum.total() / l.divisor())}}, nil
}

// crossEntropyBackward is k * (p_j * Σ w_c t'_c - w_j t'_j).
func crossEntropyBackward[T logitfuzzkit.Float](
	logits logitfuzzkit.Tensor[T], target logitfuzzkit.Target[T], dy logitfuzzkit.Tensor[T],
	options logitfuzzkit.Options[T],
) (logitfuzzkit.Tensor[T], error) {
	l, err := newLoss(logits, target, options)
	if err != nil {
		return logitfuzzkit.Tensor[T]{}, err
	}
	result := make([]T, len(logits.Data))
	out := make([]float64, l.classes)
	divisor := l.divisor()
	for i := range l.lanes {
		if l.ignored(i) {
			continue
		}
		l.read(i)
		k := l.dyAt(dy, i) / divisor
		sum := dot(l.weight, l.share)
		for j := range out {
			out[j] = k * (l.lane.p[j]*sum - l.weight[j]*l.share[j])
		}
		scatter(l.layout, i, result, out)
	}
	return logitfuzzkit.Tensor[T]{Shape: logits.Shape, Data: result}, nil
}

// crossEntropyTargetBackward is -k * (1 - ε) * w_j * log p_j.
func crossEntropyTargetBackward[T logitfuzzkit.Float](
	logits logitfuzzkit.Tensor[T], target logitfuzzkit.Target[T], dy logitfuzzkit.Tensor[T],
	options logitfuzzkit.Options[T],
) (logitfuzzkit.Tensor[T], error) {
	l, err := newLoss(logits, target, options)
	if err != nil {
		return logitfuzzkit.Tensor[T]{}, err
	}
	if target.Probabilities == nil {
		return logitfuzzkit.Tensor[T]{}, errors.New("class indices have no gradient")
	}
	result := make([]T, len(logits.Data))
	out := make([]float64, l.classes)
	divisor := l.divisor()
	for i := range l.lanes {
		l.read(i)
		for j := range out {
			out[j] = -timesLogP(l.lane.logP(j), 1-options.LabelSmoothing, l.weight[j], l.dyAt(dy, i)) / divisor
		}
		scatter(l.layout, i, result, out)
	}
	return logitfuzzkit.Tensor[T]{Shape: logits.Shape, Data: result}, nil
}
