package rawjson

import (
	"encoding/binary"
	"math/bits"
	"unsafe"
)

// Valid tells whether text is one JSON value, as RFC 8259 has it, in which
// arrays and objects nest at most so deep. That text is valid UTF-8 has been
// seen before.
//
// It is here because descriptions are strings of thousands of bytes, which it
// walks eight at a time; validators that look at each took longer than all else
// that is done for a packet.
func Valid(text string, depth int) bool {
	end, ok := validValue(text, space(text, 0), depth)
	return ok && space(text, end) == len(text)
}

// space skips what may stand between values.
func space(s string, i int) int {
	for i < len(s) && (s[i] == ' ' || s[i] == '\n' || s[i] == '\t' || s[i] == '\r') {
		i++
	}
	return i
}

// validValue finds the end of the value that has to begin at i, as all
// functions here do for what their names say.
func validValue(s string, i, depth int) (end int, ok bool) {
	if i >= len(s) {
		return i, false
	}
	switch c := s[i]; {
	case c == '"':
		return validString(s, i)
	case c == '[':
		return validArray(s, i, depth-1)
	case c == '{':
		return validObject(s, i, depth-1)
	case c == '-', c >= '0' && c <= '9':
		return validNumber(s, i)
	}
	for _, word := range [...]string{"true", "false", "null"} {
		if len(s)-i >= len(word) && s[i:i+len(word)] == word {
			return i + len(word), true
		}
	}
	return i, false
}

func validArray(s string, i, depth int) (end int, ok bool) {
	if depth < 0 {
		return i, false
	}
	if i = space(s, i+1); i < len(s) && s[i] == ']' {
		return i + 1, true
	}
	for {
		if i, ok = validValue(s, i, depth); !ok {
			return i, false
		}
		if i = space(s, i); i >= len(s) || s[i] != ',' {
			return i + 1, i < len(s) && s[i] == ']'
		}
		i = space(s, i+1)
	}
}

func validObject(s string, i, depth int) (end int, ok bool) {
	if depth < 0 {
		return i, false
	}
	if i = space(s, i+1); i < len(s) && s[i] == '}' {
		return i + 1, true
	}
	for {
		if i >= len(s) || s[i] != '"' {
			return i, false
		}
		if i, ok = validString(s, i); !ok {
			return i, false
		}
		if i = space(s, i); i >= len(s) || s[i] != ':' {
			return i, false
		}
		if i, ok = validValue(s, space(s, i+1), depth); !ok {
			return i, false
		}
		if i = space(s, i); i >= len(s) || s[i] != ',' {
			return i + 1, i < len(s) && s[i] == '}'
		}
		i = space(s, i+1)
	}
}

func validString(s string, i int) (end int, ok bool) {
	for i++; i < len(s); {
		switch s[i] {
		case '"':
			return i + 1, true
		case '\\':
			if i = validEscape(s, i); i < 0 {
				return 0, false
			}
		default:
			start := i
			if i = plain(s, i); i == start {
				return i, false // a control character
			}
		}
	}
	return i, false
}

// simple are the escapes of one character.
var simple = [256]bool{'"': true, '\\': true, '/': true, 'b': true, 'f': true, 'n': true, 'r': true, 't': true}

// validEscape returns -1 where there is none.
func validEscape(s string, i int) (end int) {
	if i+1 >= len(s) {
		return -1
	}
	if simple[s[i+1]] {
		return i + 2
	}
	if s[i+1] == 'u' {
		const digits = 4
		if len(s)-i < len(`\u`)+digits {
			return -1
		}
		for _, c := range []byte(s[i+2 : i+2+digits]) {
			if !(c >= '0' && c <= '9' || c|0x20 >= 'a' && c|0x20 <= 'f') {
				return -1
			}
		}
		return i + len(`\u`) + digits
	}
	return -1
}

// plain skips what stands for itself in a string: all but quotes, backslashes
// and control characters.
func plain(s string, i int) int {
	const (
		each  = 0x0101010101010101
		highs = 0x80 * each
	)
	b := unsafe.Slice(unsafe.StringData(s), len(s))
	for ; i+8 <= len(b); i += 8 {
		w := binary.LittleEndian.Uint64(b[i:])
		quote, backslash := w^('"'*each), w^('\\'*each)
		// A byte is zero, or less than a space, where taking something off it
		// borrows. The first one found is right; what is above it may not be.
		found := (quote-each)&^quote | (backslash-each)&^backslash | (w-' '*each)&^w
		if found &= highs; found != 0 {
			return i + bits.TrailingZeros64(found)/8
		}
	}
	for i < len(s) && s[i] >= ' ' && s[i] != '"' && s[i] != '\\' {
		i++
	}
	return i
}

func validNumber(s string, i int) (end int, ok bool) {
	if s[i] == '-' {
		i++
	}
	switch n := digits(s, i); {
	case n == 0, n > 1 && s[i] == '0':
		return i, false
	default:
		i += n
	}
	if i < len(s) && s[i] == '.' {
		n := digits(s, i+1)
		if n == 0 {
			return i, false
		}
		i += 1 + n
	}
	if i < len(s) && s[i]|0x20 == 'e' {
		if i++; i < len(s) && (s[i] == '+' || s[i] == '-') {
			i++
		}
		n := digits(s, i)
		return i + n, n > 0
	}
	return i, true
}

// digits counts the digits at i.
func digits(s string, i int) (n int) {
	for i+n < len(s) && s[i+n] >= '0' && s[i+n] <= '9' {
		n++
	}
	return n
}
