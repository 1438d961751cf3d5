package main

import (
	"fmt"
	"net/http"
	"os"
	"strings"
	"syscall"
	"testing"
	"time"

	"vidchat/internal/enginetest/counts"
	"vidchat/internal/enginetest/dialer"
	"vidchat/internal/enginetest/peer"
	"vidchat/internal/enginetest/redis"
	"vidchat/internal/enginetest/wait"
	"vidchat/internal/servertest"
)

// nodeRounds is how often each end of an owner is tried. It is 20 in make soak.
func nodeRounds(t *testing.T) int { return counts.Of(t, "NODE_ROUNDS", 1) }

// spawnNode starts a node, and kills it in the end.
func spawnNode(t *testing.T, shared *redis.Server) *spawned {
	t.Helper()
	p := spawn(t, "REDIS_URL="+shared.URL(), "CLUSTER_SECRET=a secret of at least sixteen bytes", "DRAIN_TIMEOUT=5s", "LOG_LEVEL=debug", "TRUST_PROXY=true")
	t.Cleanup(func() {
		_ = p.Process.Kill()
		_ = p.Wait()
	})
	return p
}

// shownLog is how much of a log is shown.
const shownLog = 32 << 10

// showLogs has the beginning of what nodes log from now on shown if the test fails.
func showLogs(t *testing.T, nodes map[string]*spawned) {
	for name, n := range nodes {
		before := len(n.log.String())
		t.Cleanup(func() {
			if t.Failed() {
				since := n.log.String()[before:]
				t.Logf("node %q:\n%s", name, since[:min(len(since), shownLog)])
			}
		})
	}
}

// seat is a client with a seat in a room.
type seat struct {
	*servertest.Peer
	t     *testing.T
	token string
	last  int // number of the last message
}

// takeSeat enters a room by way of a node.
func takeSeat(t *testing.T, node *spawned, room, options string) *seat {
	t.Helper()
	s := &seat{Peer: servertest.Dial(t, node.url, 4, servertest.WebSocket), t: t}
	ack := s.Ask(`"enter","` + room + `",` + options)
	for began := time.Now(); ack["error"] == "busy" && time.Since(began) < servertest.Timeout; {
		ack = s.Ask(`"enter","` + room + `",` + options) // nodes wait for each other after Redis has begun empty
	}
	if ack["ok"] != true {
		t.Fatalf("entering: %v", ack)
	}
	s.token = ack["seat"].(string)
	return s
}

// hear expects the next message, past other events.
func (s *seat) hear(text string) {
	s.t.Helper()
	s.last++
	for {
		got, err := s.Receive(wait.Context(s.t))
		if err != nil {
			s.t.Fatalf("waiting for %q as message %d: %v", text, s.last, err)
		}
		if !strings.HasPrefix(got, `2["message"`) {
			continue
		}
		if !strings.HasPrefix(got, fmt.Sprintf(`2["message",%q,`, text)) || !strings.HasSuffix(got, fmt.Sprintf(",%d]", s.last)) {
			s.t.Fatalf("got %s, want %q as message %d", got, text, s.last)
		}
		return
	}
}

