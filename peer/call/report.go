package call

import (
	"time"

	"vidchat/peer/rtc"
)

// Moment is something that happened in a call.
type Moment struct {
	AtMS float64 `json:"atMs"` // since the call began
	What string  `json:"what"`
	Peer string  `json:"peer,omitempty"` // id of the other member, if it concerns one
}

// Report is what a call was like.
type Report struct {
	Timeline []Moment     `json:"timeline"`
	Peers    []PeerReport `json:"peers"`
}

// PeerReport is what the connection to another member was like.
type PeerReport struct {
	ID       string      `json:"id"`
	Name     string      `json:"name,omitempty"`
	Verified bool        `json:"verified"` // with the key of the call
	Quality  rtc.Quality `json:"quality"`
}

// Since returns when something first happened; false if it did not.
func (r Report) Since(what rtc.State) (time.Duration, bool) {
	for _, moment := range r.Timeline {
		if moment.What == string(what) {
			return time.Duration(moment.AtMS * float64(time.Millisecond)), true
		}
	}
	return 0, false
}
