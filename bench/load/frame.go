//go:build linux

package load

import "encoding/binary"

// First bytes of unfragmented frames (RFC 6455): the FIN bit and an opcode.
const (
	finalText  = 0x81
	finalClose = 0x88
	finalPing  = 0x89
	finalPong  = 0x8a
)

// appendFrame appends a client's text frame. Its mask is zero: the server still has
// to apply it, while the client saves the work.
func appendFrame(dst []byte, payload string) []byte {
	return append(appendHeader(dst, finalText, len(payload)), payload...)
}

// pongTo returns the pong frame for the payload of a ping.
func pongTo(payload []byte) []byte {
	return append(appendHeader(nil, finalPong, len(payload)), payload...)
}

func appendHeader(dst []byte, first byte, size int) []byte {
	const masked = 0x80
	dst = append(dst, first)
	switch {
	case size < 126:
		dst = append(dst, masked|byte(size))
	case size < 1<<16:
		dst = append(dst, masked|126)
		dst = binary.BigEndian.AppendUint16(dst, uint16(size))
	default:
		dst = append(dst, masked|127)
		dst = binary.BigEndian.AppendUint64(dst, uint64(size))
	}
	return append(dst, 0, 0, 0, 0)
}

// nextFrame parses the server's frame at the beginning of buf. The size is zero if
// the frame is incomplete.
func nextFrame(buf []byte) (first byte, payload []byte, size int) {
	if len(buf) < 2 {
		return 0, nil, 0
	}
	head, n := 2, int(buf[1])
	switch {
	case n == 126 && len(buf) >= 4:
		head, n = 4, int(binary.BigEndian.Uint16(buf[2:]))
	case n == 127 && len(buf) >= 10:
		head, n = 10, int(binary.BigEndian.Uint64(buf[2:]))
	case n >= 126:
		return 0, nil, 0
	}
	if len(buf) < head+n {
		return 0, nil, 0
	}
	return buf[0], buf[head : head+n], head + n
}
