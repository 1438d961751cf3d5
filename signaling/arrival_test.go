package signaling

import (
	"testing"

	"vidchat/rooms"
)

// What is dropped before it is confirmed is lost only while its packet has not arrived.
func TestDroppedButArrived(t *testing.T) {
	m := &membership{home: new(home)}
	for number := range uint64(keptMessages + 1) {
		m.recordSent(number+10, number+1, rooms.Event[details]{Kind: rooms.Message, Number: number + 1})
	}
	for _, test := range []struct {
		confirmed uint64
		lost      bool
	}{{9, true}, {10, false}} {
		m.confirm(test.confirmed)
		if p := m.presence(true); p.Missing != 1 || p.Lost != test.lost {
			t.Errorf("with %d packets, message %d is missing, lost %t", test.confirmed, p.Missing, p.Lost)
		}
	}
	m.dropAll()
}
