package rooms

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

const hold = 30 * time.Second

var config = Config{MaxCapacity: 8, Hold: hold, KeptMessages: 64, KeptBytes: 1 << 10}

// recorder is a registry that records the events of each socket.
type recorder struct {
	*Registry[string, content]
	mu      sync.Mutex // guards the fields below
	events  map[string][]Event[content]
	sent    map[string]uint64
	arrived map[string]uint64
}

func newRecorder(cfg Config) *recorder {
	r := &recorder{events: make(map[string][]Event[content]), sent: make(map[string]uint64), arrived: make(map[string]uint64)}
	r.Registry = New(cfg, r.record)
	return r
}

func (r *recorder) record(s string, e Event[content]) (sent, arrived uint64) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if e.Kind == Message {
		e.Message = content{text: e.Message.read()} // which is about to end
	}
	r.events[s] = append(r.events[s], e)
	r.sent[s]++
	return r.sent[s], r.arrived[s]
}

// id returns the id of a socket's seat.
func (r *recorder) id(s string) string {
	r.Registry.mu.Lock()
	defer r.Registry.mu.Unlock()
	return r.bySocket[s].id
}

// received returns a short form of the events of a socket since the last call.
func (r *recorder) received(s string) (short []string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, e := range r.events[s] {
		short = append(short, shorten(e))
	}
	delete(r.events, s)
	return short
}

var kindNames = map[Kind]string{
	Joined: "joined", Left: "left", Away: "away", Back: "back", Knocked: "knocked",
	Unknocked: "unknocked", Admitted: "admitted", Denied: "denied", Moved: "moved",
}

func shorten(e Event[content]) string {
	switch e.Kind {
	case Entered:
		return fmt.Sprintf("%s %s with %d", shortenEntry(e.Entry), e.Room, len(e.Entry.Peers))
	case Message:
		return fmt.Sprintf("%s#%d", e.Message.text, e.Number)
	case Locked:
		return fmt.Sprint("locked ", e.Locked)
	}
	return strings.TrimSpace(kindNames[e.Kind] + " " + e.Name)
}

func shortenEntry(e *Entry) string {
	switch {
	case e.Resumed:
		return "resumed"
	case e.AlreadyInRoom:
		return "again"
	}
	return "entered"
}

// expect checks the events of a socket since the last call.
func (r *recorder) expect(t *testing.T, s string, want ...string) {
	t.Helper()
	if got := r.received(s); !slices.Equal(got, want) {
		t.Errorf("%s received %q, want %q", s, got, want)
	}
}

// enter enters a room and returns the token of the seat.
func (r *recorder) enter(t *testing.T, room, s string, o Options) (token string) {
	t.Helper()
	if _, err := r.Enter(room, s, o); err != nil {
		t.Fatalf("%s enters %s: %v", s, room, err)
	}
	if token = r.token(s); token == "" {
		t.Fatalf("%s entered %s without an answer", s, room)
	}
	return token
}

// token returns the token in the last answer to a socket.
func (r *recorder) token(s string) string {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, e := range slices.Backward(r.events[s]) {
		if e.Kind == Entered {
			return e.Entry.Token
		}
	}
	return ""
}

// resumed reports whether the last answer to a socket is for a seat held before.
func (r *recorder) resumed(s string) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, e := range slices.Backward(r.events[s]) {
		if e.Kind == Entered {
			return e.Entry.Resumed
		}
	}
	return false
}

// hasSeat reports whether there is a seat with a token.
func (r *recorder) hasSeat(token string) bool {
	r.Registry.mu.Lock()
	defer r.Registry.mu.Unlock()
	for _, rm := range r.rooms {
		for _, s := range rm.seats {
			if s.hasToken(token) {
				return true
			}
		}
	}
	return false
}

// answerTo returns the answer to a request, or nil.
func (r *recorder) answerTo(s string, request any) *Event[content] {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, e := range r.events[s] {
		if e.Kind == Entered && e.Entry.Request == request {
			return &e
		}
	}
	return nil
}

// refused checks that Enter fails and changes nothing.
func (r *recorder) refused(t *testing.T, room, s string, o Options, want error) {
	t.Helper()
	roomsBefore, seatsBefore := r.Size()
	_, err := r.Enter(room, s, o)
	if !errors.Is(err, want) {
		t.Errorf("%s enters %s: %v, want %v", s, room, err, want)
	}
	if rooms, seats := r.Size(); rooms != roomsBefore || seats != seatsBefore {
		t.Errorf("refusing %s changed %d rooms, %d seats to %d, %d", s, roomsBefore, seatsBefore, rooms, seats)
	}
}

// say sends a message to all other members.
func (r *recorder) say(t *testing.T, s, text string) {
	t.Helper()
	if _, err := r.relay(s, text); err != nil {
		t.Errorf("%s says %s: %v", s, text, err)
	}
}

// lock locks the room in which a socket has a seat.
func (r *recorder) lock(t *testing.T, s string) {
	t.Helper()
	if err := r.SetLocked(s, true); err != nil {
		t.Fatalf("%s locks: %v", s, err)
	}
}

// knock knocks at a room and returns the id that a member receives.
func (r *recorder) knock(t *testing.T, room, s, name, member string) (id string) {
	t.Helper()
	if _, err := r.Knock(room, s, Options{Name: name}); err != nil {
		t.Fatalf("%s knocks: %v", s, err)
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, e := range slices.Backward(r.events[member]) {
		if e.Kind == Knocked {
			return e.ID
		}
	}
	t.Fatalf("%s did not receive the knock", member)
	return ""
}
