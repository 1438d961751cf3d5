//go:build unix

package check

import "syscall"

// descriptorLimit is how many files this process may have open. The Go runtime has
// raised it as far as it may.
func descriptorLimit() (uint64, error) {
	var limit syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &limit); err != nil {
		return 0, err
	}
	return uint64(limit.Cur), nil //nolint:unconvert // it is signed on some systems
}
