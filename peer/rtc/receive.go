package rtc

import (
	"time"

	"github.com/pion/rtcp"
	"github.com/pion/rtp"
	"github.com/pion/rtp/codecs"
	"github.com/pion/webrtc/v4"
)

// keyFrameInterval is how long a request for a key frame is not repeated.
const keyFrameInterval = time.Second

// receive reads a track until the connection is closed.
func (c *Connection) receive(track *webrtc.TrackRemote) {
	measured, first, isFirst := &c.audio, FirstSound, anyPacket
	if track.Kind() == webrtc.RTPCodecTypeVideo {
		measured, first, isFirst = &c.video, FirstFrame, new(firstFrame).endsWith
	}
	var requested time.Time
	for seen := false; ; {
		packet, _, err := track.ReadRTP()
		if err != nil {
			return
		}
		now := time.Now()
		measured.add(packet, now)
		if seen {
			continue
		}
		if seen = isFirst(packet); seen {
			c.events.State(first)
		} else if now.Sub(requested) >= keyFrameInterval {
			requested = now
			// If it cannot be sent, the connection is being closed.
			_ = c.pc.WriteRTCP([]rtcp.Packet{&rtcp.PictureLossIndication{MediaSSRC: uint32(track.SSRC())}})
		}
	}
}

func anyPacket(*rtp.Packet) bool { return true }

// firstFrame finds the first frame that can be decoded: a key frame of which no packet is
// missing.
type firstFrame struct {
	begun bool
	next  uint16
}

// endsWith reports whether the frame is whole with this packet.
func (f *firstFrame) endsWith(packet *rtp.Packet) bool {
	var vp8 codecs.VP8Packet
	payload, err := vp8.Unmarshal(packet.Payload)
	if err != nil || len(payload) == 0 {
		return false
	}
	switch begins := vp8.S == 1 && vp8.PID == 0; {
	case begins:
		f.begun = payload[0]&1 == 0 // the bit that inter frames have
	case packet.SequenceNumber != f.next:
		f.begun = false
	}
	f.next = packet.SequenceNumber + 1
	return f.begun && packet.Marker
}

// Quality is what was measured on a connection.
type Quality struct {
	Path  string    `json:"path"` // direct or relayed; empty without a connection
	RTTMS float64   `json:"rttMs"`
	Audio Reception `json:"audio"`
	Video Reception `json:"video"`
}

// Quality returns what was measured so far.
func (c *Connection) Quality() Quality {
	quality := Quality{Audio: c.audio.quality(), Video: c.video.quality()}
	if !c.started.Load() {
		return quality
	}
	transport := c.pc.SCTP().Transport().ICETransport()
	if stats, ok := transport.GetSelectedCandidatePairStats(); ok {
		quality.RTTMS = 1000 * stats.CurrentRoundTripTime
	}
	if pair, err := transport.GetSelectedCandidatePair(); err == nil && pair != nil {
		quality.Path = "direct"
		if pair.Local.Typ == webrtc.ICECandidateTypeRelay || pair.Remote.Typ == webrtc.ICECandidateTypeRelay {
			quality.Path = "relayed"
		}
	}
	return quality
}
