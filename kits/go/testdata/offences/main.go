// Each kernel of this subject does one thing that a kernel must not do.
package main

import (
	"errors"
	"fmt"
	"log"
	"slices"

	logitfuzzkit "logitfuzz-kit"
)

type tensor = logitfuzzkit.Tensor[float64]

func main() {
	fresh := func(x tensor) tensor { return tensor{Shape: x.Shape, Data: slices.Clone(x.Data)} }
	err := logitfuzzkit.Serve(&logitfuzzkit.Subject{
		Name:     "offences",
		Supports: map[string]any{"rank": []int{1, 2}, "empty": "none", "axis": "last", "maxElements": 64},
		Float64: logitfuzzkit.Kernels[float64]{
			Softmax: func(x tensor, _ int) (tensor, error) {
				fmt.Println("softmax of", len(x.Data), "numbers")
				return fresh(x), nil
			},
			SoftmaxBackward: func(x, dy tensor, _ int) (tensor, error) {
				dy.Data[0] = -dy.Data[0]
				return fresh(x), nil
			},
			LogSoftmax: func(x tensor, _ int) (tensor, error) {
				return x, nil
			},
			LogSoftmaxBackward: func(x, _ tensor, _ int) (tensor, error) {
				return tensor{Shape: x.Shape}, nil
			},
			LogSumExp: func(x tensor, _ int) (tensor, error) {
				return tensor{Shape: []int{}, Data: []float64{x.Data[len(x.Data)]}}, nil
			},
			LogSumExpBackward: func(tensor, tensor, int) (tensor, error) {
				return tensor{}, fmt.Errorf("no gradients here: %w", errors.ErrUnsupported)
			},
		},
	})
	if err != nil {
		log.Fatal(err)
	}
}
