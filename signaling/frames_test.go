package signaling

import (
	"reflect"
	"testing"

	"vidchat/rooms"
)

// What another node sends does no harm, whatever it is.
func FuzzFrames(f *testing.F) {
	var options, presence, state writer
	options.options(rooms.Options{Capacity: 3, Name: "Ann", Proof: "proof", Seen: new(uint64(7))})
	presence.presence(rooms.Presence[details]{ID: "id", Given: map[uint64]uint64{1: 2}, Known: map[string]bool{"other": true}})
	state.roomState(roomState{Capacity: 2, Seats: []seatState{{ID: "id", Exact: true}}}, true)
	n := newCloud(f).add()
	s := New(Config{MaxCapacity: 8, SeatHold: testHold, Cluster: n})
	f.Cleanup(s.cluster.stop)
	key := n.Key("room")
	s.cluster.release(s.cluster.use("room"))
	for kind := range frameConfirm + 2 {
		for _, body := range [][]byte{nil, {1, 1, 4, 'r', 'o', 'o', 'm'}, options.b, presence.b, state.b} {
			w := newFrame(kind, key, 1, 0)
			f.Add(append(w.b, body...))
		}
	}
	f.Fuzz(func(_ *testing.T, body []byte) { s.cluster.receive("another", body) })
}

// What a node writes, another one reads.
func TestFramesSurvive(t *testing.T) {
	message := rooms.Event[details]{
		Kind: rooms.Message, Room: "room", ID: "ann", Number: 3, Origin: rooms.Origin{Stream: 9, Number: 4}, Message: details{json: []byte(`{"a":1}`)},
	}
	sent := []rooms.Sent[details]{{Nth: 5, Event: message}}
	numbers, none := map[uint64]uint64{1: 2}, map[uint64]uint64{}
	want := roomState{Capacity: 3, Proof: "proof", Locked: true, Seats: []seatState{
		{ID: "ann", Name: "Ann", Key: "key", Legacy: true, Streams: none, Had: none},
		{ID: "bob", Exact: true, Away: true, Number: 3, Seen: 2, Missing: 1, Lost: true, Streams: numbers, Had: numbers, Events: sent},
	}}
	var w writer
	w.roomState(want, true)
	if got := (&reader{b: w.b}).roomState("room"); !reflect.DeepEqual(got, want) {
		t.Errorf("a room: got %+v, want %+v", got, want)
	}
	there := rooms.Presence[details]{
		ID: "ann", Token: "token", Name: "Ann", Key: "key", Legacy: true, Room: rooms.RoomOptions{Capacity: 3, Proof: "proof", Locked: true},
		Number: 7, Missing: 2, Lost: true, Again: true, Given: numbers, Unacked: sent, Known: map[string]bool{"bob": true}, Knocks: []string{"knock"},
	}
	w = writer{}
	w.presence(there)
	if got := (&reader{b: w.b}).presence("room"); !reflect.DeepEqual(got, there) {
		t.Errorf("a presence: got %+v, want %+v", got, there)
	}
}
