//go:build unix && !linux

package logitfuzzkit

import (
	"os"
	"syscall"
)

// replace makes a descriptor a duplicate of another.
func replace(descriptor, by int) error {
	return os.NewSyscallError("dup2", syscall.Dup2(by, descriptor))
}
