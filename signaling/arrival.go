package signaling

import (
	"math"
	"slices"
	"time"

	"vidchat/rooms"
)

// arrival knows what a member was sent and may not have handled.
type arrival struct {
	sent     []sentFrame // not confirmed, oldest first
	kept     []rooms.Sent[details]
	bytes    int
	missing  missing
	reported uint64 // the owner's number of the last event that has arrived
	acked    uint64
	earlier  uint64 // see rooms: what arrived may be handled only a moment later
	since    time.Time
}

// missing is the last message that was dropped before it was confirmed: its number, and that
// of its packet. Both are 0 if there is none.
type missing struct{ number, sent uint64 }

// sentFrame is an event of the owner that was sent to the client as its nth.
type sentFrame struct{ sent, nth uint64 }

const handlingTime = time.Second

func (a *arrival) recordSent(sent, nth uint64, e rooms.Event[details]) {
	if sent == 0 { // the session is over, so it never arrives
		sent = math.MaxUint64
	}
	a.sent = append(a.sent, sentFrame{sent, nth})
	if e.Kind != rooms.Message {
		return
	}
	a.kept = append(a.kept, rooms.Sent[details]{Nth: sent, Event: e.Keep()})
	a.bytes += e.Message.Size()
	for len(a.kept) > keptMessages || a.bytes > keptBytes {
		a.missing = missing{a.kept[0].Event.Number, a.kept[0].Nth}
		a.dropKept()
	}
}

func (a *arrival) dropKept() {
	a.bytes -= a.kept[0].Event.Message.Size()
	a.kept[0].Event.Free()
	a.kept[0] = rooms.Sent[details]{}
	if a.kept = a.kept[1:]; len(a.kept) == 0 {
		a.kept = nil
	}
}

// confirm notes that the first n packets have arrived. It reports whether the owner does
// not know.
func (a *arrival) confirm(n uint64) (news bool) {
	i := 0
	for ; i < len(a.sent) && a.sent[i].sent <= n; i++ {
		a.reported, news = a.sent[i].nth, true
	}
	if a.sent = a.sent[i:]; len(a.sent) == 0 {
		a.sent = nil
	}
	a.acked = max(a.acked, n)
	if now := time.Now(); now.Sub(a.since) >= handlingTime {
		for len(a.kept) > 0 && a.kept[0].Nth <= a.earlier {
			a.dropKept()
		}
		a.earlier, a.since = a.acked, now
	}
	return news
}

func (a *arrival) dropAll() {
	for len(a.kept) > 0 {
		a.dropKept()
	}
}

// takeUnconfirmed returns what is kept, which is kept no longer.
func (a *arrival) takeUnconfirmed() (all []rooms.Sent[details]) {
	all, a.kept, a.bytes = a.kept, nil, 0
	return all
}

// unconfirmed returns what is kept, counted from 1.
func (a *arrival) unconfirmed() []rooms.Sent[details] {
	all := slices.Clone(a.kept)
	a.sent, a.reported = nil, 0
	for i := range all {
		a.sent = append(a.sent, sentFrame{all[i].Nth, uint64(i + 1)})
		all[i].Nth = uint64(i + 1)
	}
	return all
}
