package server

import (
	"io/fs"
	"math"
	"path"
	"runtime/debug"
	"slices"
	"strconv"
	"strings"

	"github.com/rs/zerolog"

	"vidchat/internal/config"
)

// limitShare is how much of the container's memory the Go runtime may use. The
// rest is for what it does not count, such as the kernel's buffers of sockets.
const limitShare = 0.9

// boundMemory keeps the process within its container: garbage is collected more
// often before memory runs out.
func boundMemory(c config.Config, system fs.FS, log zerolog.Logger) {
	source := "GOMEMLIMIT"
	if !c.MemoryLimitSet {
		source = "container"
		if limit, ok := containerLimit(system); ok {
			debug.SetMemoryLimit(int64(limitShare * float64(limit)))
		}
	}
	if limit := debug.SetMemoryLimit(-1); limit < math.MaxInt64 {
		log.Info().Int64("bytes", limit).Str("source", source).Msg("memory is limited")
	}
}

// containerLimit is the least memory limit of the control groups that the
// process is in, in bytes. It knows versions 1 and 2 (cgroups(7)).
func containerLimit(system fs.FS) (limit int64, ok bool) {
	groups, err := fs.ReadFile(system, "proc/self/cgroup")
	if err != nil {
		return 0, false // no Linux, or no control groups
	}
	limit = math.MaxInt64
	for line := range strings.Lines(string(groups)) {
		fields := strings.SplitN(strings.TrimSpace(line), ":", 3) // hierarchy, controllers, group
		switch {
		case len(fields) < 3:
		case fields[0] == "0" && fields[1] == "":
			limit = min(limit, leastLimit(system, "sys/fs/cgroup", fields[2], "memory.max"))
		case slices.Contains(strings.Split(fields[1], ","), "memory"):
			limit = min(limit, leastLimit(system, "sys/fs/cgroup/memory", fields[2], "memory.limit_in_bytes"))
		}
	}
	return limit, limit < unlimited
}

// unlimited is less than what version 1 has for no limit, and more than any
// machine's memory.
const unlimited = 1 << 60

// leastLimit is the least limit of a group and those above it. Inside a
// container, only the topmost may be there, and is the container's own.
func leastLimit(system fs.FS, mount, group, file string) int64 {
	limit := int64(math.MaxInt64)
	for dir := path.Join(mount, path.Clean("/"+group)); len(dir) >= len(mount); dir = path.Dir(dir) {
		text, err := fs.ReadFile(system, path.Join(dir, file))
		if err != nil {
			continue
		}
		if bytes, err := strconv.ParseInt(strings.TrimSpace(string(text)), 10, 64); err == nil { // it may be "max"
			limit = min(limit, bytes)
		}
	}
	return limit
}
