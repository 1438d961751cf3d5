// Package rawjson checks JSON, and finds its way in it without decoding it. What
// it need not look at, which is most of a description, it skips at the speed of
// a search for one byte.
//
// Only Split takes any text: on what is not valid JSON the others may panic. What they
// return shares the memory of what they are given, unless it is a string.
package rawjson

import (
	"bytes"
	"encoding/json"
)

// Member finds the first member of an object that has this name, which has to
// be one that needs no escapes.
func Member(object []byte, name string) (value []byte, ok bool) {
	for i := space(object, 1); object[i] != '}'; {
		end := skipString(object, i)
		key := object[i:end]
		at := space(object, space(object, end)+1) // behind the colon
		end = skipValue(object, at)
		if Says(key, name) {
			return object[at:end], true
		}
		i = space(object, end)
		if object[i] == ',' {
			i = space(object, i+1)
		}
	}
	return nil, false
}

// IsText reports whether a value is a string.
func IsText(value []byte) bool { return len(value) > 0 && value[0] == '"' }

// Text is what a string says, as browsers and encoding/json read it; gjson
// reads unpaired surrogates otherwise.
func Text(value []byte) string { return string(Unquote(value)) }

// Says reports whether a string says a text.
func Says(value []byte, text string) bool { return string(Unquote(value)) == text }

// Unquote is Text, without a copy where value has no escapes.
func Unquote(value []byte) []byte {
	if bytes.IndexByte(value, '\\') < 0 {
		return value[1 : len(value)-1]
	}
	return unescape(value)
}

// unescape is apart because what it decodes into is allocated.
func unescape(value []byte) []byte {
	var text string
	if err := json.Unmarshal(value, &text); err != nil {
		panic(err) // it is valid
	}
	return []byte(text)
}

// skipString finds the end of the string that begins at i: the first quote
// with an even number of backslashes before it.
func skipString(s []byte, i int) int {
	for i++; ; i++ {
		i += bytes.IndexByte(s[i:], '"')
		k := i
		for s[k-1] == '\\' {
			k--
		}
		if (i-k)%2 == 0 {
			return i + 1
		}
	}
}

// skipValue finds the end of the value that begins at i.
func skipValue(s []byte, i int) int {
	switch s[i] {
	case '"':
		return skipString(s, i)
	case '[', '{':
		return skipNested(s, i)
	}
	if n := bytes.IndexAny(s[i:], ",]} \n\t\r"); n >= 0 {
		return i + n
	}
	return len(s)
}

// skipNested finds the end of the array or object that begins at i.
func skipNested(s []byte, i int) int {
	for depth := 0; ; {
		switch s[i] {
		case '"':
			i = skipString(s, i)
			continue
		case '[', '{':
			depth++
		case ']', '}':
			depth--
		}
		if i++; depth == 0 {
			return i
		}
	}
}
