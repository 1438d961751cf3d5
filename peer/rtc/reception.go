package rtc

import (
	"sync"
	"time"

	"github.com/pion/rtp"
)

// reception measures one track as it arrives, as RFC 3550 (A.3, A.8) says.
type reception struct {
	clockRate float64
	hasFrames bool // whether the marker ends a frame

	mu       sync.Mutex // guards the fields below
	packets  int64
	bytes    int64
	frames   int64
	begun    time.Time
	last     time.Time
	base     uint16
	highest  uint16
	cycles   int64
	transit  float64
	jitter   float64
	measured bool // whether transit is known
}

// add counts a packet.
func (r *reception) add(packet *rtp.Packet, arrived time.Time) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.packets == 0 {
		r.begun, r.base, r.highest = arrived, packet.SequenceNumber, packet.SequenceNumber
	}
	if packet.SequenceNumber-r.highest < 1<<15 {
		if packet.SequenceNumber < r.highest {
			r.cycles++
		}
		r.highest = packet.SequenceNumber
	}
	r.packets++
	r.bytes += int64(len(packet.Payload))
	if r.hasFrames && packet.Marker {
		r.frames++
	}
	r.last = arrived

	transit := arrived.Sub(r.begun).Seconds() - float64(packet.Timestamp)/r.clockRate
	if r.measured {
		// More than a second is a timestamp that wrapped around, or another source.
		if d := max(transit-r.transit, r.transit-transit); d < 1 {
			r.jitter += (d - r.jitter) / 16
		}
	}
	r.transit, r.measured = transit, true
}

// quality returns what was measured so far.
func (r *reception) quality() Reception {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.packets == 0 {
		return Reception{}
	}
	expected := r.cycles<<16 + int64(r.highest) - int64(r.base) + 1
	result := Reception{
		Packets:  r.packets,
		Frames:   r.frames,
		LossPct:  100 * float64(max(0, expected-r.packets)) / float64(max(1, expected)),
		JitterMS: 1000 * r.jitter,
	}
	if seconds := r.last.Sub(r.begun).Seconds(); seconds > 0 {
		result.KBitPerS = float64(r.bytes) * 8 / 1000 / seconds
	}
	return result
}

// Reception says how well a track arrives.
type Reception struct {
	Packets  int64   `json:"packets"`
	Frames   int64   `json:"frames,omitempty"` // of video
	LossPct  float64 `json:"lossPercent"`
	JitterMS float64 `json:"jitterMs"`
	KBitPerS float64 `json:"kbitPerSecond"` // of payloads
}
