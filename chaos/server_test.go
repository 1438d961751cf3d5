package chaos

import (
	"bufio"
	"context"
	"encoding/json"
	"io"
	"io/fs"
	"log"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"
)

// server is the real server in a process of its own.
type server struct {
	t       testing.TB
	address string // where clients connect
	admin   string // where metrics and profiles are
	http    *http.Client
	pid     int

	// ofOthers makes calls connect from addresses that limits apply to.
	ofOthers bool
	log      *serverLog

	reference *server // has no hostile clients; see baseline_test.go
}

// workDir is a directory for all tests.
var workDir string

// program builds the server once.
var program = sync.OnceValues(func() (path string, err error) {
	if err := statSources(); err != nil {
		return "", err
	}
	path = filepath.Join(workDir, "vidchat")
	args := []string{"build", "-o", path}
	if serverRaceEnabled() {
		args = append(args, "-race")
	}
	build := exec.Command("go", append(args, "vidchat")...)
	build.Stderr = os.Stderr
	return path, build.Run()
})

// statSources looks at all source files. Without that, Go would reuse the cached result of
// an earlier test although the server has changed since.
func statSources() error {
	return filepath.WalkDir("..", func(path string, entry fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case entry.IsDir() && path != ".." && slices.Contains(notSources, entry.Name()):
			return filepath.SkipDir
		case filepath.Ext(path) == ".go":
			_, err = os.Stat(path)
		}
		return err
	})
}

// notSources are names of directories without Go files of the server.
var notSources = []string{".git", "bench", "bin", "chaos", "e2e", "node_modules", "src"}

// serverRaceEnabled reports whether the server runs under the race detector.
func serverRaceEnabled() bool { return os.Getenv("CHAOS_RACE") == "1" }

func TestMain(m *testing.M) {
	if encoded := os.Getenv(clientsEnv); encoded != "" {
		clientsMain(encoded)
		return
	}
	if encoded := os.Getenv(attackEnv); encoded != "" {
		attackMain(encoded)
		return
	}
	var err error
	if workDir, err = os.MkdirTemp("", "chaos"); err != nil {
		log.Fatal(err)
	}
	code := m.Run()
	_ = os.RemoveAll(workDir)
	os.Exit(code)
}

// startServer runs the server until the test ends, and checks that it exits cleanly.
func startServer(t testing.TB) *server { return startServerWith(t, "SEAT_HOLD=1s") }

// startServerWith runs the server with settings, by which it differs from the defaults.
func startServerWith(t testing.TB, settings ...string) *server {
	t.Helper()
	path, err := program()
	if err != nil {
		t.Fatalf("building the server: %v", err)
	}
	cmd := exec.Command(path)
	cmd.Dir = t.TempDir() // which has no .env file
	cmd.Env = append(os.Environ(), "HOST=127.0.0.1", "PORT=0", "ADMIN_ADDR=127.0.0.1:0",
		"LOG_LEVEL=info", "LOG_FORMAT=json", "METRICS_TOKEN=", "STUN_URLS=stun.example", "TURN_SERVER_URL=", "TURN_SECRET=")
	cmd.Env = append(cmd.Env, settings...)
	read, write, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	cmd.Stdout, cmd.Stderr = write, write
	err = cmd.Start()
	_ = write.Close()
	if err != nil {
		t.Fatal(err)
	}
	s := &server{t: t, http: &http.Client{Timeout: 20 * time.Second}, pid: cmd.Process.Pid}
	log := &serverLog{t: t, from: read, listening: make(chan string, 2), ended: make(chan struct{})}
	s.log = log
	go log.read()
	t.Cleanup(func() { s.stop(cmd, log) })
	s.admin, s.address = log.nextAddress(), log.nextAddress()
	return s
}

// stop ends the server with SIGTERM, as a platform does.
func (s *server) stop(cmd *exec.Cmd, log *serverLog) {
	s.http.CloseIdleConnections()
	late := time.AfterFunc(30*time.Second, func() { _ = cmd.Process.Kill() })
	defer late.Stop()
	_ = cmd.Process.Signal(syscall.SIGTERM)
	if err := cmd.Wait(); err != nil {
		s.t.Errorf("the server exited with %v", err)
	}
	<-log.ended
}

// serverLog reads the server's log continuously, so that the server never blocks on it.
type serverLog struct {
	t         testing.TB
	from      io.ReadCloser
	listening chan string // addresses: of the admin listener, then of the main one
	ended     chan struct{}
	lines     atomic.Int64
}

func (l *serverLog) read() {
	defer close(l.ended)
	defer l.from.Close()
	lines := bufio.NewReader(l.from)
	for shown := 0; ; {
		line, err := lines.ReadString('\n')
		if err != nil {
			return
		}
		l.lines.Add(1)
		if strings.Contains(line, `"listening`) {
			l.announce(line)
		}
		if isErrorLine(line) && shown < 100 {
			l.t.Errorf("the server logs %s", strings.TrimSpace(line))
			shown++
		}
	}
}

func (l *serverLog) announce(line string) {
	var entry struct{ Address string }
	if json.Unmarshal([]byte(line), &entry) == nil && entry.Address != "" {
		l.listening <- entry.Address
	}
}

// isErrorLine reports whether a line is about a bug. Lines that are not JSON come from the
// runtime or the race detector.
func isErrorLine(line string) bool {
	return strings.Contains(line, `"level":"error"`) || !strings.HasPrefix(line, "{")
}

func (l *serverLog) nextAddress() string {
	l.t.Helper()
	select {
	case address := <-l.listening:
		return address
	case <-l.ended:
	case <-time.After(30 * time.Second):
	}
	l.t.Fatal("the server does not listen")
	return ""
}

func (s *server) url() string { return "http://" + s.address + "/socket.io/" }

// getAdmin gets a page of the admin listener.
func (s *server) getAdmin(ctx context.Context, path string, read func(io.Reader) error) error {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+s.admin+path, nil)
	if err != nil {
		return err
	}
	resp, err := s.http.Do(req)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	return read(resp.Body)
}
