package rooms

// Say relays a message of size bytes to the other members of the room in which
// the socket has a seat, or to the one with the id to. If room is not empty, it
// has to be that room. It returns how many members there are to receive it.
func (r *Registry[S, M]) Say(socket S, room, to string, m M, size int) (receivers int, err error) {
	var few [MinCapacity]delivery[S, M] // no allocation in a call of two
	r.mu.Lock()
	from := r.seats[socket]
	if from == nil || room != "" && room != from.room.name {
		r.mu.Unlock()
		return 0, ErrNoSeat
	}
	mail, overfull := few[:0], []*seat[S, M](nil)
	e := Event[M]{Kind: Message, Room: from.room.name, ID: from.id, Message: m, size: size}
	for _, s := range from.room.seats {
		if s == from || to != "" && s.id != to {
			continue
		}
		receivers++
		if d, ok := s.tell(e); ok {
			mail = append(mail, d)
		} else if !s.present && s.keepsTooMuch(r.cfg) {
			overfull = append(overfull, s)
		}
	}
	for _, s := range overfull { // what would be missing breaks its call anyway
		mail = append(mail, r.free(s)...)
	}
	r.mu.Unlock()
	r.drain(mail)
	return receivers, nil
}
