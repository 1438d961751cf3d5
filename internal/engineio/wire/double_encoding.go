package wire

import (
	"fmt"
	"unicode/utf16"
	"unicode/utf8"
)

// socket.io-client 1.x encodes text as UTF-8 twice where it cannot post binary
// data, and decodes what it polls twice: everywhere in Node, and in browsers
// without XMLHttpRequest 2. Nothing in its requests tells it from 2.x, which
// encodes once, but its text does, as soon as something in it is not ASCII.

// doubling is what is known of the encoding of a client that asked for base64.
type doubling int

const (
	doublingUnknown doubling = iota
	doublingNever            // 2.x
	doublingAlways           // 1.x
)

// undouble takes the second encoding off text, if it has one: it has where all
// characters are bytes, and the bytes UTF-8. Ordinary text practically never
// looks so.
func undouble(text []byte) ([]byte, bool) {
	once := make([]byte, 0, len(text))
	for _, r := range string(text) {
		if r > 0xff {
			return text, false
		}
		once = append(once, byte(r))
	}
	return once, utf8.Valid(once)
}

// double encodes text once more.
func double(text []byte) []byte {
	twice := make([]byte, 0, 2*len(text))
	for _, b := range text {
		twice = utf8.AppendRune(twice, rune(b))
	}
	return twice
}

// learnDoubling finds out from posted text whether the client encodes twice,
// and takes the second encoding off.
func (f *Framing) learnDoubling(packets []Packet) {
	for i, p := range packets {
		if p.Binary || f.doubling == doublingNever || isASCII(p.Data) {
			continue
		}
		once, doubled := undouble(p.Data)
		switch {
		case doubled:
			f.doubling, packets[i].Data = doublingAlways, once
		case f.doubling == doublingUnknown:
			f.doubling = doublingNever
		}
	}
}

// recode puts text into the form that the client reads. While nothing is known
// of the client, what is not ASCII is escaped, which both kinds read alike.
// Escapes can stand in the strings of JSON only, so other text is left as it is.
func (f Framing) recode(text []byte) []byte {
	switch {
	case !f.Base64 || f.doubling == doublingNever || isASCII(text):
		return text
	case f.doubling == doublingAlways:
		return double(text)
	case !f.JSON:
		return text
	}
	escaped := make([]byte, 0, 2*len(text))
	for _, r := range string(text) {
		if r < utf8.RuneSelf {
			escaped = append(escaped, byte(r))
			continue
		}
		for _, unit := range utf16.AppendRune(nil, r) {
			escaped = fmt.Appendf(escaped, `\u%04x`, unit)
		}
	}
	return escaped
}

func isASCII(b []byte) bool {
	for _, c := range b {
		if c >= utf8.RuneSelf {
			return false
		}
	}
	return true
}
