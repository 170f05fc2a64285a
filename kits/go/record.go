package logitfuzzkit

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"unsafe"
)

const (
	formatFloat32 = 0
	formatFloat64 = 1
)

// The flags of a record.
const (
	flagDy = 1 << iota
	flagClasses
	flagProbabilities
	flagWeight
	flagIgnoreIndex
)

const recordHeaderBytes = 32

// field is a tensor as it lies in a record.
type field struct {
	there bool
	shape []int
	bytes []byte
}

// record is a case as it was sent. Its bytes are those of the frame: they hold only until the next one is
// read.
type record struct {
	kernel, format, flags uint8
	reduction             Reduction
	axis                  int
	labelSmoothing        float64
	ignoreIndex           int32

	logits, target, dy, weight field
}

var errShort = errors.New("it is shorter than what it has to hold")

// parseRecord reads the record that the bytes begin with, and returns its length. Of a kernel or a format
// that is not known it reads no tensors, whose shapes would not be known either.
func parseRecord(bytes []byte) (*record, int, error) {
	if len(bytes) < recordHeaderBytes {
		return nil, 0, errShort
	}
	length := order.Uint32(bytes)
	if length < recordHeaderBytes || length%8 != 0 || uint64(length) > uint64(len(bytes)) {
		return nil, 0, fmt.Errorf("its length of %d bytes is not right", length)
	}
	bytes = bytes[:length]
	r := &record{
		kernel:         bytes[4],
		format:         bytes[5],
		reduction:      Reduction(bytes[6]),
		flags:          bytes[7],
		axis:           int(int32(order.Uint32(bytes[8:]))),
		labelSmoothing: math.Float64frombits(order.Uint64(bytes[16:])),
		ignoreIndex:    int32(order.Uint32(bytes[24:])),
	}
	// The form of the call, at 28, is for languages in which an argument can be left out.
	if int(r.kernel) >= len(kernelNames) && r.kernel != kernelEcho || r.format > formatFloat64 {
		return r, int(length), nil
	}
	err := r.parseTensors(bytes[recordHeaderBytes:], order.Uint32(bytes[12:]), int(order.Uint16(bytes[30:])))
	return r, int(length), err
}

func (r *record) parseTensors(rest []byte, rank uint32, lane int) error {
	dimensionBytes := pad(4 * uint64(rank))
	if dimensionBytes > uint64(len(rest)) {
		return errShort
	}
	dimensions := make([]int, rank)
	for i := range dimensions {
		dimensions[i] = int(order.Uint32(rest[4*i:]))
	}
	rest = rest[dimensionBytes:]

	// A scalar is one lane of one class.
	lanes, classes := []int{}, 1
	if rank > 0 {
		if lane >= len(dimensions) {
			return fmt.Errorf("its lane axis %d is not within its rank %d", lane, rank)
		}
		lanes, classes = slices.Concat(dimensions[:lane], dimensions[lane+1:]), dimensions[lane]
	}
	r.logits = field{there: true, shape: dimensions}
	r.target = field{there: r.flags&(flagClasses|flagProbabilities) != 0, shape: dimensions}
	if r.flags&flagClasses != 0 {
		r.target.shape = lanes
	}
	r.dy = field{there: r.flags&flagDy != 0, shape: dimensions}
	if r.kernel >= kernelCrossEntropy && r.reduction != None {
		r.dy.shape = []int{}
	} else if r.kernel >= kernelLogSumExp {
		r.dy.shape = lanes
	}
	r.weight = field{there: r.flags&flagWeight != 0, shape: []int{classes}}

	for _, f := range []*field{&r.logits, &r.target, &r.dy, &r.weight} {
		if !f.there {
			continue
		}
		width := uint64(4)
		if r.format == formatFloat64 && !(f == &r.target && r.flags&flagClasses != 0) {
			width = 8
		}
		size, ok := elements(f.shape)
		if !ok || pad(size*width) > uint64(len(rest)) {
			return errShort
		}
		f.bytes = rest[:size*width]
		rest = rest[pad(size*width):]
	}
	if len(rest) != 0 {
		return fmt.Errorf("it has %d bytes too many", len(rest))
	}
	return nil
}

// pad rounds up to a multiple of 8.
func pad(bytes uint64) uint64 { return (bytes + 7) &^ 7 }

