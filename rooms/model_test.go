package rooms

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"testing/synctest"
	"time"
)

// modelSeat is the model of a seat.
type modelSeat struct {
	token      string
	socket     string // empty while away
	awaySince  time.Time
	messages   []string // to it, so far
	lastNumber uint64   // of the messages received
	seen       uint64   // of them, what the client last reported
	handled    uint64   // of them, what it must have handled, since it acknowledged some
	sent       uint64   // messages to the seat
}

// modelRoom is the model of a room.
type modelRoom struct {
	capacity int
	locked   bool
	seats    []*modelSeat
}

// model predicts what a registry does.
type model struct {
	t        *testing.T
	rng      *rand.Rand
	minAway  time.Duration
	shared   bool // with other nodes
	registry *recorder
	rooms    map[string]*modelRoom
	tokens   []string
	steps    []string
	sockets  int // so far; none is used twice
	messages int // so far
}

const (
	histories    = 10_000
	historySteps = 30
)

// In any sequence of events, no room exceeds its capacity, no token opens two seats,
// no message is delivered twice or out of order or lost unless the client is told so, no
// more is kept than may be, and finally everything is freed.
func TestHistories(t *testing.T) {
	const batches = 20
	for batch := range batches {
		t.Run(fmt.Sprint(batch), func(t *testing.T) {
			t.Parallel()
			for i := range histories / batches {
				synctest.Test(t, func(t *testing.T) { newModel(t, uint64(batch), uint64(i)).run() })
				if t.Failed() {
					return
				}
			}
		})
	}
}

func newModel(t *testing.T, seed1, seed2 uint64) *model {
	rng, cfg := rand.New(rand.NewPCG(seed1, seed2)), config
	cfg.MinAway = time.Duration(rng.IntN(3)) * 5 * time.Second
	cfg.KeptBytes = 1 << 20 // the number of messages is the limit
	shared := rng.IntN(2) == 0
	if shared {
		cfg.Changed = func(string) {}
	}
	m := &model{
		t: t, rng: rng, minAway: cfg.MinAway,
		registry: newRecorder(cfg), rooms: make(map[string]*modelRoom),
	}
	if m.shared = shared; shared {
		m.registry.Own("x", RoomState[string, content]{})
		m.registry.Own("y", RoomState[string, content]{})
	}
	return m
}

func (m *model) run() {
	actions := []func(){
		m.enter, m.enter, m.enter, m.resume, m.resume, m.lose, m.lose, m.leave, m.toggleLock,
		m.say, m.say, m.say, m.sayMuch, m.acknowledge, m.advanceTime,
	}
	if m.shared {
		actions = append(actions, m.handOver, m.handOver)
	}
	for range historySteps {
		actions[m.rng.IntN(len(actions))]()
		synctest.Wait()
		m.check()
		if m.t.Failed() {
			m.t.Fatalf("after %q", m.steps)
		}
	}
	m.loseAll()
	time.Sleep(hold)
	synctest.Wait()
	rooms, seats := m.registry.Size()
	if kept := m.registry.Kept(); kept != 0 {
		m.t.Errorf("finally, %d bytes are kept", kept)
	}
	if rooms+seats+len(m.registry.bySocket)+len(m.registry.knocks) != 0 {
		m.t.Errorf("finally, %d rooms and %d seats remain", rooms, seats)
	}
}

// record records a step for the report of a failure.
func (m *model) record(format string, args ...any) {
	m.steps = append(m.steps, fmt.Sprintf(format, args...))
}

func (m *model) newSocket() string {
	m.sockets++
	return fmt.Sprint("s", m.sockets)
}

func (m *model) pickRoomName() string { return string('x' + rune(m.rng.IntN(2))) }

func (m *model) expectError(got, want error) {
	m.t.Helper()
	if !errors.Is(got, want) {
		m.t.Errorf("got %v, want %v", got, want)
	}
}

// enter adds a new member.
func (m *model) enter() {
	name, socket := m.pickRoomName(), m.newSocket()
	capacity := 2 + m.rng.IntN(2)
	_, err := m.registry.Enter(name, socket, Options{Capacity: capacity})
	m.record("%s enters %s: %v", socket, name, err)
	room := m.rooms[name]
	if room == nil {
		room = &modelRoom{capacity: capacity}
	}
	switch {
	case room.locked:
		m.expectError(err, ErrLocked)
		return
	case len(room.seats) >= room.capacity && !room.freeLongestAway(m.minAway):
		m.expectError(err, ErrFull)
		return
	}
	m.expectError(err, nil)
	if len(room.seats) == 0 { // the room is new, or was removed with its last seat
		room = &modelRoom{capacity: capacity}
	}
	m.rooms[name] = room
	token := m.registry.token(socket)
	m.tokens = append(m.tokens, token)
	room.seats = append(room.seats, &modelSeat{token: token, socket: socket})
}

// freeLongestAway frees the seat that has been away the longest, if that is long enough.
func (r *modelRoom) freeLongestAway(minAway time.Duration) bool {
	longest := -1
	for i, s := range r.seats {
		if s.socket == "" && (longest < 0 || s.awaySince.Before(r.seats[longest].awaySince)) {
			longest = i
		}
	}
	if longest >= 0 && time.Since(r.seats[longest].awaySince) < minAway {
		return false
	}
	if longest >= 0 {
		r.seats = slices.Delete(r.seats, longest, longest+1)
	}
	return longest >= 0
}

