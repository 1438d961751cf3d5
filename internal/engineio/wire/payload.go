package wire

import (
	"bytes"
	"encoding/base64"
	"errors"
	"strconv"
	"unicode/utf8"
)

// A payload is the body of a polling request or answer: several packets in
// one. Each dialect has its own framing.

var (
	errPayloadLength = errors.New("payload: wrong packet length")
	errPayloadEmpty  = errors.New("payload: empty")
	errPayloadUTF8   = errors.New("payload: invalid UTF-8")
	errPayloadBase64 = errors.New("payload: invalid base64")
	errPayloadBinary = errors.New("payload: binary framing is not part of Engine.IO 4")
)

const separator4 = '\x1e' // between the packets of an Engine.IO 4 payload

// decodePayload3 splits an Engine.IO 3 payload. Text framing is
// <length>:<packet>, the length in UTF-16 code units; binary framing is used
// by clients that have a binary packet to send, and by socket.io-client 1.x
// always. The packets share the memory of body.
func decodePayload3(body []byte, octets bool) ([]Packet, error) {
	if len(body) == 0 {
		return nil, errPayloadEmpty
	}
	if octets {
		return decodeOctets3(body)
	}
	if !utf8.Valid(body) {
		return nil, errPayloadUTF8
	}
	var packets []Packet
	for len(body) > 0 {
		colon := bytes.IndexByte(body, ':')
		n, err := payloadLength(body, colon)
		if err != nil {
			return nil, err
		}
		body = body[colon+1:]
		end, ok := utf16Prefix(body, n)
		if !ok {
			return nil, errPayloadLength
		}
		p, err := parseText3(body[:end])
		if err != nil {
			return nil, err
		}
		packets, body = append(packets, p), body[end:]
	}
	return packets, nil
}

// payloadLength reads the digits before the colon. More than nine of them
// cannot be meant.
func payloadLength(body []byte, colon int) (int, error) {
	if colon < 1 || colon > 9 {
		return 0, errPayloadLength
	}
	n := 0
	for _, c := range body[:colon] {
		if c < '0' || c > '9' {
			return 0, errPayloadLength
		}
		n = n*10 + int(c-'0')
	}
	return n, nil
}

// utf16Prefix finds how many bytes of the valid UTF-8 text b are n UTF-16
// code units. It fails where b is shorter or a surrogate pair would be split.
func utf16Prefix(b []byte, n int) (int, bool) {
	i := 0
	for n > 0 && i < len(b) {
		if b[i] < utf8.RuneSelf {
			i, n = i+1, n-1
			continue
		}
		r, size := utf8.DecodeRune(b[i:])
		i, n = i+size, n-utf16Units(r)
	}
	return i, n == 0
}

func utf16Units(r rune) int {
	if r > 0xffff {
		return 2
	}
	return 1
}

// utf16Length is the number of UTF-16 code units of valid UTF-8 text.
func utf16Length(b []byte) int {
	n := 0
	for i := 0; i < len(b); {
		if b[i] < utf8.RuneSelf {
			i, n = i+1, n+1
			continue
		}
		r, size := utf8.DecodeRune(b[i:])
		i, n = i+size, n+utf16Units(r)
	}
	return n
}

// parseText3 reads one packet in text form: b<type><base64> is binary.
func parseText3(b []byte) (Packet, error) {
	if len(b) < 2 || b[0] != 'b' {
		return ParseText(b)
	}
	p, err := ParseText(b[1:])
	if err != nil {
		return Packet{}, err
	}
	if p.Type != Message {
		return Packet{}, errUnknownPacket
	}
	p.Binary = true
	p.Data, err = decodeBase64(p.Data)
	return p, err
}

func decodeBase64(b []byte) ([]byte, error) {
	data := make([]byte, base64.StdEncoding.DecodedLen(len(b)))
	n, err := base64.StdEncoding.Decode(data, b)
	if err != nil {
		return nil, errPayloadBase64
	}
	return data[:n], nil
}

