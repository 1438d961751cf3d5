package main

import (
	"strings"
	"testing"
	"time"
)

const handshake = "/socket.io/?EIO=4&transport=polling"

func TestSignalingIsMounted(t *testing.T) {
	alone := start(t, builtClient, map[string]string{"MAX_PACKET_BYTES": "5000"})
	open := start(t, builtClient, map[string]string{"ALLOWED_ORIGINS": "*"})
	for _, tt := range []struct {
		name   string
		server *running
		path   string
		origin string
		status int
		body   string // a part of it
	}{
		{"Engine.IO 4", alone, handshake, "", 200, `"maxPayload":5000`},
		{"Engine.IO 3", alone, "/socket.io/?EIO=3&transport=polling", "", 200, `"upgrades":["websocket"]`},
		{"without the slash", alone, "/socket.io?EIO=4&transport=polling", "", 200, `"sid":"`},
		{"our page", alone, handshake, alone.url, 200, `"sid":"`},
		{"another site", alone, handshake, "https://evil.example", 403, `"code":4`},
		{"another site, let in", open, handshake, "https://evil.example", 200, `"sid":"`},
		{"nonsense", alone, "/socket.io/?EIO=4&transport=pigeon", "", 400, `{"code":0,"message":"Transport unknown"}`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var headers []string
			if tt.origin != "" {
				headers = []string{"Origin", tt.origin}
			}
			got := tt.server.ask("GET", tt.path, headers...)
			if got.StatusCode != tt.status || !strings.Contains(got.body, tt.body) {
				t.Errorf("%s, %q", got.Status, got.body)
			}
		})
	}
}

// The end of the program answers a waiting poll instead of cutting it.
func TestTheEndAnswersPolls(t *testing.T) {
	s := start(t, builtClient, nil)
	opened := s.ask("GET", handshake).body
	_, rest, _ := strings.Cut(opened, `"sid":"`)
	sid, _, _ := strings.Cut(rest, `"`)
	s.send("POST", handshake+"&sid="+sid, "40")
	if got := s.ask("GET", handshake+"&sid="+sid); !strings.HasPrefix(got.body, "40") {
		t.Fatalf("the poll for the namespace got %s, %q", got.Status, got.body)
	}
	polled := make(chan answer, 1)
	go func() {
		defer close(polled) // also where asking fails
		polled <- s.ask("GET", handshake+"&sid="+sid)
	}()
	time.Sleep(500 * time.Millisecond) // the poll waits
	begun := time.Now()
	if err := s.stop(); err != nil {
		t.Errorf("the program ended with %v", err)
	}
	if took := time.Since(begun); took > drainTimeout {
		t.Errorf("it took %v", took)
	}
	if got, ok := <-polled; !ok || got.StatusCode != 200 || !strings.Contains(got.body, `42["restarting"`) {
		t.Errorf("the poll got %q", got.body)
	}
}

// Who is between two polls when the end begins hears of it by the next.
func TestTheEndWaitsForTheNextPoll(t *testing.T) {
	s := start(t, builtClient, nil)
	opened := s.ask("GET", "/socket.io/?EIO=3&transport=polling").body
	_, rest, _ := strings.Cut(opened, `"sid":"`)
	sid, _, _ := strings.Cut(rest, `"`)
	s.cancel()
	time.Sleep(300 * time.Millisecond)                        // as long as an answer and the next request take over a slow line
	for _, want := range []string{`42["restarting"`, "1:1"} { // each in an answer of its own
		got := s.ask("GET", "/socket.io/?EIO=3&transport=polling&sid="+sid)
		if got.StatusCode != 200 || !strings.Contains(got.body, want) {
			t.Errorf("the next poll got %s, %q", got.Status, got.body)
		}
	}
}
