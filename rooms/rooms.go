// Package rooms knows who is in which room. It knows nothing of sockets: a
// member is whatever the caller says it is.
package rooms

import (
	"errors"
	"slices"
	"strings"
	"sync"
)

// MaxNameSize is the longest name of a room, in bytes.
const MaxNameSize = 256

// What can be wrong with a join.
var (
	ErrName = errors.New("rooms: a name has 1 to 256 bytes")
	ErrFull = errors.New("rooms: room is full")
	ErrMany = errors.New("rooms: too many rooms")
)

// Registry holds the rooms and their members. A member is in one room at
// most, and a room without members does not exist. Its methods are safe for
// concurrent use, and each is atomic.
type Registry[M comparable] struct {
	mu    sync.RWMutex   // guards both maps and the slices in them
	rooms map[string][]M // by name, longest in the room first
	names map[M]string   // the room a member is in
	most  int            // rooms at a time; never changes
}

// New makes a registry that holds no more than most rooms at a time; 0 is no
// limit.
func New[M comparable](most int) *Registry[M] {
	return &Registry[M]{rooms: make(map[string][]M), names: make(map[M]string), most: most}
}

// Entry is what a join found and did. Its slices belong to the caller.
type Entry[M comparable] struct {
	Others []M  // the other members, longest in the room first
	Again  bool // the member was in the room already
	// Left and Stayed are the room the member was in before, and who is still
	// there; empty if it was in none, or in this one.
	Left   string
	Stayed []M
}

// Join puts a member into a room that has fewer than capacity members, and
// takes it out of the one it was in. Joining the room one is in changes
// nothing. The errors are ErrName, ErrFull and ErrMany; after each, nothing has
// changed.
func (r *Registry[M]) Join(name string, m M, capacity int) (Entry[M], error) {
	if name == "" || len(name) > MaxNameSize {
		return Entry[M]{}, ErrName
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	before, seated := r.names[m]
	if seated && before == name {
		return Entry[M]{Others: without(r.rooms[name], m), Again: true}, nil
	}
	others := r.rooms[name]
	switch {
	case len(others) >= capacity:
		return Entry[M]{}, ErrFull
	case r.most > 0 && len(others) == 0 && len(r.rooms) >= r.most:
		return Entry[M]{}, ErrMany
	}
	entry := Entry[M]{Others: slices.Clone(others)}
	if seated {
		entry.Left, entry.Stayed = before, r.remove(m, before)
	}
	r.insert(m, name)
	return entry, nil
}

// Leave takes a member out of the room it is in, if any. It returns the room
// and who is still there.
func (r *Registry[M]) Leave(m M) (name string, stayed []M, ok bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	name, ok = r.names[m]
	if !ok {
		return "", nil, false
	}
	return name, r.remove(m, name), true
}

// Others appends the other members of m's room to dst, and returns the name
// of the room, which is empty if m is in none.
func (r *Registry[M]) Others(dst []M, m M) (name string, others []M) {
	r.mu.RLock()
	defer r.mu.RUnlock()
	name = r.names[m]
	for _, other := range r.rooms[name] {
		if other != m {
			dst = append(dst, other)
		}
	}
	return name, dst
}

// Size is the number of rooms and of members in them.
func (r *Registry[M]) Size() (rooms, members int) {
	r.mu.RLock()
	defer r.mu.RUnlock()
	return len(r.rooms), len(r.names)
}

// insert is called with the lock held. The name may share the memory of
// something large, so it is copied, once for a room.
func (r *Registry[M]) insert(m M, name string) {
	members := r.rooms[name]
	if len(members) > 0 {
		name = r.names[members[0]]
	} else {
		name = strings.Clone(name)
	}
	r.rooms[name] = append(members, m)
	r.names[m] = name
}

// remove is called with the lock held. It returns a copy of those who stay.
func (r *Registry[M]) remove(m M, name string) []M {
	delete(r.names, m)
	stayed := without(r.rooms[name], m)
	if len(stayed) == 0 {
		delete(r.rooms, name)
		return nil
	}
	r.rooms[name] = stayed
	return slices.Clone(stayed)
}

func without[M comparable](members []M, m M) []M {
	others := make([]M, 0, len(members))
	for _, other := range members {
		if other != m {
			others = append(others, other)
		}
	}
	return others
}
