package engine

// register lists the sockets of the reactor by keys that epoll keeps for it: a
// place in a slice, which is found faster than in a map, and how often that has
// been used, since epoll may still tell of a socket that is closed.
type register struct {
	places []place
	free   []uint32 // places that are not used
}

type place struct {
	socket *watched
	used   uint32
}

// add returns the key of a socket. It is never 0.
func (r *register) add(w *watched) (key uint64) {
	if len(r.free) == 0 {
		r.free = append(r.free, uint32(len(r.places)))
		r.places = append(r.places, place{})
	}
	i := r.free[len(r.free)-1]
	r.free = r.free[:len(r.free)-1]
	p := &r.places[i]
	p.socket = w
	p.used = max(p.used+1, 1)
	return uint64(p.used)<<32 | uint64(i)
}

// find returns nil for a socket that was removed.
func (r *register) find(key uint64) *watched {
	if p := r.place(key); p != nil {
		return p.socket
	}
	return nil
}

func (r *register) remove(key uint64) {
	if p := r.place(key); p != nil && p.socket != nil {
		p.socket = nil
		r.free = append(r.free, uint32(key))
	}
}

func (r *register) place(key uint64) *place {
	if i := uint32(key); int64(i) < int64(len(r.places)) && r.places[i].used == uint32(key>>32) {
		return &r.places[i]
	}
	return nil
}

// size is how many sockets there are.
func (r *register) size() int { return len(r.places) - len(r.free) }
