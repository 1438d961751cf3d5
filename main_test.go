package main

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"io/fs"
	"net/http"
	"os"
	"os/exec"
	"strings"
	"sync"
	"testing"
	"testing/fstest"
	"time"

	"go.uber.org/goleak"
)

// asProgram makes the test binary behave as the program, for tests that need a
// process to send signals to.
const asProgram = "VIDCHAT_TEST_AS_PROGRAM"

func TestMain(m *testing.M) {
	if os.Getenv(asProgram) != "" {
		main()
		return
	}
	goleak.VerifyTestMain(m)
}

// builtClient is a compiled client as the build leaves it.
var builtClient = fstest.MapFS{
	".gitkeep":             {},
	"index.html":           {Data: page("landing")},
	"call/index.html":      {Data: page("call")},
	"assets/call-Abc1.js":  {Data: []byte(strings.Repeat("console.log('call');\n", 100))},
	"assets/call-Abc1.css": {Data: []byte(strings.Repeat("body { margin: 0 }\n", 100))},
	"assets/i-Abc1.woff2":  {Data: []byte("wOF2....")},
	"assets/call.js.map":   {Data: []byte("{}")},
	"assets/.secret":       {Data: []byte("dot")},
	"favicon.svg":          {Data: []byte("<svg/>")},
	"manifest.webmanifest": {Data: []byte("{}")},
	"robots.txt":           {Data: []byte("User-agent: *")},
}

// unbuiltClient is what is embedded where npm never ran.
var unbuiltClient = fstest.MapFS{".gitkeep": {}}

func page(title string) []byte {
	return []byte("<!doctype html><title>" + title + "</title>" + strings.Repeat("<p>words, words, words</p>", 50))
}

// running is the whole program, started as main starts it.
type running struct {
	t      *testing.T
	url    string
	admin  string // the operators' URL
	log    *logCatcher
	cancel func()       // begins its end
	stop   func() error // ends it and waits; again it repeats the result
	client *http.Client
}

// start runs the program on a free port in a directory of its own.
func start(t *testing.T, compiled fs.FS, environment map[string]string) *running {
	t.Helper()
	env := map[string]string{"HOST": "127.0.0.1", "PORT": "0", "ADMIN_ADDR": "127.0.0.1:0", "LOG_LEVEL": "debug"}
	for name, value := range environment {
		env[name] = value
	}
	log := &logCatcher{listening: make(chan string, 1)}
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() {
		ended <- run(ctx, program{
			getenv:  func(name string) string { return env[name] },
			workDir: t.TempDir(),
			now:     time.Now,
			stdout:  io.Discard,
			logTo:   log,
			client:  compiled,
		})
	}()
	r := &running{t: t, log: log, client: newClient(), cancel: cancel}
	r.stop = sync.OnceValue(func() error {
		cancel()
		r.client.CloseIdleConnections()
		return <-ended
	})
	select {
	case r.url = <-log.listening:
		r.admin = log.operators
	case err := <-ended:
		t.Fatalf("the program ended at once: %v", err)
	}
	t.Cleanup(r.stopNow)
	return r
}

// stopNow ends the program without any fault.
func (r *running) stopNow() {
	r.t.Helper()
	if err := r.stop(); err != nil {
		r.t.Errorf("the program ended with: %v", err)
	}
}

// newClient shows answers as they are: no redirect followed, nothing unpacked.
func newClient() *http.Client {
	return &http.Client{
		Transport:     &http.Transport{DisableCompression: true},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		Timeout:       20 * time.Second,
	}
}

// answer is a response with its body read.
type answer struct {
	*http.Response
	body string
}

// ask sends a request; header pairs are name, value, name, value.
func (r *running) ask(method, path string, headers ...string) answer {
	r.t.Helper()
	return r.send(method, path, "", headers...)
}

// send sends a request with a body.
func (r *running) send(method, path, body string, headers ...string) answer {
	r.t.Helper()
	return r.sendTo(r.url, method, path, body, headers...)
}

// askAdmin asks where operators do.
func (r *running) askAdmin(path string) answer {
	r.t.Helper()
	return r.sendTo(r.admin, "GET", path, "")
}

func (r *running) sendTo(url, method, path, body string, headers ...string) answer {
	r.t.Helper()
	request, err := http.NewRequestWithContext(r.t.Context(), method, url+path, strings.NewReader(body))
	if err != nil {
		r.t.Fatal(err)
	}
	for i := 0; i+1 < len(headers); i += 2 {
		request.Header.Set(headers[i], headers[i+1])
	}
	response, err := r.client.Do(request)
	if err != nil {
		r.t.Fatal(err)
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		r.t.Fatal(err)
	}
	return answer{response, string(text)}
}

// logCatcher keeps the log and waits for the lines with the addresses in them.
type logCatcher struct {
	listening chan string // the URL of the server, when all listen
	operators string      // the URL of ADMIN_ADDR, written before

	mu   sync.Mutex // guards text
	text bytes.Buffer
}

func (l *logCatcher) Write(lines []byte) (int, error) {
	for line := range bytes.Lines(lines) {
		var event struct{ Message, Address string }
		if json.Unmarshal(line, &event) != nil {
			continue
		}
		switch event.Message {
		case "listening for operators":
			l.operators = "http://" + event.Address
		case "listening":
			l.listening <- "http://" + event.Address
		}
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(lines)
}

func (l *logCatcher) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}

func TestCommandLine(t *testing.T) {
	for _, tt := range []struct {
		args []string
		want string // in the output, or in the error
		fail bool
	}{
		{args: []string{"--help"}, want: "TURN_SERVER_URL"},
		{args: []string{"-h"}, want: "ALLOWED_ORIGINS"},
		{args: []string{"--version"}, want: "vidchat "},
		{args: []string{"--verbose"}, want: "--help", fail: true},
		{args: []string{"serve"}, want: "--help", fail: true},
	} {
		var out bytes.Buffer
		err := run(t.Context(), program{args: tt.args, stdout: &out})
		if tt.fail {
			if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("%q: the error is %v, want %q in it", tt.args, err, tt.want)
			}
		} else if err != nil || !strings.Contains(out.String(), tt.want) {
			t.Errorf("%q: printed %q, %v; want %q in it", tt.args, out.String(), err, tt.want)
		}
	}
}

func TestPortInUse(t *testing.T) {
	first := start(t, builtClient, nil)
	_, port, _ := strings.Cut(strings.TrimPrefix(first.url, "http://"), ":")
	env := map[string]string{"HOST": "127.0.0.1", "PORT": port}
	err := run(t.Context(), program{
		getenv: func(name string) string { return env[name] }, workDir: t.TempDir(),
		now: time.Now, logTo: io.Discard, client: builtClient,
	})
	if err == nil || !strings.Contains(err.Error(), "choose another PORT") {
		t.Errorf("the error is %v", err)
	}
}

func TestRefusesToStartInOneLine(t *testing.T) {
	command := exec.CommandContext(t.Context(), os.Args[0])
	command.Dir = t.TempDir()
	command.Env = append(os.Environ(), asProgram+"=1", "PORT=http")
	out, err := command.CombinedOutput()
	want := "vidchat: PORT cannot be used: set it to a whole number from 0 to 65535\n"
	if err == nil || string(out) != want {
		t.Errorf("printed %q and ended with %v; want %q and status 1", out, err, want)
	}
}

// drainTimeout is the default of DRAIN_TIMEOUT.
const drainTimeout = 10 * time.Second
