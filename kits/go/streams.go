//go:build unix

package logitfuzzkit

import (
	"os"
	"syscall"
)

// streams are the standard streams as the process got them, and what has taken the place of its standard
// output.
type streams struct {
	in, out  *os.File
	captured *os.File // nil where there is no file to be had: then what is printed goes to the standard error
}

// takeStreams duplicates descriptors 0 and 1 for the protocol. Kernels, and the libraries that they call,
// find the null device and a file in their place.
func takeStreams() (*streams, error) {
	in, err := duplicate(0, "requests")
	if err != nil {
		return nil, err
	}
	out, err := duplicate(1, "answers")
	if err != nil {
		return nil, err
	}
	null, err := os.Open(os.DevNull)
	if err != nil {
		return nil, err
	}
	defer null.Close()
	if err := replace(0, int(null.Fd())); err != nil {
		return nil, err
	}
	captured, err := openCapture()
	if err != nil {
		return &streams{in, out, nil}, replace(1, 2)
	}
	return &streams{in, out, captured}, replace(1, int(captured.Fd()))
}

func duplicate(descriptor int, name string) (*os.File, error) {
	copied, err := syscall.Dup(descriptor)
	if err != nil {
		return nil, os.NewSyscallError("dup", err)
	}
	syscall.CloseOnExec(copied)
	return os.NewFile(uintptr(copied), name), nil
}

// openCapture makes a file that has no name any more, for appending.
func openCapture() (*os.File, error) {
	made, err := os.CreateTemp("", "logitfuzz-printed-")
	if err != nil {
		return nil, err
	}
	defer os.Remove(made.Name())
	defer made.Close()
	return os.OpenFile(made.Name(), os.O_RDWR|os.O_APPEND, 0)
}

// printed returns the beginning of what has come to the standard output, and empties it.
func (s *streams) printed() string {
	if s.captured == nil {
		return ""
	}
	info, err := s.captured.Stat()
	if err != nil || info.Size() == 0 {
		return ""
	}
	beginning := make([]byte, min(info.Size(), 400)) // 80 characters have at most 320 bytes
	n, _ := s.captured.ReadAt(beginning, 0)
	if err := s.captured.Truncate(0); err != nil {
		panic(err) // whatever follows would be blamed for this
	}
	return string(beginning[:n])
}
