package logitfuzzkit

import (
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"slices"
)

// kernelEcho is a kernel of the kit's own, by which `logitfuzz doctor` sees whether it keeps to the protocol.
const kernelEcho = 255

// offersEcho says whether that kernel is there: only where doctor started the process.
func offersEcho() bool { return os.Getenv("LOGITFUZZ_CONFORMANCE") == "1" }

// echo returns a copy of its input. The number that stands for ignoreIndex says what it does before.
func echo[T Float](x Tensor[T], todo int32) (Tensor[T], error) {
	result := Tensor[T]{x.Shape, slices.Clone(x.Data)}
	switch todo {
	case 1:
		return Tensor[T]{}, fmt.Errorf("asked to decline: %w", errors.ErrUnsupported)
	case 2:
		panic("asked to panic")
	case 3:
		fmt.Println("asked to print")
	case 4:
		if _, err := os.Stdout.Write([]byte("asked to write")); err != nil {
			return Tensor[T]{}, err
		}
	case 5:
		fmt.Print("asked to print without the end of a line") // nothing in Go keeps a buffer of this
	case 6:
		child := exec.Command("echo", "asked to have a child that prints")
		child.Stdout = os.Stdout
		return result, child.Run()
	case 7:
		if len(x.Data) > 0 {
			x.Data[0]++
		}
	case 8:
		return x, nil
	case 9:
		return Tensor[T]{Shape: []int{-1}}, nil
	case 10:
		input, err := io.ReadAll(os.Stdin)
		if err == nil && len(input) > 0 {
			err = fmt.Errorf("there is standard input: %.20q", input)
		}
		return result, err
	}
	return result, nil
}
