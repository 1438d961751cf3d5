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

// holder is what the model knows of a seat.
type holder struct {
	token  string
	socket string // empty while away
	since  time.Time
	heard  uint64 // the number of the last message
}

// modelRoom is a room as simple as it can be.
type modelRoom struct {
	capacity int
	locked   bool
	holders  []*holder
}

// world is the model beside the registry.
type world struct {
	t      *testing.T
	rng    *rand.Rand
	real   *told
	rooms  map[string]*modelRoom
	tokens []string
	steps  []string
	fresh  int // counts sockets: none is used twice
}

const histories = 10_000

// Whatever happens, in whatever order: no room holds more than it may, no
// token opens two seats, nobody is told anything twice or out of order, and in
// the end everything is freed.
func TestHistories(t *testing.T) {
	for batch := range 20 {
		t.Run(fmt.Sprint(batch), func(t *testing.T) {
			t.Parallel()
			for i := range histories / 20 {
				synctest.Test(t, func(t *testing.T) {
					w := &world{t: t, rng: rand.New(rand.NewPCG(uint64(batch), uint64(i))), real: newTold(config), rooms: map[string]*modelRoom{}}
					w.live(30)
				})
				if t.Failed() {
					return
				}
			}
		})
	}
}

func (w *world) live(steps int) {
	actions := []func(){w.enter, w.enter, w.enter, w.comeBack, w.comeBack, w.cut, w.cut, w.leave, w.lock, w.say, w.say, w.say, w.pass}
	for range steps {
		actions[w.rng.IntN(len(actions))]()
		synctest.Wait()
		w.check()
		if w.t.Failed() {
			w.t.Fatalf("after %q", w.steps)
		}
	}
	for _, room := range w.rooms {
		for _, h := range room.holders {
			if h.socket != "" {
				w.real.Lose(h.socket, 0)
			}
		}
	}
	time.Sleep(hold)
	synctest.Wait()
	if rooms, seats := w.real.Size(); rooms+seats+len(w.real.seats)+len(w.real.waiting) != 0 {
		w.t.Errorf("in the end %d rooms and %d seats are left", rooms, seats)
	}
}

func (w *world) did(format string, args ...any) {
	w.steps = append(w.steps, fmt.Sprintf(format, args...))
}

func (w *world) newSocket() string {
	w.fresh++
	return fmt.Sprint("s", w.fresh)
}

// enter is a newcomer.
func (w *world) enter() {
	name, socket := w.roomName(), w.newSocket()
	capacity := 2 + w.rng.IntN(2)
	_, err := w.real.Enter(name, socket, Options{Capacity: capacity})
	w.did("%s enters %s: %v", socket, name, err)
	room := w.rooms[name]
	if room == nil {
		room = &modelRoom{capacity: capacity}
	}
	switch {
	case room.locked:
		w.wants(err, ErrLocked)
		return
	case len(room.holders) >= room.capacity && !room.yield():
		w.wants(err, ErrFull)
		return
	}
	w.wants(err, nil)
	if len(room.holders) == 0 { // made, or made anew after all have yielded
		room = &modelRoom{capacity: capacity}
	}
	w.rooms[name] = room
	token := w.token(socket)
	w.tokens = append(w.tokens, token)
	room.holders = append(room.holders, &holder{token: token, socket: socket})
}

func (w *world) roomName() string { return string('x' + rune(w.rng.IntN(2))) }

func (w *world) wants(got, want error) {
	w.t.Helper()
	if !errors.Is(got, want) {
		w.t.Errorf("got %v, want %v", got, want)
	}
}

// yield frees the seat that has been away for longest.
func (r *modelRoom) yield() bool {
	longest := -1
	for i, h := range r.holders {
		if h.socket == "" && (longest < 0 || h.since.Before(r.holders[longest].since)) {
			longest = i
		}
	}
	if longest >= 0 {
		r.holders = slices.Delete(r.holders, longest, longest+1)
	}
	return longest >= 0
}

// token is that which a socket was told in its last answer.
func (w *world) token(socket string) (token string) {
	for _, e := range w.real.log[socket] {
		if e.Kind == Entered {
			token = e.Entry.Token
		}
	}
	return token
}

