//go:build !linux

package connections

import "syscall"

// BoundUnsent is for Linux.
func BoundUnsent(_, _ string, _ syscall.RawConn) error { return nil }
