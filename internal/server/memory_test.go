package server

import (
	"bytes"
	"runtime/debug"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/rs/zerolog"

	"vidchat/internal/config"
)

func TestMemoryIsLimitedByTheContainer(t *testing.T) {
	before := debug.SetMemoryLimit(-1)
	defer debug.SetMemoryLimit(before)
	container := fstest.MapFS{
		"proc/self/cgroup":         {Data: []byte("0::/\n")},
		"sys/fs/cgroup/memory.max": {Data: []byte("1000000000000\n")},
	}
	for _, tt := range []struct {
		name string
		set  bool // GOMEMLIMIT
		want int64
		log  string
	}{
		{"by the operator", true, 2_000_000_000_000, `"bytes":2000000000000,"source":"GOMEMLIMIT"`},
		{"by the container", false, 900_000_000_000, `"bytes":900000000000,"source":"container"`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			debug.SetMemoryLimit(2_000_000_000_000) // as the runtime does for GOMEMLIMIT
			var log bytes.Buffer
			boundMemory(config.Config{MemoryLimitSet: tt.set}, container, zerolog.New(&log))
			if got := debug.SetMemoryLimit(-1); got != tt.want {
				t.Errorf("the limit is %d, want %d", got, tt.want)
			}
			if !strings.Contains(log.String(), tt.log) {
				t.Errorf("the log has no %s: %s", tt.log, &log)
			}
		})
	}
}

func TestContainerLimit(t *testing.T) {
	const mib = 1 << 20
	for _, tt := range []struct {
		name  string
		files map[string]string
		want  int64 // 0 is none
	}{
		{"no Linux", nil, 0},
		{"version 2", map[string]string{
			"proc/self/cgroup":         "0::/\n",
			"sys/fs/cgroup/memory.max": "536870912\n",
		}, 512 * mib},
		{"version 2, no limit", map[string]string{
			"proc/self/cgroup":         "0::/\n",
			"sys/fs/cgroup/memory.max": "max\n",
		}, 0},
		{"version 2, outside a container", map[string]string{
			"proc/self/cgroup": "0::/system.slice/vidchat.service\n",
			"sys/fs/cgroup/system.slice/vidchat.service/memory.max": "268435456\n",
			"sys/fs/cgroup/system.slice/memory.max":                 "max\n",
		}, 256 * mib},
		{"version 2, the group above has less", map[string]string{
			"proc/self/cgroup":              "0::/a/b\n",
			"sys/fs/cgroup/a/b/memory.max":  "536870912\n",
			"sys/fs/cgroup/a/memory.max":    "134217728\n",
			"sys/fs/cgroup/memory.max":      "max\n",
			"sys/fs/cgroup/else/memory.max": "1048576\n",
		}, 128 * mib},
		{"version 1, the container's own tree", map[string]string{
			"proc/self/cgroup":                           "9:memory:/docker/0123\n8:cpu,cpuacct:/docker/0123\n",
			"sys/fs/cgroup/memory/memory.limit_in_bytes": "536870912\n",
		}, 512 * mib},
		{"version 1, no limit", map[string]string{
			"proc/self/cgroup":                           "4:memory:/\n",
			"sys/fs/cgroup/memory/memory.limit_in_bytes": "9223372036854771712\n",
		}, 0},
		{"both versions", map[string]string{
			"proc/self/cgroup": "4:cpu,memory:/x\n0::/x\n",
			"sys/fs/cgroup/memory/x/memory.limit_in_bytes": "268435456\n",
		}, 256 * mib},
		{"a group outside the tree", map[string]string{
			"proc/self/cgroup":         "0::/../../x\n",
			"sys/fs/cgroup/memory.max": "536870912\n",
		}, 512 * mib},
		{"nonsense", map[string]string{
			"proc/self/cgroup":         "cgroup\n0::/\n",
			"sys/fs/cgroup/memory.max": "much\n",
		}, 0},
	} {
		t.Run(tt.name, func(t *testing.T) {
			system := make(fstest.MapFS)
			for name, text := range tt.files {
				system[name] = &fstest.MapFile{Data: []byte(text)}
			}
			got, ok := containerLimit(system)
			if ok != (tt.want != 0) || ok && got != tt.want {
				t.Errorf("got %d, %v, want %d", got, ok, tt.want)
			}
		})
	}
}
