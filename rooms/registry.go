package rooms

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"sync"
	"time"
)

// Bounds of what can be asked for.
const (
	MaxNameSize  = 256 // of a room's name, in bytes
	MinCapacity  = 2
	TokenSize    = 22 // base64url of 16 bytes
	idSize       = 20 // of a member's id, in characters
	maxKnocks    = 16 // that wait at one door
	admittedTime = 30 * time.Second
)

// What can be wrong. After each of them, nothing has changed.
var (
	ErrName   = errors.New("rooms: a name has 1 to 256 bytes")
	ErrToken  = errors.New("rooms: not a token")
	ErrFull   = errors.New("rooms: every seat is taken")
	ErrMany   = errors.New("rooms: too many rooms")
	ErrDenied = errors.New("rooms: the proof is wrong")
	ErrLocked = errors.New("rooms: the room is locked")
	ErrNoSeat = errors.New("rooms: no seat in that room")
	// ErrInUse is that the seat claimed by key has a socket, which has to be
	// found silent first.
	ErrInUse = errors.New("rooms: the seat is in use")
)

// Config bounds a registry. Zero values mean no limit, and no holding.
type Config struct {
	Rooms        int           // at a time
	MaxCapacity  int           // seats of a room
	Hold         time.Duration // how long a seat without a socket is kept
	KeptMessages int           // for a seat without a socket; more, and it is given up
	KeptBytes    int
}

// Registry holds the rooms and their seats. S is a socket, M a message. Its
// methods are safe for concurrent use, and each is atomic. None of its locks
// is held while it delivers.
type Registry[S comparable, M any] struct {
	cfg     Config
	deliver Deliver[S, M]

	mu      sync.Mutex // guards what follows, and all that is reached from it
	rooms   map[string]*room[S, M]
	seats   map[S]*seat[S, M] // by the socket they have now
	waiting map[S]*knock[S, M]
	taken   int // seats, with or without a socket
}

// Deliver gives an event to a socket. It returns the socket's count of what it
// was given, with this event, and of what is known to have arrived.
type Deliver[S comparable, M any] func(s S, e Event[M]) (sent, arrived uint64)

// New makes a registry that tells its members what happens by deliver.
func New[S comparable, M any](cfg Config, deliver Deliver[S, M]) *Registry[S, M] {
	return &Registry[S, M]{
		cfg:     cfg,
		deliver: deliver,
		rooms:   make(map[string]*room[S, M]),
		seats:   make(map[S]*seat[S, M]),
		waiting: make(map[S]*knock[S, M]),
	}
}

// room is guarded by the registry's lock.
type room[S comparable, M any] struct {
	name     string
	capacity int
	proof    string
	locked   bool
	seats    []*seat[S, M] // longest in the room first
	knocks   []*knock[S, M]
}

// Size is the number of rooms, and of seats in them.
func (r *Registry[S, M]) Size() (rooms, seats int) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return len(r.rooms), r.taken
}

// newToken makes the secret that a seat is claimed with.
func newToken() string {
	var b [16]byte
	_, _ = rand.Read(b[:]) // never fails
	return base64.RawURLEncoding.EncodeToString(b[:])
}

// idOf makes the id of a seat of its token, so that who presents the token to
// a server that never saw it, after a restart, is known to others as before.
func idOf(token string) string {
	sum := sha256.Sum256([]byte(token))
	return base64.RawURLEncoding.EncodeToString(sum[:])[:idSize]
}

func validToken(token string) bool {
	_, err := base64.RawURLEncoding.Strict().DecodeString(token)
	return len(token) == TokenSize && err == nil
}
