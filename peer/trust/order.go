package trust

import "slices"

// Order knows which session descriptions of one sender are the newest.
type Order struct {
	epochs []string // accepted; the last one is the newest
	offer  int64    // number of its newest offer
}

// Newest reports whether a description whose MAC is right is not older than one before.
// ownEpoch is the receiver's.
func (o *Order) Newest(s Signed, ownEpoch string) bool {
	if s.Type == "answer" && s.Answers != ownEpoch {
		return false
	}
	if len(o.epochs) == 0 || s.Epoch != o.epochs[len(o.epochs)-1] {
		if slices.Contains(o.epochs, s.Epoch) {
			return false
		}
		o.epochs, o.offer = append(o.epochs, s.Epoch), 0
	}
	if s.Type == "answer" {
		return true
	}
	if s.Offer < o.offer {
		return false
	}
	o.offer = s.Offer
	return true
}

// Epoch returns the newest epoch of the sender, empty if there is none yet.
func (o *Order) Epoch() string {
	if len(o.epochs) == 0 {
		return ""
	}
	return o.epochs[len(o.epochs)-1]
}
