// Package logitfuzzkit lets logitfuzz judge kernels that are written in Go: it speaks the protocol lfz/1 of
// docs/protocol.md on the standard streams of the process. A program fills a Subject and serves it:
//
//	func main() {
//		err := logitfuzzkit.Serve(&logitfuzzkit.Subject{
//			Name:    "my-kernels",
//			Float32: logitfuzzkit.Kernels[float32]{Softmax: softmax[float32]},
//			Float64: logitfuzzkit.Kernels[float64]{Softmax: softmax[float64]},
//		})
//		if err != nil {
//			log.Fatal(err)
//		}
//	}
//
// and is judged by
//
//	logitfuzz fuzz --subject cmd:./my-program
//
// A go.mod finds the package where npm has put it:
//
//	require logitfuzz-kit v0.0.0
//	replace logitfuzz-kit => ./node_modules/logitfuzz/kits/go
//
// What each kernel has to compute is in docs/contract.md. A kernel declines a case by an error that wraps
// [errors.ErrUnsupported]; any other error, and a panic, counts as throwing. Whatever it prints on its
// standard output is noticed and reported, and never gets between the answers; but nothing can be done about
// what is printed before Serve is called, by an init function for example.
//
// The package needs the descriptors of Unix and does not build on Windows.
package logitfuzzkit

// Float is the type of the elements of a float32 or a float64 tensor.
type Float interface{ float32 | float64 }

// Tensor is dense and row-major. The shape of a scalar is empty, and it has one element.
type Tensor[T Float | int32] struct {
	Shape []int
	Data  []T
}

// Target is what the logits are compared with. Exactly one of its fields is not nil.
type Target[T Float] struct {
	Classes       *Tensor[int32] // of the logits' shape without the class axis
	Probabilities *Tensor[T]     // of the logits' shape
}

// Reduction says how the losses of the positions become the result.
type Reduction uint8

// The numbers of the protocol.
const (
	Mean Reduction = iota
	Sum
	None
)

// Options are those of the three cross-entropy kernels. There are no defaults to apply: Serve fills in every
// field.
type Options[T Float] struct {
	Axis           int // as the caller writes it: from -rank to rank-1 where the call is valid
	Reduction      Reduction
	LabelSmoothing float64
	Weight         *Tensor[T] // nil where each class counts 1
	IgnoreIndex    *int32     // nil where no position is ignored
}

// Kernels are the functions to judge, for one format. Those that are nil are not asked.
//
// The arguments of a call belong to it alone, but it must not write to them, and its result must not share
// memory with their data. A shape may be handed on.
type Kernels[T Float] struct {
	Softmax            func(x Tensor[T], axis int) (Tensor[T], error)
	SoftmaxBackward    func(x, dy Tensor[T], axis int) (Tensor[T], error)
	LogSoftmax         func(x Tensor[T], axis int) (Tensor[T], error)
	LogSoftmaxBackward func(x, dy Tensor[T], axis int) (Tensor[T], error)
	LogSumExp          func(x Tensor[T], axis int) (Tensor[T], error)
	LogSumExpBackward  func(x, dy Tensor[T], axis int) (Tensor[T], error)

	CrossEntropy func(logits Tensor[T], target Target[T], options Options[T]) (Tensor[T], error)
	// CrossEntropyBackward returns the gradient with respect to the logits.
	CrossEntropyBackward func(logits Tensor[T], target Target[T], dy Tensor[T], options Options[T]) (Tensor[T], error)
	// CrossEntropyTargetBackward returns the gradient with respect to the target, which holds probabilities.
	CrossEntropyTargetBackward func(logits Tensor[T], target Target[T], dy Tensor[T], options Options[T]) (Tensor[T], error)
}

// The kernels by the numbers of the protocol.
const (
	kernelSoftmax = iota
	kernelSoftmaxBackward
	kernelLogSoftmax
	kernelLogSoftmaxBackward
	kernelLogSumExp
	kernelLogSumExpBackward
	kernelCrossEntropy
	kernelCrossEntropyBackward
	kernelCrossEntropyTargetBackward
)

var kernelNames = [...]string{
	kernelSoftmax:                    "softmax",
	kernelSoftmaxBackward:            "softmaxBackward",
	kernelLogSoftmax:                 "logSoftmax",
	kernelLogSoftmaxBackward:         "logSoftmaxBackward",
	kernelLogSumExp:                  "logSumExp",
	kernelLogSumExpBackward:          "logSumExpBackward",
	kernelCrossEntropy:               "crossEntropy",
	kernelCrossEntropyBackward:       "crossEntropyBackward",
	kernelCrossEntropyTargetBackward: "crossEntropyTargetBackward",
}

// filled says of each kernel, by its number, whether it is there.
func (k *Kernels[T]) filled() [len(kernelNames)]bool {
	return [...]bool{
		kernelSoftmax:                    k.Softmax != nil,
		kernelSoftmaxBackward:            k.SoftmaxBackward != nil,
		kernelLogSoftmax:                 k.LogSoftmax != nil,
		kernelLogSoftmaxBackward:         k.LogSoftmaxBackward != nil,
		kernelLogSumExp:                  k.LogSumExp != nil,
		kernelLogSumExpBackward:          k.LogSumExpBackward != nil,
		kernelCrossEntropy:               k.CrossEntropy != nil,
		kernelCrossEntropyBackward:       k.CrossEntropyBackward != nil,
		kernelCrossEntropyTargetBackward: k.CrossEntropyTargetBackward != nil,
	}
}

func (k *Kernels[T]) has(kernel uint8) bool {
	if kernel == kernelEcho {
		return offersEcho()
	}
	return int(kernel) < len(kernelNames) && k.filled()[kernel]
}

// Subject is what is judged. Only one of its kernels has to be there.
type Subject struct {
	// Float32 and Float64 hold the kernels. Where one of them is empty, the other format alone is drawn.
	Float32 Kernels[float32]
	Float64 Kernels[float64]

	// Name and Version stand in reports, and so does Engine: the library that computes, with its version.
	Name, Version, Engine string

	// Supports restricts what is asked, by the keys of docs/contract.md, for example
	//
	//	map[string]any{"axis": "last", "crossEntropy": map[string]any{"weight": false}}
	//
	// Its formats follow from the kernels, where it does not name them.
	Supports map[string]any

	// Arithmetic says where an exp or a log is known to be off by more than 1 ULP.
	Arithmetic Arithmetic

	// Refuses says that every kernel returns an error, or panics, on invalid arguments; it is then asked to.
	Refuses bool

	// Policy names conventions that differ from those of the contract, by the keys of docs/protocol.md.
	Policy map[string]string

	// Flush, if it is there, is called after each kernel, and has to write out what a library of another
	// language holds back of its standard output: fflush(NULL) for C. What Go prints is never held back.
	Flush func()
}

// Arithmetic is the export of this name of docs/contract.md. What is 0 is not declared.
type Arithmetic struct {
	ExpUlps           float64 `json:"expUlps,omitempty"`
	LogUlps           float64 `json:"logUlps,omitempty"`
	FlushesSubnormals bool    `json:"flushesSubnormals,omitempty"`
}
