package chaos

import (
	"bufio"
	"context"
	"encoding/json"
	"io"
	"log"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// server is the real program in a process of its own.
type server struct {
	t       testing.TB
	address string // where clients connect
	admin   string // where metrics and profiles are
	http    *http.Client
}

// workDir is a folder for all tests.
var workDir string

// program is built once.
var program = sync.OnceValues(func() (path string, err error) {
	if err := lookAtSources(); err != nil {
		return "", err
	}
	path = filepath.Join(workDir, "vidchat")
	args := []string{"build", "-o", path}
	if serverRaces() {
		args = append(args, "-race")
	}
	build := exec.Command("go", append(args, "vidchat")...)
	build.Stderr = os.Stderr
	return path, build.Run()
})

// lookAtSources looks at what the program is made of, so that Go does not take
// the result of an earlier test for that of a server that was changed since.
func lookAtSources() error {
	for _, pattern := range []string{"../*.go", "../*/*.go"} {
		files, err := filepath.Glob(pattern)
		if err != nil {
			return err
		}
		for _, file := range files {
			if _, err := os.Stat(file); err != nil {
				return err
			}
		}
	}
	return nil
}

// serverRaces tells whether the server runs under the race detector.
func serverRaces() bool { return os.Getenv("CHAOS_RACE") == "1" }

func TestMain(m *testing.M) {
	var err error
	if workDir, err = os.MkdirTemp("", "chaos"); err != nil {
		log.Fatal(err)
	}
	code := m.Run()
	_ = os.RemoveAll(workDir)
	os.Exit(code)
}

// startServer runs the server until the test ends, and checks that it ends well.
func startServer(t testing.TB) *server {
	t.Helper()
	path, err := program()
	if err != nil {
		t.Fatalf("building the server: %v", err)
	}
	cmd := exec.Command(path)
	cmd.Dir = t.TempDir() // no .env there
	cmd.Env = append(os.Environ(), "HOST=127.0.0.1", "PORT=0", "ADMIN_ADDR=127.0.0.1:0", "SEAT_HOLD=1s",
		"LOG_LEVEL=info", "LOG_FORMAT=json", "METRICS_TOKEN=", "STUN_URLS=none", "TURN_SERVER_URL=", "TURN_SECRET=")
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
	s := &server{t: t, http: &http.Client{Timeout: 20 * time.Second}}
	said := &serverLog{t: t, from: read, listening: make(chan string, 2), ended: make(chan struct{})}
	go said.read()
	t.Cleanup(func() { s.stop(cmd, said) })
	s.admin, s.address = said.wait(), said.wait()
	return s
}

// stop ends the server as a platform does.
func (s *server) stop(cmd *exec.Cmd, said *serverLog) {
	s.http.CloseIdleConnections()
	late := time.AfterFunc(30*time.Second, func() { _ = cmd.Process.Kill() })
	defer late.Stop()
	_ = cmd.Process.Signal(syscall.SIGTERM)
	if err := cmd.Wait(); err != nil {
		s.t.Errorf("the server ended with %v", err)
	}
	<-said.ended
}

// serverLog reads what the server says, so that it never waits for a reader.
type serverLog struct {
	t         testing.TB
	from      io.ReadCloser
	listening chan string // addresses, that for operators first
	ended     chan struct{}
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
		if strings.Contains(line, `"listening`) {
			l.announce(line)
		}
		if isFault(line) && shown < 100 {
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

// isFault tells whether a line of the log is about a bug. What is not in the
// log's format is the runtime's, or the race detector's.
func isFault(line string) bool {
	return strings.Contains(line, `"level":"error"`) || !strings.HasPrefix(line, "{")
}

func (l *serverLog) wait() string {
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

// ask gets a page for operators.
func (s *server) ask(ctx context.Context, path string, read func(io.Reader) error) error {
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