// Whatever becomes of the node that has a room, those whose node it is not go on talking to
// each other, and miss nothing; the lock and the password stand, and those whose node it was
// come back to their seats.
func TestEndsOfTheOwner(t *testing.T) {
	t.Parallel()
	shared := redis.Start(t)
	left, right := spawnNode(t, shared), spawnNode(t, shared)
	strangers := 0
	for _, tt := range []struct {
		name string
		end  os.Signal
	}{
		{"stopped in order", syscall.SIGTERM},
		{"killed", syscall.SIGKILL},
		{"asleep", syscall.SIGSTOP},
	} {
		for round := range nodeRounds(t) {
			strangers++
			address := fmt.Sprintf("198.51.100.%d", strangers%256) // wrong passwords of one are limited
			t.Run(fmt.Sprintf("%s %d", tt.name, round), func(t *testing.T) {
				t.Parallel()
				owner, room := spawnNode(t, shared), fmt.Sprintf("room %d", time.Now().UnixNano())
				showLogs(t, map[string]*spawned{"owner": owner, "left": left, "right": right})
				own := takeSeat(t, owner, room, `{"capacity":4,"proof":"right"}`)
				a := takeSeat(t, left, room, `{"proof":"right"}`)
				b := takeSeat(t, right, room, `{"proof":"right"}`)
				if ack := a.Ask(`"lock",true`); ack["ok"] != true {
					t.Fatalf("lock: %v", ack)
				}
				a.MustSend(`2["message","before"]`)
				b.hear("before")
				owner.signal(t, tt.end)
				began := time.Now()
				for i := range 10 {
					a.MustSend(fmt.Sprintf(`2["message","from a %d"]`, i))
					b.MustSend(fmt.Sprintf(`2["message","from b %d"]`, i))
				}
				for i := range 10 {
					b.hear(fmt.Sprintf("from a %d", i))
					a.hear(fmt.Sprintf("from b %d", i))
				}
				t.Logf("they heard each other after %v", time.Since(began).Round(time.Millisecond))
				stranger := peer.Dial(t, dialer.Options{
					URL: right.url + "/socket.io/", Version: 4, Transport: dialer.WebSocket, Header: http.Header{"X-Forwarded-For": {address}},
				})
				for proof, want := range map[string]string{"wrong": "denied", "right": "locked"} {
					if ack := stranger.Ask(`"enter","` + room + `",{"proof":"` + proof + `"}`); ack["error"] != want {
						t.Errorf("with the %s proof: %v", proof, ack)
					}
				}
				if tt.end == syscall.SIGSTOP {
					owner.signal(t, syscall.SIGCONT)
					c := takeSeat(t, owner, "another "+room, `{}`) // it serves again
					c.Close()
				} else {
					back := takeSeat(t, left, room, `{"proof":"right","seat":"`+own.token+`","seen":0}`)
					if back.token != own.token {
						t.Errorf("a member of the node that ended has the seat %s, want %s", back.token, own.token)
					}
				}
				a.MustSend(`2["message","after"]`)
				b.hear("after")
			})
		}
	}
}

// With Redis, a restart of the only node forgets nothing: the room is locked, the password
// stands, and the seats are taken.
func TestRestartRemembers(t *testing.T) {
	t.Parallel()
	shared := redis.Start(t)
	start := func() *spawned { return spawnNode(t, shared) }
	before := start()
	a := takeSeat(t, before, "room", `{"proof":"right"}`)
	b := takeSeat(t, before, "room", `{"proof":"right"}`)
	if ack := a.Ask(`"lock",true`); ack["ok"] != true {
		t.Fatalf("lock: %v", ack)
	}
	a.MustSend(`2["message","hello"]`)
	b.hear("hello")
	before.signal(t, syscall.SIGTERM)
	before.expectEnd(t)
	after := start()
	stranger := &seat{Peer: servertest.Dial(t, after.url, 4, servertest.WebSocket), t: t}
	for proof, want := range map[string]string{"": "denied", "wrong": "denied", "right": "locked"} {
		if ack := stranger.Ask(`"enter","room",{"proof":"` + proof + `"}`); ack["error"] != want {
			t.Errorf("with the proof %q: %v", proof, ack)
		}
	}
	back := &seat{Peer: servertest.Dial(t, after.url, 4, servertest.WebSocket), t: t, last: 1}
	if ack := back.Ask(`"enter","room",{"seat":"` + b.token + `","seen":1}`); ack["ok"] != true || ack["resumed"] != true || ack["locked"] != true || ack["remembers"] != true {
		t.Fatalf("returning: %v", ack)
	}
	first := takeSeat(t, after, "room", `{"seat":"`+a.token+`","seen":0}`)
	first.MustSend(`2["message","again"]`)
	back.hear("again")
}
