//go:build linux

package load

import "encoding/binary"

// Opcodes of RFC 6455, with the bit for an unfragmented frame.
const (
	finalText  = 0x81
	finalClose = 0x88
	finalPing  = 0x89
	finalPong  = 0x8a
)

// appendFrame appends a client's frame. Its mask is zero: the server has to
// apply it all the same, and the load does not.
func appendFrame(dst []byte, payload string) []byte {
	return append(appendHeader(dst, finalText, len(payload)), payload...)
}

// pongTo answers a ping frame, as every browser does.
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

// nextFrame takes a server's frame off the beginning of buf. Its size is zero
// while the frame is not complete.
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
