package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"vidchat/peer/call"
	"vidchat/peer/link"
	"vidchat/peer/load"
	"vidchat/peer/rtc"
)

// password opens the room of the example in PROTOCOL.md.
const (
	password     = "Zoë"
	passwordLink = "/call/#pw-0123456789abcdef0123456789abcdef-0e28a8202e106c05ae7ca1b8740ec46e,AAECAwQFBgcICQoLDA0ODw"
)

// timeout is much more than a call takes.
const timeout = time.Minute

// client is a run of the command in a test.
type client struct {
	stop   context.CancelFunc
	ended  chan struct{}
	output watched
	err    error
}

// start runs the command until stop, or until the test ends.
func start(t *testing.T, args ...string) *client {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), timeout)
	c := &client{stop: cancel, ended: make(chan struct{})}
	c.output.changed = make(chan struct{}, 1)
	go func() {
		defer close(c.ended)
		c.err = run(ctx, args, func(string) string { return "" }, &c.output, io.Discard)
	}()
	t.Cleanup(func() { cancel(); <-c.ended })
	return c
}

// prints waits until the command has printed each of these.
func (c *client) prints(t *testing.T, wanted ...string) {
	t.Helper()
	for _, each := range wanted {
		c.printsTimes(t, each, 1)
	}
}

// printsTimes waits until the command has printed this so often.
func (c *client) printsTimes(t *testing.T, wanted string, times int) {
	t.Helper()
	for {
		if strings.Count(c.output.String(), wanted) >= times {
			return
		}
		select {
		case <-c.output.changed:
			continue
		case <-c.ended:
		}
		if text := c.output.String(); strings.Count(text, wanted) < times {
			t.Fatalf("it ended without %q: %v\n%s", wanted, c.err, text)
		}
	}
}

// watched is what a command has printed so far.
type watched struct {
	changed chan struct{} // receives something after each write

	mu   sync.Mutex // guards text
	text bytes.Buffer
}

func (w *watched) Write(text []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	select {
	case w.changed <- struct{}{}:
	default:
	}
	return w.text.Write(text)
}

func (w *watched) String() string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.text.String()
}

func TestCallOfTwo(t *testing.T) {
	leak := goleak.IgnoreCurrent()
	t.Cleanup(func() { goleak.VerifyNone(t, leak) })
	origin := startServer(t)
	moments := []string{"ICE", "DTLS", "data channel", "first sound", "first frame"}

	ann := start(t, "-for", "1m", "-name", "Ann", "-text", "hello", "-password", password, origin+passwordLink)
	ann.prints(t, "ack")
	bob := start(t, "-for", "1m", "-name", "Bob", "-password", password, origin+passwordLink)
	bob.prints(t, append(moments, "offer sent", "answer received", `says "hello"`)...)
	ann.prints(t, append(moments, "offer received", "answer sent", "text confirmed")...)

	bob.stop()
	<-bob.ended
	bob.prints(t, `"Ann": verified true, direct`)
	ann.stop()
	<-ann.ended
	ann.prints(t, `"Bob": verified true, direct`)
	if ann.err != nil || bob.err != nil {
		t.Error(ann.err, bob.err)
	}
}

var code = regexp.MustCompile(`code \d{3} \d{3}`)

// Without a key, both have the same code. After a restart of the server, both return, and
// media have gone on.
func TestRestart(t *testing.T) {
	origin, stop := runServer(t)
	var clients []*client
	for range 2 {
		c := start(t, "-for", "1m", origin+"/call/#team")
		c.prints(t, "ack")
		clients = append(clients, c)
	}
	var codes []string
	for _, c := range clients {
		c.prints(t, "first frame", "code ")
		codes = append(codes, code.FindString(c.output.String()))
	}
	if codes[0] == "" || codes[0] != codes[1] {
		t.Errorf("the codes are %q", codes)
	}
	stop()
	startServer(t, "PORT="+origin[strings.LastIndex(origin, ":")+1:])
	for _, c := range clients {
		c.printsTimes(t, "ack", 2)
	}
	for _, c := range clients {
		c.stop()
		<-c.ended
		text := c.output.String()
		if strings.Count(text, "first frame") != 1 || !strings.Contains(text, "direct, round trip") || c.err != nil {
			t.Errorf("%v\n%s", c.err, text)
		}
	}
}

