package rooms

// Relay sends a message to the other members of the socket's room, or only to the
// member whose id is to. If room is not empty, it has to be the name of that room.
// All of them are borrowed until Relay returns the number of recipients, present or
// away.
func (r *Registry[S, M]) Relay(socket S, room, to []byte, m M) (recipients int, err error) {
	var few [MinCapacity]delivery[S, M] // no allocation in a call of two
	r.mu.Lock()
	from := r.bySocket[socket]
	if from == nil || len(room) > 0 && string(room) != from.room.name {
		r.mu.Unlock()
		return 0, ErrNoSeat
	}
	deliveries, overflowed := few[:0], []*seat[S, M](nil)
	e := Event[M]{Kind: Message, Room: from.room.name, ID: from.id, Message: m, Origin: from.nextOrigin()}
	for _, s := range from.room.seats {
		if s == from || len(to) > 0 && s.id != string(to) {
			continue
		}
		recipients++
		if s.shared != nil && s.wasGiven(e) {
			continue
		}
		if d, ok := s.enqueueMessage(e); ok {
			deliveries = append(deliveries, d)
		} else if !s.present {
			over := s.overLimit(r.cfg)
			if r.recount(s); over {
				overflowed = append(overflowed, s)
			}
		}
	}
	for _, s := range overflowed { // a call that lacks messages would be broken anyway
		deliveries = append(deliveries, r.freeSeat(s)...)
	}
	r.mu.Unlock()
	r.drain(deliveries)
	return recipients, nil
}
