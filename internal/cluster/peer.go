package cluster

import "time"

// peer is another node, as this one knows it: what it is sent, and what came from it.
// It is guarded by the link's lock.
type peer struct {
	id    NodeID
	born  time.Duration
	ready bool // in the link's list of those to be sent something

	// What it is sent: frames without a receipt, the first of which has the number
	// base. Those before next were sent.
	stream  uint64
	base    uint64
	frames  []frame
	bytes   int
	next    int
	hold    bool          // after a time without a receipt: one packet, until there is one
	held    bool          // that packet is out
	moved   time.Duration // when a receipt last said something new
	patient time.Duration // how long to wait for a receipt
	retry   time.Duration // not before, since Redis did not take the last packet

	// What came from it.
	inStream   uint64
	upTo       uint64
	frozen     uint64        // a stream of its own that this node no longer knows
	resend     bool          // ask it to send again
	owed       bool          // a receipt
	owedSince  time.Duration // since when
	unreceipts int           // bytes without a receipt
}

// frame is what a handler gets, with the number that its place gives it.
type frame struct {
	channel byte
	body    []byte
}

// frameOverhead is what a frame takes beside its body.
const frameOverhead = 48

// packetBytes is the size from which a packet takes no more frames.
const packetBytes = 64 << 10

func (p *peer) unsent() bool { return p.next < len(p.frames) && !(p.hold && p.held) }

// take appends the next packet, which may be a receipt alone. It reports whether
// there is one.
func (p *peer) take(b []byte, now time.Duration) ([]byte, bool) {
	due := p.owed || p.resend || p.frozen != 0
	if !due && (!p.unsent() || now < p.retry) {
		return b, false
	}
	out := packet{receipt: receipt{stream: p.inStream, upTo: p.upTo, resend: p.resend}}
	if p.frozen != 0 {
		out.receipt = receipt{stream: p.frozen, over: true}
	} else {
		p.owed, p.resend, p.unreceipts = false, false, 0
	}
	p.frozen = 0
	if !p.unsent() || now < p.retry {
		return out.appendHeader(b), true
	}
	out.stream, out.first = p.stream, p.base+uint64(p.next)
	b = out.appendHeader(b)
	start := len(b)
	if p.next == 0 {
		p.moved = now
	}
	for p.next < len(p.frames) && len(b)-start < packetBytes {
		f := p.frames[p.next]
		b = appendFrame(b, f.channel, f.body)
		p.next++
	}
	p.held = p.hold
	return b, true
}

// again lets everything without a receipt be sent again.
func (p *peer) again() {
	p.next, p.hold, p.held = 0, false, false
}

// received handles a receipt, and reports whether the peer has lost the stream.
func (p *peer) received(r receipt, now time.Duration) (lost, again bool) {
	if r.stream != p.stream || r.stream == 0 {
		return false, false
	}
	sent := p.base + uint64(len(p.frames))
	if r.over || r.upTo+1 < p.base || r.upTo >= sent {
		return true, false
	}
	if count := int(r.upTo + 1 - p.base); count > 0 {
		for _, f := range p.frames[:count] {
			p.bytes -= len(f.body) + frameOverhead
		}
		clear(p.frames[:count])
		p.frames = p.frames[count:]
		p.base += uint64(count)
		p.next = max(p.next-count, 0)
		p.moved, p.patient, p.hold, p.held = now, 0, false, false
		if len(p.frames) == 0 {
			p.frames = nil
		}
	}
	if r.resend && p.next > 0 {
		p.again()
		return false, true
	}
	return false, false
}

// accept says what of a packet is new: it skips what came before and stops at a gap.
func (p *peer) accept(in *packet, now time.Duration) (frames []frame, err error) {
	number := in.first
	for len(in.frames) > 0 {
		channel, body, err := in.next()
		if err != nil {
			return frames, err
		}
		if !p.owed {
			p.owed, p.owedSince = true, now
		}
		p.unreceipts += len(body) + frameOverhead
		if number > p.upTo+1 {
			p.resend = true
			return frames, nil
		}
		if number == p.upTo+1 {
			p.upTo = number
			frames = append(frames, frame{channel, body})
		}
		number++
	}
	return frames, nil
}
