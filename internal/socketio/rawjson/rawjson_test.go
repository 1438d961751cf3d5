package rawjson

import (
	"encoding/json"
	"testing"
	"unicode/utf8"

	"github.com/tidwall/gjson"
)

var seeds = []string{
	`[]`, `[ ]`, `["on"]`, ` [ "a" , 1 ] `, `["\\","\"",{"a":"]"},[[]],-1e5,null]`, `[[1,2],{"a":[{}]}]`, `["é\ud83d\ude00"]`,
	`{}`, `{ "room" : "x" }`, `{"a":{"room":1},"room":"\u0078"}`, `{"\u0072oom":1,"room":2}`, `{"room":1,"room":2}`, `{"a\"room":1}`, `{"x":"\\"}`,
}

// FuzzMember compares members of objects with those gjson finds.
func FuzzMember(f *testing.F) {
	for _, seed := range seeds {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		if !utf8.ValidString(text) || !gjson.Valid(text) || !gjson.Parse(text).IsObject() {
			return // UTF-8 has been checked before
		}
		want := firstMember(gjson.Parse(text), "room")
		got, ok := Member([]byte(gjson.Parse(text).Raw), "room")
		if ok != want.Exists() || string(got) != want.Raw {
			t.Fatalf("%q: got %q, %v; want %q", text, got, ok, want.Raw)
		}
		if IsText(got) != (want.Type == gjson.String) || IsText(got) && Text(got) != decoded(want.Raw) {
			t.Fatalf("%q: %q says %q", text, got, Text(got))
		}
	})
}

func firstMember(object gjson.Result, name string) (found gjson.Result) {
	object.ForEach(func(key, value gjson.Result) bool {
		if decoded(key.Raw) == name {
			found = value
		}
		return !found.Exists()
	})
	return found
}

func decoded(quoted string) (s string) {
	if err := json.Unmarshal([]byte(quoted), &s); err != nil {
		panic(err)
	}
	return s
}
