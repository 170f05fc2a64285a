package main

import (
	"fmt"
	"math"
	"slices"

	logitfuzzkit "logitfuzz-kit"
)

// layout says where the lanes of a tensor lie: element j of lane i is at start(i) + j*stride.
type layout struct {
	shape   []int // of the tensor without the axis
	lanes   int
	classes int
	stride  int
}

// layOut returns an error where the axis is not within the shape.
func layOut(shape []int, axis int) (layout, error) {
	rank := max(len(shape), 1) // a scalar is one lane of one class
	if axis < -rank || axis >= rank {
		return layout{}, fmt.Errorf("axis %d is not within [%d, %d]", axis, -rank, rank-1)
	}
	if len(shape) == 0 {
		return layout{shape: []int{}, lanes: 1, classes: 1, stride: 1}, nil
	}
	if axis < 0 {
		axis += rank
	}
	without := slices.Concat(shape[:axis], shape[axis+1:])
	return layout{without, product(without), shape[axis], product(shape[axis+1:])}, nil
}

func (l layout) start(lane int) int {
	return lane/l.stride*l.stride*l.classes + lane%l.stride
}

func product(shape []int) int {
	result := 1
	for _, n := range shape {
		result *= n
	}
	return result
}

// gather copies a lane of a tensor into the values, as float64.
func gather[T logitfuzzkit.Float](l layout, lane int, data []T, values []float64) {
	for j, at := 0, l.start(lane); j < l.classes; j, at = j+1, at+l.stride {
		values[j] = float64(data[at])
	}
}

// scatter rounds the values to the format and writes them to a lane of a tensor.
func scatter[T logitfuzzkit.Float](l layout, lane int, data []T, values []float64) {
	for j, at := 0, l.start(lane); j < l.classes; j, at = j+1, at+l.stride {
		data[at] = T(values[j])
	}
}

// A lane is what the kernels need of the logits of one lane.
type lane struct {
	shifted []float64 // x - max x
	p       []float64 // the softmax
	max     float64
	logSum  float64 // log Σ e^(x - max x)
}

func newLane(classes int) *lane {
	return &lane{shifted: make([]float64, classes), p: make([]float64, classes)}
}

// read works out a lane. NaN, +∞ and a lane of -∞ alone make every p and every log p NaN by themselves, since
// ∞ - ∞ is.
func (l *lane) read(x []float64) {
	l.max = math.Inf(-1)
	first := 0 // the place of the maximum
	for j, value := range x {
		if value > l.max {
			l.max, first = value, j
		}
	}
	// The maximum's own e^0 = 1 is left out of the sum, so that log1p does not lose what is small beside it.
	var others accumulator
	for j, value := range x {
		l.shifted[j] = value - l.max
		l.p[j] = math.Exp(l.shifted[j])
		if j != first {
			others.add(l.p[j])
		}
	}
	rest := others.total()
	if len(x) > 0 {
		rest += l.p[first] - 1 // 0, or NaN
	}
	l.logSum = math.Log1p(rest)
	for j := range l.p {
		l.p[j] /= 1 + rest
	}
}

func (l *lane) logP(class int) float64 { return l.shifted[class] - l.logSum }

// logSumExp is defined where p is not: +∞ for a lane with +∞ in it, unless there is a NaN, and -∞ for one of
// -∞ alone.
func (l *lane) logSumExp(x []float64) float64 {
	switch {
	case slices.ContainsFunc(x, math.IsNaN):
		return math.NaN()
	case math.IsInf(l.max, 0): // so it is for a lane of no classes
		return l.max
	}
	return l.max + l.logSum
}

// accumulator is a sum that keeps what each addition loses: wide lanes in float64 would lose too much of it.
type accumulator struct{ sum, lost float64 }

func (a *accumulator) add(value float64) {
	sum := a.sum + value
	if math.Abs(a.sum) >= math.Abs(value) {
		a.lost += a.sum - sum + value
	} else {
		a.lost += value - sum + a.sum
	}
	a.sum = sum
}

func (a *accumulator) total() float64 {
	if math.IsInf(a.sum, 0) {
		return a.sum // nothing is lost of it, but ∞ - ∞ was found to be NaN
	}
	return a.sum + a.lost
}

func dot(a, b []float64) float64 {
	var sum accumulator
	for j := range a {
		sum.add(a[j] * b[j])
	}
	return sum.total()
}
