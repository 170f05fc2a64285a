// The example is a subject for logitfuzz: every kernel of docs/contract.md, computed in float64 and rounded
// to the format at the end.
//
//	go build -o example ./example
//	logitfuzz fuzz --subject cmd:./example
package main

import (
	"log"

	logitfuzzkit "logitfuzz-kit"
)

func main() {
	err := logitfuzzkit.Serve(&logitfuzzkit.Subject{
		Name:    "go-example",
		Version: "1.0.0",
		Float32: kernels[float32](),
		Float64: kernels[float64](),
		Refuses: true,
	})
	if err != nil {
		log.Fatal(err)
	}
}

func kernels[T logitfuzzkit.Float]() logitfuzzkit.Kernels[T] {
	return logitfuzzkit.Kernels[T]{
		Softmax:                    softmax[T],
		SoftmaxBackward:            softmaxBackward[T],
		LogSoftmax:                 logSoftmax[T],
		LogSoftmaxBackward:         logSoftmaxBackward[T],
		LogSumExp:                  logSumExp[T],
		LogSumExpBackward:          logSumExpBackward[T],
		CrossEntropy:               crossEntropy[T],
		CrossEntropyBackward:       crossEntropyBackward[T],
		CrossEntropyTargetBackward: crossEntropyTargetBackward[T],
	}
}
