//go:build !linux

package connections

import "syscall"

// BoundBuffers is for Linux.
func BoundBuffers(_, _ string, _ syscall.RawConn) error { return nil }