// comeBack presents a token that was given out once.
func (w *world) comeBack() {
	if len(w.tokens) == 0 {
		return
	}
	token, name, socket := w.tokens[w.rng.IntN(len(w.tokens))], w.roomName(), w.newSocket()
	room := w.rooms[name]
	var h *holder
	if room != nil {
		if i := slices.IndexFunc(room.holders, func(h *holder) bool { return h.token == token }); i >= 0 {
			h = room.holders[i]
		}
	}
	if h == nil {
		return // as a newcomer with a token of its own choice, which enter covers
	}
	_, err := w.real.Enter(name, socket, Options{Token: token, Seen: new(h.heard)})
	w.did("%s comes back to %s: %v", socket, name, err)
	w.wants(err, nil)
	h.socket = socket
	if got := w.token(socket); got != token {
		w.t.Errorf("came back with %s and got %s", token, got)
	}
}

// anybody picks a seat with a socket.
func (w *world) anybody() (room *modelRoom, h *holder) {
	for _, name := range []string{"x", "y"} {
		if room := w.rooms[name]; room != nil {
			for _, h := range room.holders {
				if h.socket != "" && w.rng.IntN(2) == 0 {
					return room, h
				}
			}
		}
	}
	return nil, nil
}

func (w *world) cut() {
	if _, h := w.anybody(); h != nil {
		w.did("%s is cut", h.socket)
		w.real.Lose(h.socket, uint64(w.rng.IntN(int(w.real.sent[h.socket])+1)))
		h.socket, h.since = "", time.Now()
	}
}

func (w *world) leave() {
	if room, h := w.anybody(); h != nil {
		w.did("%s leaves", h.socket)
		w.real.Leave(h.socket)
		room.holders = slices.DeleteFunc(room.holders, func(other *holder) bool { return other == h })
		w.forgetEmpty()
	}
}

func (w *world) lock() {
	if room, h := w.anybody(); h != nil {
		room.locked = !room.locked
		w.did("%s locks: %v", h.socket, room.locked)
		w.wants(w.real.SetLocked(h.socket, room.locked), nil)
	}
}

func (w *world) say() {
	if room, h := w.anybody(); h != nil {
		heard, err := w.real.Say(h.socket, "", "", "m", 1)
		w.did("%s says: %d, %v", h.socket, heard, err)
		if err != nil || heard != len(room.holders)-1 {
			w.t.Errorf("%d heard it, %v", heard, err)
		}
	}
}

// pass lets time go by, which ends what is held.
func (w *world) pass() {
	time.Sleep(time.Duration(w.rng.IntN(int(hold / 2))))
	w.did("time passes")
	for _, room := range w.rooms {
		room.holders = slices.DeleteFunc(room.holders, func(h *holder) bool {
			return h.socket == "" && time.Since(h.since) >= hold
		})
	}
	w.forgetEmpty()
}

func (w *world) forgetEmpty() {
	for name, room := range w.rooms {
		if len(room.holders) == 0 {
			delete(w.rooms, name)
		}
	}
}

// check compares the registry with the model.
func (w *world) check() {
	seats := 0
	for _, room := range w.rooms {
		if len(room.holders) > room.capacity {
			w.t.Errorf("%d seats of %d", len(room.holders), room.capacity)
		}
		seats += len(room.holders)
		for _, h := range room.holders {
			w.checkHeard(h)
		}
	}
	if r, n := w.real.Size(); r != len(w.rooms) || n != seats {
		w.t.Errorf("%d rooms and %d seats, not %d and %d", r, n, len(w.rooms), seats)
	}
}

// checkHeard reads on what a socket was told: messages come one after the
// other, and an answer to a return comes before all of them.
func (w *world) checkHeard(h *holder) {
	if h.socket == "" {
		return
	}
	for _, e := range w.real.log[h.socket] {
		if e.Kind != Message {
			continue
		}
		if e.Number != h.heard+1 {
			w.t.Errorf("%s heard %d after %d", h.socket, e.Number, h.heard)
		}
		h.heard = e.Number
	}
	delete(w.real.log, h.socket)
}
