package rtc

import (
	"math"
	"testing"
	"time"

	"github.com/pion/rtp"
)

func TestReception(t *testing.T) {
	r := reception{clockRate: 90_000, hasFrames: true}
	begun := time.Unix(1000, 0)
	// Frames of two packets, every 100 ms, across the end of the sequence numbers. One
	// packet is lost, two arrive in the wrong order, and the last frame is 32 ms late.
	for _, i := range []int{0, 1, 2, 4, 3, 5, 6, 8, 9} {
		arrived := begun.Add(time.Duration(i/2) * 100 * time.Millisecond)
		if i/2 == 4 {
			arrived = arrived.Add(32 * time.Millisecond)
		}
		r.add(&rtp.Packet{
			Header:  rtp.Header{SequenceNumber: uint16(65_533 + i), Timestamp: uint32(i / 2 * 9000), Marker: i%2 == 1},
			Payload: make([]byte, 54),
		}, arrived)
	}
	got := r.quality()
	if got.Packets != 9 || got.Frames != 4 || got.LossPct != 10 {
		t.Errorf("%+v", got)
	}
	if want := 32.0 / 16; math.Abs(got.JitterMS-want*15/16) > 0.01 {
		t.Errorf("the jitter is %.3f ms", got.JitterMS)
	}
	if want := 9 * 54 * 8 / 0.432 / 1000; math.Abs(got.KBitPerS-want) > 0.01 {
		t.Errorf("the rate is %.3f kbit/s", got.KBitPerS)
	}
}

func TestFirstFrame(t *testing.T) {
	packet := func(number uint16, start, key, marker bool) *rtp.Packet {
		header := byte(0)
		if start {
			header = 0x10
		}
		frame := byte(1)
		if key {
			frame = 0
		}
		return &rtp.Packet{Header: rtp.Header{SequenceNumber: number, Marker: marker}, Payload: []byte{header, frame}}
	}
	var first firstFrame
	for i, step := range []struct {
		packet *rtp.Packet
		want   bool
	}{
		{packet(1, true, false, true), false},  // no key frame
		{packet(2, true, true, false), false},  // begins
		{packet(4, false, false, true), false}, // after a gap
		{packet(5, true, true, false), false},
		{packet(6, false, false, true), true},
	} {
		if got := first.endsWith(step.packet); got != step.want {
			t.Errorf("packet %d: %t", i, got)
		}
	}
	if new(firstFrame).endsWith(&rtp.Packet{}) {
		t.Error("an empty packet is a frame")
	}
}
