package rooms

// Say relays a message of size bytes to the other members of the room in which
// the socket has a seat, or to the one that to names. It tells how many there
// are to hear it. room, if not empty, has to be that room.
func (r *Registry[S, M]) Say(socket S, room, to string, m M, size int) (heard int, err error) {
	var few [MinCapacity]delivery[S, M] // no allocation in a call of two
	r.mu.Lock()
	from := r.seats[socket]
	if from == nil || room != "" && room != from.room.name {
		r.mu.Unlock()
		return 0, ErrNoSeat
	}
	mail := few[:0]
	var given []*seat[S, M]
	e := Event[M]{Kind: Message, Room: from.room.name, ID: from.id, Message: m, size: size}
	for _, s := range from.room.seats {
		if s == from || to != "" && s.id != to {
			continue
		}
		heard++
		if d, ok := s.tell(e); ok {
			mail = append(mail, d)
		} else if !s.present && s.tooMuch(r.cfg) {
			given = append(given, s)
		}
	}
	for _, s := range given { // what would be missing breaks its call anyway
		mail = append(mail, r.free(s)...)
	}
	r.mu.Unlock()
	r.pump(mail...)
	return heard, nil
}
