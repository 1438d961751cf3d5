package process

import (
	"fmt"
	"os"
	"runtime"
	"strings"
)

// Machine describes the computer in one line: processor, cores, memory, kernel.
func Machine() string {
	model := read("/proc/cpuinfo", "model name", runtime.GOARCH)
	memory := "memory unknown"
	if info, err := os.ReadFile("/proc/meminfo"); err == nil {
		if total, err := parseKiB(info, "MemTotal"); err == nil {
			memory = fmt.Sprintf("%.0f GiB", float64(total)/(1<<30))
		}
	}
	kernel, _ := os.ReadFile("/proc/sys/kernel/osrelease") // empty if it cannot be read
	return fmt.Sprintf("%s, %d cores, %s, Linux %s", model, runtime.NumCPU(), memory, strings.TrimSpace(string(kernel)))
}

// read returns one field of a file, or the fallback if there is none.
func read(path, name, fallback string) string {
	file, err := os.ReadFile(path)
	if err != nil {
		return fallback
	}
	if value, ok := field(string(file), name); ok {
		return value
	}
	return fallback
}
