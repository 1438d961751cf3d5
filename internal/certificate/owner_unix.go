//go:build unix

package certificate

import (
	"io/fs"
	"os"
	"syscall"
)

// ownedByThisUser reports whether a file belongs to the user of this process.
func ownedByThisUser(info fs.FileInfo) bool {
	stat, ok := info.Sys().(*syscall.Stat_t)
	return !ok || int(stat.Uid) == os.Geteuid()
}
