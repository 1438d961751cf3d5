package rooms

import "time"

// handOver has another owner take a room: the sockets come back, some of them twice, and
// some not at all.
func (m *model) handOver() {
	name := m.pickRoomName()
	st, _, ok := m.registry.TakeOut(name)
	m.record("%s is handed over", name)
	known := make(map[string]Presence[content])
	for _, s := range st.Seats {
		known[s.ID] = presence(st, s)
	}
	m.registry.Own(name, st)
	if !ok {
		return
	}
	room := m.rooms[name]
	for _, s := range st.Seats {
		seat := room.findID(s.ID)
		if seat == nil {
			m.t.Errorf("a seat was handed over that should be free")
			continue
		}
		m.checkReceived(seat)
		if seat.socket == "" || m.rng.IntN(4) == 0 {
			seat.socket, seat.awaySince = "", time.Now()
			continue
		}
		for range 1 + m.rng.IntN(2) {
			if err := m.registry.Reenter(name, seat.socket, known[s.ID]); err != nil {
				m.t.Errorf("%s comes back: %v", seat.socket, err)
			}
			m.checkReceived(seat)
		}
	}
}

// presence is what the node of a socket knows.
func presence(st RoomState[string, content], s SeatState[string, content]) Presence[content] {
	p := Presence[content]{
		ID: s.ID, Token: s.Token, Name: s.Name, Room: RoomOptions{st.Capacity, st.Proof, st.Locked},
		Number: s.Given, Given: s.Had, Known: make(map[string]bool),
	}
	for _, other := range st.Seats {
		if other.ID != s.ID {
			p.Known[other.ID] = other.Away
		}
	}
	for _, e := range s.Events {
		if e.Nth > 0 && e.Event.Kind == Message {
			e.Event.Message, e.Event.owned = borrowed(e.Event.Message.read()), false
			p.Unacked = append(p.Unacked, e)
		}
	}
	return p
}

func (r *modelRoom) findID(id string) *modelSeat {
	for _, s := range r.seats {
		if idOf(s.token) == id {
			return s
		}
	}
	return nil
}