// decodeOctets3 reads the binary framing of Engine.IO 3: 0 for text or 1 for
// binary, the digits of the length in bytes, each as a byte of its value, 255,
// and the packet.
func decodeOctets3(body []byte) ([]Packet, error) {
	var packets []Packet
	for len(body) > 0 {
		end := bytes.IndexByte(body, 0xff)
		if body[0] > 1 || end < 2 || end > 10 {
			return nil, errPayloadLength
		}
		n := 0
		for _, digit := range body[1:end] {
			if digit > 9 {
				return nil, errPayloadLength
			}
			n = n*10 + int(digit)
		}
		binary := body[0] == 1
		body = body[end+1:]
		if n > len(body) {
			return nil, errPayloadLength
		}
		p, err := parseOctets3(body[:n], binary)
		if err != nil {
			return nil, err
		}
		packets, body = append(packets, p), body[n:]
	}
	return packets, nil
}

func parseOctets3(b []byte, binary bool) (Packet, error) {
	if binary {
		return parseBinary3(b)
	}
	if !utf8.Valid(b) {
		return Packet{}, errPayloadUTF8
	}
	return ParseText(b)
}

// parseBinary3 reads a binary packet of Engine.IO 3, whose first byte is the
// type, as a number.
func parseBinary3(b []byte) (Packet, error) {
	if len(b) == 0 {
		return Packet{}, errEmptyPacket
	}
	if b[0] != byte(Message) {
		return Packet{}, errUnknownPacket
	}
	return binaryMessage(b[1:]), nil
}

// appendPayload3 encodes packets in text framing.
func appendPayload3(dst []byte, packets []Outgoing, f Framing) []byte {
	for _, o := range packets {
		data := o.Packet()
		switch {
		case o.binary:
			data = []byte{'b', data[0] + '0'}
			data = base64.StdEncoding.AppendEncode(data, o.Packet()[1:])
		default:
			data = f.recode(data)
		}
		dst = strconv.AppendInt(dst, int64(utf16Length(data)), 10)
		dst = append(dst, ':')
		dst = append(dst, data...)
	}
	return dst
}

// appendOctets3 encodes packets in binary framing, for clients that take it
// and need it.
func appendOctets3(dst []byte, packets []Outgoing) []byte {
	for _, o := range packets {
		if o.binary {
			dst = append(dst, 1)
		} else {
			dst = append(dst, 0)
		}
		for _, digit := range strconv.Itoa(len(o.Packet())) {
			dst = append(dst, byte(digit-'0'))
		}
		dst = append(dst, 0xff)
		dst = append(dst, o.Packet()...)
	}
	return dst
}

// decodePayload4 splits an Engine.IO 4 payload: packets with a separator
// between them, b<base64> for a binary message.
func decodePayload4(body []byte, octets bool) ([]Packet, error) {
	if octets {
		return nil, errPayloadBinary
	}
	if !utf8.Valid(body) {
		return nil, errPayloadUTF8
	}
	packets := make([]Packet, 0, 1)
	for part := range bytes.SplitSeq(body, []byte{separator4}) {
		p, err := parseText4(part)
		if err != nil {
			return nil, err
		}
		packets = append(packets, p)
	}
	return packets, nil
}

// parseText4 reads one packet in text form: b<base64> is a binary message.
func parseText4(b []byte) (Packet, error) {
	if len(b) == 0 || b[0] != 'b' {
		return ParseText(b)
	}
	data, err := decodeBase64(b[1:])
	return binaryMessage(data), err
}

// appendPayload4 encodes packets as an Engine.IO 4 payload.
func appendPayload4(dst []byte, packets []Outgoing) []byte {
	for i, o := range packets {
		if i > 0 {
			dst = append(dst, separator4)
		}
		if o.binary {
			dst = append(dst, 'b')
			dst = base64.StdEncoding.AppendEncode(dst, o.Packet())
			continue
		}
		dst = append(dst, o.Packet()...)
	}
	return dst
}