// resume claims a seat with the token of an earlier answer.
func (m *model) resume() {
	if len(m.tokens) == 0 {
		return
	}
	token, name, socket := m.tokens[m.rng.IntN(len(m.tokens))], m.pickRoomName(), m.newSocket()
	seat := m.rooms[name].find(token)
	if seat == nil {
		return // it would be a new member, which enter covers
	}
	// It may have lost the last messages that it received.
	seat.lastNumber -= uint64(m.rng.Int64N(int64(seat.lastNumber-max(seat.seen, seat.handled)) + 1))
	seat.seen = seat.lastNumber
	_, err := m.registry.Enter(name, socket, Options{Token: token, Seen: new(seat.seen)})
	m.record("%s resumes in %s, having handled %d of %d: %v", socket, name, seat.seen, seat.sent, err)
	m.expectError(err, nil)
	seat.socket = socket
	if !m.registry.resumed(socket) {
		m.expectTooMany(seat)
		*seat = modelSeat{token: token, socket: socket}
	}
	if got := m.registry.token(socket); got != token {
		m.t.Errorf("resumed with %s and got %s", token, got)
	}
}

func (r *modelRoom) find(token string) *modelSeat {
	if r != nil {
		for _, s := range r.seats {
			if s.token == token {
				return s
			}
		}
	}
	return nil
}

// pickPresent picks a seat with a socket, or none.
func (m *model) pickPresent() (*modelRoom, *modelSeat) {
	for _, name := range []string{"x", "y"} {
		if room := m.rooms[name]; room != nil {
			for _, s := range room.seats {
				if s.socket != "" && m.rng.IntN(2) == 0 {
					return room, s
				}
			}
		}
	}
	return nil, nil
}

func (m *model) lose() {
	if _, s := m.pickPresent(); s != nil {
		m.record("%s is lost", s.socket)
		m.registry.Lose(s.socket, uint64(m.rng.IntN(int(m.registry.sent[s.socket])+1)))
		s.socket, s.awaySince = "", time.Now()
	}
}

func (m *model) loseAll() {
	for _, room := range m.rooms {
		for _, s := range room.seats {
			if s.socket != "" {
				m.registry.Lose(s.socket, 0)
			}
		}
	}
}

func (m *model) leave() {
	if room, s := m.pickPresent(); s != nil {
		m.record("%s leaves", s.socket)
		m.registry.Leave(s.socket)
		room.seats = slices.DeleteFunc(room.seats, func(other *modelSeat) bool { return other == s })
		m.removeEmptyRooms()
	}
}

func (m *model) toggleLock() {
	if room, s := m.pickPresent(); s != nil {
		room.locked = !room.locked
		m.record("%s locks: %v", s.socket, room.locked)
		m.expectError(m.registry.SetLocked(s.socket, room.locked), nil)
	}
}

func (m *model) say() {
	if room, s := m.pickPresent(); s != nil {
		recipients := m.sayOnce(room, s)
		m.record("%s says something to %d", s.socket, recipients)
		if recipients != len(room.seats)-1 {
			m.t.Errorf("%d recipients", recipients)
		}
		m.dropEnded(room)
	}
}

// acknowledge has some of the events arrive that a socket was sent.
func (m *model) acknowledge() {
	if _, s := m.pickPresent(); s != nil {
		m.record("%s acknowledges", s.socket)
		s.handled = s.lastNumber
		m.registry.Delivered(s.socket, uint64(m.rng.IntN(int(m.registry.sent[s.socket])+1)))
	}
}

// advanceTime lets held seats expire.
func (m *model) advanceTime() {
	time.Sleep(time.Duration(m.rng.IntN(int(hold / 2))))
	m.record("time passes")
	for _, room := range m.rooms {
		room.seats = slices.DeleteFunc(room.seats, func(s *modelSeat) bool {
			return s.socket == "" && time.Since(s.awaySince) >= hold
		})
	}
	m.removeEmptyRooms()
}

func (m *model) removeEmptyRooms() {
	for name, room := range m.rooms {
		if len(room.seats) == 0 {
			delete(m.rooms, name)
		}
	}
}

// check compares the registry with the model.
func (m *model) check() {
	seats := 0
	if m.shared { // too much is noticed only once the sockets should be back
		for _, room := range m.rooms {
			m.dropEnded(room)
		}
		m.removeEmptyRooms()
	}
	for _, room := range m.rooms {
		if len(room.seats) > room.capacity {
			m.t.Errorf("%d seats of %d", len(room.seats), room.capacity)
		}
		seats += len(room.seats)
		for _, s := range room.seats {
			m.checkReceived(s)
		}
	}
	if gotRooms, gotSeats := m.registry.Size(); gotRooms != len(m.rooms) || gotSeats != seats {
		m.t.Errorf("%d rooms and %d seats, want %d and %d", gotRooms, gotSeats, len(m.rooms), seats)
	}
}

// checkReceived checks the new messages of a seat: none is missing or out of order.
func (m *model) checkReceived(s *modelSeat) {
	if s.socket == "" {
		return
	}
	for _, e := range m.registry.events[s.socket] {
		if e.Kind != Message {
			continue
		}
		if e.Number != s.lastNumber+1 {
			m.t.Errorf("%s received message %d after %d", s.socket, e.Number, s.lastNumber)
		} else if want := s.messages[s.lastNumber]; e.Message.text != want {
			m.t.Errorf("%s received %q, want %q", s.socket, e.Message.text, want)
		}
		s.lastNumber = e.Number
	}
	delete(m.registry.events, s.socket)
}
