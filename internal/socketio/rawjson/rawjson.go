// Package rawjson checks JSON, and finds its way in it without decoding it. What
// it need not look at, which is most of a description, it skips at the speed of
// a search for one byte.
//
// Only Split takes any text: on what is not valid JSON the others may panic.
package rawjson

import (
	"encoding/json"
	"strings"
)

// Member finds the first member of an object that has this name, which has to
// be one that needs no escapes.
func Member(object, name string) (value string, ok bool) {
	for i := space(object, 1); object[i] != '}'; {
		end := skipString(object, i)
		key := object[i:end]
		at := space(object, space(object, end)+1) // behind the colon
		end = skipValue(object, at)
		if Text(key) == name {
			return object[at:end], true
		}
		i = space(object, end)
		if object[i] == ',' {
			i = space(object, i+1)
		}
	}
	return "", false
}

// IsText reports whether a value is a string.
func IsText(value string) bool { return strings.HasPrefix(value, `"`) }

// Text is what a string says, as browsers and encoding/json read it; gjson
// reads unpaired surrogates otherwise. It shares the memory of value where that
// has no escapes.
func Text(value string) string {
	if strings.IndexByte(value, '\\') < 0 {
		return value[1 : len(value)-1]
	}
	return unescape(value)
}

// unescape is apart because what it decodes into is allocated.
func unescape(value string) (text string) {
	if err := json.Unmarshal([]byte(value), &text); err != nil {
		panic(err) // it is valid
	}
	return text
}

// skipString finds the end of the string that begins at i: the first quote
// with an even number of backslashes before it.
func skipString(s string, i int) int {
	for i++; ; i++ {
		i += strings.IndexByte(s[i:], '"')
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
func skipValue(s string, i int) int {
	switch s[i] {
	case '"':
		return skipString(s, i)
	case '[', '{':
		return skipNested(s, i)
	}
	if n := strings.IndexAny(s[i:], ",]} \n\t\r"); n >= 0 {
		return i + n
	}
	return len(s)
}

// skipNested finds the end of the array or object that begins at i.
func skipNested(s string, i int) int {
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