// Who has another key is refused by both, whatever the server says.
func TestAnotherKeyIsRefused(t *testing.T) {
	origin := startServer(t)
	const room = "/call/#00112233445566778899aabbccddeeff,"
	ann := start(t, "-for", "1m", origin+room+"kiGyCnoSZTSJyK-gDWpWuA")
	ann.prints(t, "ack")
	bob := start(t, "-for", "1m", origin+room+"AAECAwQFBgcICQoLDA0ODw")
	bob.prints(t, "refused")
	ann.prints(t, "refused")
	if text := ann.output.String() + bob.output.String(); strings.Contains(text, "DTLS") {
		t.Error("they connected:", text)
	}
}

// The TURN server of the process carries a call that has no other path.
func TestRelay(t *testing.T) {
	leak := goleak.IgnoreCurrent()
	t.Cleanup(func() { goleak.VerifyNone(t, leak) })
	origin := startServer(t, "TURN_LISTEN="+freeAddress(t), "TURN_PUBLIC_IP=127.0.0.1", "TURN_SECRET=only for tests, at least")
	ann := start(t, "-for", "1m", "-relay", origin+"/call/#team")
	ann.prints(t, "ack")
	bob := start(t, "-for", "1m", "-relay", "-text", "hello", origin+"/call/#team")
	ann.prints(t, `says "hello"`)
	for _, c := range []*client{ann, bob} {
		c.prints(t, "first frame")
	}
	bob.stop()
	<-bob.ended
	bob.prints(t, "relayed, round trip")
}

// Without a TURN server, such a call does not fall back to another path.
func TestRelayWithoutTURN(t *testing.T) {
	origin := startServer(t)
	ann := start(t, "-for", "1m", "-relay", origin+"/call/#team")
	ann.prints(t, "ack")
	bob := start(t, "-for", "1m", origin+"/call/#team")
	bob.prints(t, "answer received")
	time.Sleep(time.Second) // in which others connect
	if text := ann.output.String() + bob.output.String(); strings.Contains(text, "ICE") {
		t.Error("they connected:", text)
	}
}

// A file of several blocks arrives whole, and replaces none of the same name.
func TestFile(t *testing.T) {
	leak := goleak.IgnoreCurrent()
	t.Cleanup(func() { goleak.VerifyNone(t, leak) })
	origin, folder := startServer(t), t.TempDir()
	path := filepath.Join(t.TempDir(), "a.bin")
	sent := bytes.Repeat([]byte("vidchat"), 300_000)
	if err := os.WriteFile(path, sent, 0o600); err != nil {
		t.Fatal(err)
	}
	ann := start(t, "-for", "1m", "-password", password, "-receive", folder, origin+passwordLink)
	ann.prints(t, "ack")
	for _, end := range []string{"file sent", `file refused: "failed"`} {
		bob := start(t, "-for", "1m", "-password", password, "-send", path, origin+passwordLink)
		bob.prints(t, end)
		bob.stop()
		<-bob.ended
	}
	ann.prints(t, `file received: "a.bin"`, "file not received: failed")
	got, err := os.ReadFile(filepath.Join(folder, "a.bin"))
	left, _ := os.ReadDir(folder)
	if err != nil || !bytes.Equal(got, sent) || len(left) != 1 {
		t.Errorf("%d bytes arrived, %v, %v", len(got), left, err)
	}
}

// Whoever comes to a locked room knocks, and a member decides.
func TestKnock(t *testing.T) {
	leak := goleak.IgnoreCurrent()
	t.Cleanup(func() { goleak.VerifyNone(t, leak) })
	origin := startServer(t)

	ann := start(t, "-for", "1m", "-lock", "-knocks", "admit", origin+"/call/#admits")
	ann.prints(t, "locked")
	bob := start(t, "-for", "1m", "-name", "Bob", origin+"/call/#admits")
	bob.prints(t, "knock sent", "admitted", "ack", "data channel")
	ann.prints(t, `knock of "Bob"`, "data channel")

	start(t, "-for", "1m", "-lock", "-knocks", "deny", origin+"/call/#denies").prints(t, "locked")
	denied := start(t, "-for", "1m", origin+"/call/#denies")
	<-denied.ended
	var refusal *call.Refusal
	if !errors.As(denied.err, &refusal) || refusal.Code != "denied" || strings.Contains(denied.output.String(), " ack ") {
		t.Errorf("%v\n%s", denied.err, denied.output.String())
	}
}