// elements counts the elements of a shape, if it is one, and they fit into a frame.
func elements(shape []int) (uint64, bool) {
	if slices.ContainsFunc(shape, func(n int) bool { return n < 0 || n > math.MaxUint32 }) {
		return 0, false
	}
	if slices.Contains(shape, 0) {
		return 0, true
	}
	size := uint64(1)
	for _, n := range shape {
		if size *= uint64(n); size > maxFrameBytes {
			return 0, false
		}
	}
	return size, true
}

// arguments are what a kernel gets: memory of its own, with no room behind it that an append could fill.
type arguments[T Float] struct {
	logits, dy Tensor[T]
	target     Target[T]
	options    Options[T]
}

func newArguments[T Float](r *record) *arguments[T] {
	a := &arguments[T]{logits: decode[T](r.logits)}
	a.options = Options[T]{Axis: r.axis, Reduction: r.reduction, LabelSmoothing: r.labelSmoothing}
	if r.dy.there {
		a.dy = decode[T](r.dy)
	}
	if r.flags&flagClasses != 0 {
		classes := decode[int32](r.target)
		a.target.Classes = &classes
	} else if r.flags&flagProbabilities != 0 {
		probabilities := decode[T](r.target)
		a.target.Probabilities = &probabilities
	}
	if r.weight.there {
		weight := decode[T](r.weight)
		a.options.Weight = &weight
	}
	if r.flags&flagIgnoreIndex != 0 {
		index := r.ignoreIndex
		a.options.IgnoreIndex = &index
	}
	return a
}

func decode[T Float | int32](f field) Tensor[T] {
	size, _ := elements(f.shape)
	tensor := Tensor[T]{Shape: append(make([]int, 0, len(f.shape)), f.shape...), Data: make([]T, size)}
	switch data := any(tensor.Data).(type) {
	case []float32:
		for i := range data {
			data[i] = math.Float32frombits(order.Uint32(f.bytes[4*i:]))
		}
	case []float64:
		for i := range data {
			data[i] = math.Float64frombits(order.Uint64(f.bytes[8*i:]))
		}
	case []int32:
		for i := range data {
			data[i] = int32(order.Uint32(f.bytes[4*i:]))
		}
	}
	return tensor
}

// written names an argument that no longer holds what the record says.
func (a *arguments[T]) written(r *record) string {
	switch {
	case !holds(a.logits, r.logits):
		return "logits"
	case r.dy.there && !holds(a.dy, r.dy):
		return "dy"
	case a.target.Classes != nil && !holds(*a.target.Classes, r.target):
		return "target"
	case a.target.Probabilities != nil && !holds(*a.target.Probabilities, r.target):
		return "target"
	case a.options.Weight != nil && !holds(*a.options.Weight, r.weight):
		return "weight"
	case a.options.IgnoreIndex != nil && *a.options.IgnoreIndex != r.ignoreIndex:
		return "ignoreIndex"
	}
	return ""
}

// holds compares a tensor with what it was made from: -0 and +0 differ, NaNs do not.
func holds[T Float | int32](tensor Tensor[T], f field) bool {
	was := decode[T](f)
	if !slices.Equal(tensor.Shape, was.Shape) || len(tensor.Data) != len(was.Data) {
		return false
	}
	for i, value := range tensor.Data {
		old := was.Data[i]
		if value != old && (value == value || old == old) { // only NaN is not equal to itself
			return false
		}
		if value == 0 && math.Signbit(float64(value)) != math.Signbit(float64(old)) {
			return false
		}
	}
	return true
}

// aliased names an argument whose memory a result shares.
func (a *arguments[T]) aliased(result []T) string {
	switch {
	case overlap(result, a.logits.Data):
		return "logits"
	case overlap(result, a.dy.Data):
		return "dy"
	case a.target.Classes != nil && overlap(result, a.target.Classes.Data):
		return "target"
	case a.target.Probabilities != nil && overlap(result, a.target.Probabilities.Data):
		return "target"
	case a.options.Weight != nil && overlap(result, a.options.Weight.Data):
		return "weight"
	}
	return ""
}

func overlap[A, B any](a []A, b []B) bool {
	if len(a) == 0 || len(b) == 0 {
		return false
	}
	startA, startB := uintptr(unsafe.Pointer(&a[0])), uintptr(unsafe.Pointer(&b[0]))
	return startA < startB+uintptr(len(b))*unsafe.Sizeof(b[0]) && startB < startA+uintptr(len(a))*unsafe.Sizeof(a[0])
}
