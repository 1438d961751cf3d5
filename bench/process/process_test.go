//go:build linux

package process

import (
	"os"
	"runtime"
	"strings"
	"testing"
	"time"
)

func TestParseCPU(t *testing.T) {
	tests := map[string]struct {
		stat string
		want time.Duration
		fail bool
	}{
		"plain":    {stat: "12 (node) S 1 2 3 4 5 6 7 8 9 10 250 50 0 0 20", want: 3 * time.Second},
		"odd name": {stat: "12 (a) b (c 1 2) S 1 2 3 4 5 6 7 8 9 10 1 2 0 0 20", want: 30 * time.Millisecond},
		"short":    {stat: "12 (node) S 1 2 3", fail: true},
		"no utime": {stat: "12 (node) S 1 2 3 4 5 6 7 8 9 10 x 50 0", fail: true},
		"no stime": {stat: "12 (node) S 1 2 3 4 5 6 7 8 9 10 50 x 0", fail: true},
		"empty":    {fail: true},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			got, err := parseCPU([]byte(test.stat))
			if got != test.want || (err != nil) != test.fail {
				t.Errorf("got %v, %v", got, err)
			}
		})
	}
}

func TestParseKiB(t *testing.T) {
	tests := map[string]struct {
		file string
		want int64
		fail bool
	}{
		"status":  {file: "Name:\tnode\nVmHWM:\t   20 kB\nVmRSS:\t   10 kB\n", want: 10240},
		"missing": {file: "VmHWM:\t   20 kB\n", fail: true},
		"broken":  {file: "VmRSS:\t many kB\n", fail: true},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			got, err := parseKiB([]byte(test.file), "VmRSS")
			if got != test.want || (err != nil) != test.fail {
				t.Errorf("got %v, %v", got, err)
			}
		})
	}
}

// The test process itself uses a known minimum of CPU time and memory.
func TestOwnProcess(t *testing.T) {
	block := make([]byte, 64<<20)
	before, err := CPU(os.Getpid())
	if err != nil {
		t.Fatal(err)
	}
	for i, began := 0, time.Now(); time.Since(began) < 100*time.Millisecond; i++ {
		block[i*4096%len(block)]++
	}
	after, err := CPU(os.Getpid())
	if err != nil || after <= before {
		t.Errorf("CPU time went from %v to %v (%v)", before, after, err)
	}
	for i := 0; i < len(block); i += 4096 {
		block[i]++
	}
	resident, err := Resident(os.Getpid())
	if err != nil || resident < int64(len(block)) {
		t.Errorf("%d bytes are resident (%v)", resident, err)
	}
	runtime.KeepAlive(block)
}

func TestNoSuchProcess(t *testing.T) {
	const none = 1 << 30
	if _, err := CPU(none); err == nil {
		t.Error("a process that does not exist used CPU time")
	}
	if _, err := Resident(none); err == nil {
		t.Error("a process that does not exist has memory")
	}
}

func TestMachine(t *testing.T) {
	if got := Machine(); !strings.Contains(got, "cores") || strings.Contains(got, "unknown") || strings.ContainsRune(got, '\n') {
		t.Errorf("got %q", got)
	}
}