func TestThirdIsRefusedASeat(t *testing.T) {
	origin := startServer(t)
	for range 2 {
		start(t, "-for", "1m", origin+"/call/#team").prints(t, "ack")
	}
	third := start(t, origin+"/call/#team")
	<-third.ended
	var refusal *call.Refusal
	if !errors.As(third.err, &refusal) || refusal.Code != "full" {
		t.Error(third.err)
	}
}

func TestJSON(t *testing.T) {
	origin := startServer(t)
	first := start(t, "-for", "1m", origin+"/call/#team")
	first.prints(t, "ack")
	second := start(t, "-for", "1m", "-json", origin+"/call/#team")
	first.prints(t, "offer received")
	second.stop()
	<-second.ended
	var report call.Report
	if err := json.Unmarshal([]byte(second.output.String()), &report); err != nil || second.err != nil {
		t.Fatal(err, second.err)
	}
	if _, ok := report.Since(rtc.State("ack")); !ok || len(report.Peers) != 1 || report.Peers[0].Verified {
		t.Errorf("%+v", report)
	}
}

// Calls with real media; PEER_CALLS sets their number, and makes them longer.
func TestLoad(t *testing.T) {
	calls, stay := 2, "1s"
	if text := os.Getenv("PEER_CALLS"); text != "" {
		var err error
		stay = "10s"
		if calls, err = strconv.Atoi(text); err != nil {
			t.Fatal(err)
		}
	}
	origin := startServer(t, "SESSIONS_PER_ADDRESS=off", "NEW_SESSIONS_PER_ADDRESS=off")
	c := start(t, "-calls", fmt.Sprint(calls), "-for", stay, "-connect", "40s", origin+"/call/#load")
	<-c.ended
	t.Log(c.output.String())
	if want := fmt.Sprintf("%d of %d calls connected", calls, calls); c.err != nil || !strings.Contains(c.output.String(), want) {
		t.Error(c.err)
	}
}

// The password of the environment opens a room, and is not printed with the usage.
func TestPasswordOfTheEnvironment(t *testing.T) {
	env := func(string) string { return password }
	var help bytes.Buffer
	if _, err := parse([]string{"-h"}, env, &help); !errors.Is(err, flag.ErrHelp) || strings.Contains(help.String(), password) {
		t.Errorf("%v\n%s", err, help.String())
	}
	for want, args := range map[string][]string{password: {"http://127.0.0.1:1" + passwordLink}, "other": {"-password", "other", "http://127.0.0.1:1" + passwordLink}} {
		if c, err := parse(args, env, io.Discard); err != nil || c.password != want {
			t.Errorf("%q: the password is %q, %v", args, c.password, err)
		}
	}
}

// Members that cannot connect are an error, and there is a result all the same.
func TestLoadWithoutServer(t *testing.T) {
	var output bytes.Buffer
	args := []string{"-calls", "1", "-for", "0", "-connect", "1ms", "http://127.0.0.1:1/call/#load"}
	err := run(t.Context(), args, func(string) string { return "" }, &output, io.Discard)
	if err == nil || !strings.Contains(output.String(), "0 of 1 calls connected") {
		t.Errorf("%v\n%s", err, output.String())
	}
}

func TestWrongCommands(t *testing.T) {
	for _, test := range []struct {
		args []string
		want error
	}{
		{nil, link.ErrOrigin},
		{[]string{"http://127.0.0.1:1/call/"}, link.ErrNoRoom},
		{[]string{"-calls", "1", "-lock"}, errLockedCalls},
		{[]string{"-calls", "1", "-knocks", "deny"}, errLockedCalls},
		{[]string{"-text", strings.Repeat("ä", call.MaxText+1)}, errLongText},
		{[]string{"-send", "/nowhere/file"}, errNoFile},
		{[]string{"-receive", "/nowhere"}, errNoFolder},
		{[]string{"-calls", "501"}, load.ErrBounds},
		{[]string{"-calls", "1", "-for", "1h"}, load.ErrBounds},
		{[]string{"-calls", "1", "-for", "-1s"}, load.ErrBounds},
		{[]string{"-calls", "1", "-connect", "-1s"}, load.ErrBounds},
		{[]string{"-calls", "1", "-for", "2562047h", "-connect", "2562047h"}, load.ErrBounds},
		{[]string{"-password", "wrong", "http://127.0.0.1:1" + passwordLink}, link.ErrPassword},
	} {
		err := run(t.Context(), test.args, func(string) string { return "" }, io.Discard, io.Discard)
		if !errors.Is(err, test.want) {
			t.Errorf("%q: %v", test.args, err)
		}
	}
}
