package signaling

import (
	"crypto/sha256"
	"encoding/hex"
	"net/netip"
	"testing"
	"time"

	nodelink "vidchat/internal/cluster"
	"vidchat/rooms"
)

// sums are those of what nodes of a format send each other, as TestFormat has it.
var sums = map[int]string{
	2: "e807e856d836c62c",
}

// The values that frames are made of are not written differently without a new number of the
// format, so that nodes of two versions know that they do not understand each other. If this
// test fails, raise cluster.Format, and note the sum beside it. It does not see in which frames
// the values are, nor what packages cluster and forward put around them: whoever changes that
// has to remember the number.
func TestFormat(t *testing.T) {
	message := rooms.Event[details]{
		Kind: rooms.Message, Room: "room", ID: "id", Number: 2, WasSent: true, Legacy: true,
		Origin: rooms.Origin{Stream: 3, Number: 4}, Message: details{json: []byte(`"text"`)},
	}
	peers := []rooms.Peer{{ID: "other", Name: "Bob", Away: true}}
	sent := []rooms.Sent[details]{{Nth: 5, Event: message}}
	one := map[uint64]uint64{6: 7}
	w := newFrame(frameConfirm, RoomKey{8}, 9, 1024) // the last of the types
	w.message(forwardedMessage{id: "id", origin: message.Origin, to: []string{"other"}, text: []byte("text")})
	w.goodbye(10, "id", goodbye{number: 11, leave: true, hold: time.Second}, 12)
	w.prefix(netip.MustParsePrefix("192.0.2.0/24"))
	w.options(rooms.Options{
		Capacity: 13, Name: "Ann", Proof: "proof", Token: "token", NextKey: "next", Key: "key", Group: "group",
		Legacy: true, ClaimOnly: true, Quiet: true, Unanswered: true, Seen: new(uint64(14)),
	})
	w.event(message)
	w.event(rooms.Event[details]{Kind: rooms.Joined, ID: "id", Name: "Ann"})
	w.event(rooms.Event[details]{Kind: rooms.Entered, ID: "id", Entry: &rooms.Entry{
		Request: uint64(15), ID: "id", Token: "token", Capacity: 16, Locked: true, AlreadyInRoom: true, Resumed: true,
		Number: 17, Given: one, Peers: peers, Knocks: peers,
	}})
	w.presence(rooms.Presence[details]{
		ID: "id", Token: "token", Name: "Ann", Key: "key", Legacy: true, Again: true, Number: 18, Missing: 19, Lost: true,
		Room:  rooms.RoomOptions{Capacity: 20, Proof: "proof", Locked: true},
		Given: one, Unacked: sent, Known: map[string]bool{"other": true}, Knocks: []string{"knock"},
	})
	for _, all := range []bool{true, false} {
		w.roomState(roomState{Capacity: 21, Proof: "proof", Locked: true, Seats: []seatState{{
			ID: "id", Name: "Ann", Key: "key", Legacy: true, Exact: true, Away: true, Number: 22, Seen: 23, Missing: 24,
			Lost: true, Streams: one, Had: one, Events: sent,
		}}}, all)
	}
	sum := sha256.Sum256(w.b)
	if got := hex.EncodeToString(sum[:8]); got != sums[nodelink.Format] {
		t.Errorf("the sum of format %d is %s, want %q", nodelink.Format, got, sums[nodelink.Format])
	}
}
