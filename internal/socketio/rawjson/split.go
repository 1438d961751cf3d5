package rawjson

import "math/bits"

// Split puts the elements of an array, as they stand there, into dst, until that
// is full, and returns how many it holds. It fails where text is not one array
// and nothing else (RFC 8259), in which arrays and objects nest at most so deep,
// itself included. That text is valid UTF-8 has been checked before.
//
// It is here because descriptions are strings of thousands of bytes, which it
// walks eight at a time; validators that look at each byte took longer than all
// else that is done for a packet.
func Split(dst [][]byte, text []byte, depth int) (n int, ok bool) {
	if len(text) == 0 || text[0] != '[' {
		return 0, false
	}
	end, n, ok := validArray(dst, text, 0, depth-1)
	return n, ok && space(text, end) == len(text)
}

// space skips what may stand between values.
func space(s []byte, i int) int {
	for i < len(s) && (s[i] == ' ' || s[i] == '\n' || s[i] == '\t' || s[i] == '\r') {
		i++
	}
	return i
}

// validValue finds the end of the value that has to begin at i, as all
// functions here do for what their names say.
func validValue(s []byte, i, depth int) (end int, ok bool) {
	if i >= len(s) {
		return i, false
	}
	switch c := s[i]; {
	case c == '"':
		return validString(s, i)
	case c == '[':
		end, _, ok = validArray(nil, s, i, depth-1)
		return end, ok
	case c == '{':
		return validObject(s, i, depth-1)
	case c == '-', c >= '0' && c <= '9':
		return validNumber(s, i)
	}
	for _, word := range [...]string{"true", "false", "null"} {
		if len(s)-i >= len(word) && string(s[i:i+len(word)]) == word {
			return i + len(word), true
		}
	}
	return i, false
}

// validArray puts elements into dst, until that is full.
func validArray(dst [][]byte, s []byte, i, depth int) (end, n int, ok bool) {
	if depth < 0 {
		return i, 0, false
	}
	if i = space(s, i+1); i < len(s) && s[i] == ']' {
		return i + 1, 0, true
	}
	for {
		start := i
		if i, ok = validValue(s, i, depth); !ok {
			return i, n, false
		}
		if n < len(dst) {
			dst[n] = s[start:i]
			n++
		}
		if i = space(s, i); i >= len(s) || s[i] != ',' {
			return i + 1, n, i < len(s) && s[i] == ']'
		}
		i = space(s, i+1)
	}
}

func validObject(s []byte, i, depth int) (end int, ok bool) {
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

// validString walks through what stands for itself, all but quotes, backslashes
// and control characters, eight bytes at a time, and through the line ends of
// descriptions, \r\n, four.
func validString(s []byte, i int) (end int, ok bool) {
	const each = 0x0101010101010101
	for i++; i < len(s); {
		if i+8 <= len(s) {
			w := load8(s[i : i+8])
			// This makes quotes spaces and backslashes zero. Where a byte is not more
			// than these, taking more off it borrows. The first one found is right;
			// what is above it may not be.
			quote, backslash := w^2*each, w^'\\'*each
			found := ((quote - (' '+1)*each) | (backslash - each)) &^ w & (0x80 * each)
			if found == 0 {
				i += 8
				continue
			}
			i += bits.TrailingZeros64(found) / 8
			if i+4 <= len(s) && string(s[i:i+4]) == `\r\n` {
				i += 4
				continue
			}
		}
		switch c := s[i]; {
		case c == '\\':
			n := escapeSize(s[i:])
			if n == 0 {
				return i, false
			}
			i += n
		case c == '"':
			return i + 1, true
		case c < ' ':
			return i, false
		default:
			i++
		}
	}
	return i, false
}

// load8 is the first eight bytes as a number, the first one lowest. The compiler
// makes one instruction of it.
func load8(s []byte) uint64 {
	_ = s[7]
	return uint64(s[0]) | uint64(s[1])<<8 | uint64(s[2])<<16 | uint64(s[3])<<24 |
		uint64(s[4])<<32 | uint64(s[5])<<40 | uint64(s[6])<<48 | uint64(s[7])<<56
}

// simple are the escapes of one character.
var simple = [256]bool{'"': true, '\\': true, '/': true, 'b': true, 'f': true, 'n': true, 'r': true, 't': true}

// escapeSize is the size of the escape that b begins with, or zero if that is
// none.
func escapeSize(b []byte) int {
	if len(b) > 1 && simple[b[1]] {
		return 2
	}
	return unicodeSize(b)
}

// unicodeSize is escapeSize for those of a code unit.
func unicodeSize(b []byte) int {
	const size = len(`\u0000`)
	if len(b) < size || b[1] != 'u' {
		return 0
	}
	for _, c := range b[2:size] {
		if !(c >= '0' && c <= '9' || c|0x20 >= 'a' && c|0x20 <= 'f') {
			return 0
		}
	}
	return size
}

func validNumber(s []byte, i int) (end int, ok bool) {
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
func digits(s []byte, i int) (n int) {
	for i+n < len(s) && s[i+n] >= '0' && s[i+n] <= '9' {
		n++
	}
	return n
}
