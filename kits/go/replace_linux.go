package logitfuzzkit

import (
	"os"
	"syscall"
)

// replace makes a descriptor a duplicate of another. Not every architecture of Linux has dup2.
func replace(descriptor, by int) error {
	return os.NewSyscallError("dup3", syscall.Dup3(by, descriptor, 0))
}
