package cluster

import (
	"encoding/binary"
	"errors"
)

// packet is what one PUBLISH carries from node to node: frames in order, and a
// receipt for what came the other way.
//
// The first frame of a packet has the number first, the next one first + 1. A
// stream is all that a node sends to another between two losses of it.
type packet struct {
	stream, first uint64
	receipt       receipt
	frames        []byte // each: channel, length, body
}

// receipt says what has arrived: everything of a stream up to a number.
type receipt struct {
	stream, upTo uint64
	resend       bool // something behind it has arrived, or the subscription was lost
	over         bool // the receiver no longer knows the stream
}

const (
	flagResend = 1 << iota
	flagOver
)

var errPacket = errors.New("malformed packet")

// appendHeader appends everything of a packet that comes before its frames.
func (p *packet) appendHeader(b []byte) []byte {
	var flags byte
	if p.receipt.resend {
		flags |= flagResend
	}
	if p.receipt.over {
		flags |= flagOver
	}
	b = append(b, flags)
	for _, v := range []uint64{p.stream, p.first, p.receipt.stream, p.receipt.upTo} {
		b = binary.AppendUvarint(b, v)
	}
	return b
}

// appendFrame appends a frame.
func appendFrame(b []byte, channel byte, body []byte) []byte {
	b = append(b, channel)
	b = binary.AppendUvarint(b, uint64(len(body)))
	return append(b, body...)
}

// parsePacket reads a packet, whose frames are checked as they are taken.
func parsePacket(b []byte) (p packet, err error) {
	if len(b) == 0 || b[0]&^(flagResend|flagOver) != 0 {
		return p, errPacket
	}
	p.receipt.resend, p.receipt.over = b[0]&flagResend != 0, b[0]&flagOver != 0
	b = b[1:]
	for _, v := range []*uint64{&p.stream, &p.first, &p.receipt.stream, &p.receipt.upTo} {
		n := 0
		if *v, n = binary.Uvarint(b); n <= 0 {
			return p, errPacket
		}
		b = b[n:]
	}
	p.frames = b
	return p, nil
}

// next takes the first frame. Its body is a part of the packet.
func (p *packet) next() (channel byte, body []byte, err error) {
	b := p.frames
	if len(b) < 2 {
		return 0, nil, errPacket
	}
	size, n := binary.Uvarint(b[1:])
	if n <= 0 || size > uint64(len(b)-1-n) {
		return 0, nil, errPacket
	}
	start := 1 + n
	end := start + int(size)
	p.frames = b[end:]
	return b[0], b[start:end:end], nil
}
