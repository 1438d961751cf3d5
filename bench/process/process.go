// Package process reads the CPU time and memory of a process from /proc on Linux.
package process

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"
	"time"
)

// tick is the unit of CPU times in /proc. USER_HZ is 100 on every architecture
// that Go supports.
const tick = time.Second / 100

// CPU returns the user and system time of all threads of a process, with a
// resolution of 10 ms.
func CPU(pid int) (time.Duration, error) {
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return 0, err
	}
	return parseCPU(stat)
}

// Resident returns the resident memory of a process in bytes.
func Resident(pid int) (int64, error) {
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		return 0, err
	}
	return parseKiB(status, "VmRSS")
}

var errFormat = errors.New("/proc: unknown format")

// parseCPU adds utime and stime, fields 14 and 15 of proc_pid_stat(5). The
// process name before them may contain spaces and parentheses.
func parseCPU(stat []byte) (time.Duration, error) {
	const first, utime, stime = 3, 14, 15
	_, rest, found := bytes.Cut(stat[bytes.LastIndexByte(stat, ')')+1:], []byte(" "))
	fields := strings.Fields(string(rest))
	if !found || len(fields) <= stime-first {
		return 0, errFormat
	}
	user, err := strconv.ParseInt(fields[utime-first], 10, 64)
	if err != nil {
		return 0, errFormat
	}
	system, err := strconv.ParseInt(fields[stime-first], 10, 64)
	if err != nil {
		return 0, errFormat
	}
	return time.Duration(user+system) * tick, nil
}

// parseKiB finds a line such as "VmRSS:	  1234 kB" and returns its value in bytes.
func parseKiB(file []byte, name string) (int64, error) {
	value, ok := field(string(file), name)
	if !ok {
		return 0, fmt.Errorf("%w: no %s", errFormat, name)
	}
	n, err := strconv.ParseInt(strings.TrimSuffix(value, " kB"), 10, 64)
	if err != nil {
		return 0, fmt.Errorf("%w: %s is %q", errFormat, name, value)
	}
	return n << 10, nil
}

// field returns the first value with this name in a file of "name: value" lines.
func field(file, name string) (string, bool) {
	for line := range strings.Lines(file) {
		key, value, _ := strings.Cut(line, ":")
		if strings.TrimSpace(key) == name {
			return strings.TrimSpace(value), true
		}
	}
	return "", false
}
