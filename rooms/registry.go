package rooms

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"sync"
	"sync/atomic"
	"time"
)

// Limits, and the sizes of secrets and ids.
const (
	MaxNameSize  = 256 // of a room, in bytes
	MinCapacity  = 2   // of a room, in seats
	TokenSize    = 22  // base64url of 16 bytes
	idSize       = 20  // of a member or a knock, in characters
	maxKnocks    = 16  // that wait, per room
	maxGroup     = 8   // of them, per Options.Group
	admittedTime = 30 * time.Second
)

// Errors. A call that returns one of them has changed nothing.
var (
	ErrName         = errors.New("rooms: a room name must have 1 to 256 bytes")
	ErrToken        = errors.New("rooms: invalid token")
	ErrFull         = errors.New("rooms: every seat is taken")
	ErrTooManyRooms = errors.New("rooms: too many rooms")
	ErrDenied       = errors.New("rooms: the proof is wrong")
	ErrLocked       = errors.New("rooms: the room is locked")
	ErrNoSeat       = errors.New("rooms: no seat in that room")
	// ErrNotOwned means that another node may own the room; see Config.Changed.
	ErrNotOwned = errors.New("rooms: the room is not owned here")
	// ErrMissed means that messages to the seat are kept no longer; see Reenter.
	ErrMissed = errors.New("rooms: messages are kept no longer")
	// ErrInUse means that the seat claimed by Options.Key has a socket. It can be
	// claimed only after that socket was removed by Lose.
	ErrInUse = errors.New("rooms: the seat is in use")
)

// Config has the limits of a Registry. Zero means no limit; a zero Hold frees the
// seat of a lost socket at once.
type Config struct {
	MaxRooms    int           // at a time
	MaxCapacity int           // of a room, in seats
	Hold        time.Duration // how long a seat without a socket is held
	// MinAway is how long a seat has been without a socket before a new member may
	// take it. Until then, only its owner can.
	MinAway time.Duration
	// A seat without a socket is freed when more than this is kept for it.
	KeptMessages int
	KeptBytes    int
	// KeptInAll is how many bytes may be kept for all seats.
	KeptInAll int
	// Changed is nil, unless rooms are shared with other nodes. Then only a room that
	// was given to Own can be entered, and Changed is told when the record of a room
	// has changed, or it has no seats any longer. It must not block.
	Changed func(room string)
}

// Content is what messages consist of. Relay borrows it: what has to be kept is a
// copy, which is freed once it is not needed any longer.
type Content[M any] interface {
	Size() int // in bytes
	Copy() M
	Free()
}

// Registry holds the rooms and their seats. S is the type of sockets, and M that
// of messages. Its methods are atomic and safe for concurrent use. It sends events
// without holding its lock.
type Registry[S comparable, M Content[M]] struct {
	cfg  Config
	send SendFunc[S, M]

	spare sync.Pool // see sentList

	mu        sync.Mutex // guards the fields below and everything they refer to
	rooms     map[string]*room[S, M]
	bySocket  map[S]*seat[S, M]
	knocks    map[S]*knock[S, M]
	seatCount int // with or without a socket
	kept      int // for all seats, in bytes
	givenUp   int // see GivenUp

	// For rooms that are shared with other nodes; see Config.Changed.
	owned   map[string]bool // nil if they are not shared
	changed []string        // to be reported
	drained *sync.Cond      // with mu: a mailbox of a frozen room is no longer drained

	hasChanged atomic.Bool // whether there is anything to be reported, without the lock
}

// SendFunc sends an event to a socket. It returns how many events the socket was
// sent, including this one, and how many of them are known to have arrived. It must
// not keep the content of a message.
type SendFunc[S comparable, M Content[M]] func(s S, e Event[M]) (sent, arrived uint64)

// New returns a Registry that sends events with send.
func New[S comparable, M Content[M]](cfg Config, send SendFunc[S, M]) *Registry[S, M] {
	r := &Registry[S, M]{
		cfg:      cfg,
		send:     send,
		rooms:    make(map[string]*room[S, M]),
		bySocket: make(map[S]*seat[S, M]),
		knocks:   make(map[S]*knock[S, M]),
	}
	r.drained = sync.NewCond(&r.mu)
	if cfg.Changed != nil {
		r.owned = make(map[string]bool)
	}
	return r
}

// room is guarded by the registry's mutex.
type room[S comparable, M Content[M]] struct {
	name     string
	capacity int
	proof    string
	locked   bool
	limits   *Config
	seats    []*seat[S, M]  // oldest first
	knocks   []*knock[S, M] // oldest first
	frozen   bool           // about to be taken out: nothing more is sent
	grace    *time.Timer    // runs after a takeover; see Own
}

// Size returns the numbers of rooms and of seats.
func (r *Registry[S, M]) Size() (rooms, seats int) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return len(r.rooms), r.seatCount
}

// NewToken returns a new secret that gives access to a seat.
func NewToken() string {
	var b [16]byte
	_, _ = rand.Read(b[:]) // never fails
	return base64.RawURLEncoding.EncodeToString(b[:])
}

// idOf derives the id of a seat from its token. So a member that returns after a
// restart of the server keeps its id.
func idOf(token string) string {
	sum := sha256.Sum256([]byte(token))
	const size = idSize / 4 * 3 // in bytes; what is longer would be kept with the id
	return base64.RawURLEncoding.EncodeToString(sum[:size])
}

func validToken(token string) bool {
	_, err := base64.RawURLEncoding.Strict().DecodeString(token)
	return len(token) == TokenSize && err == nil
}
