package engine

import (
	"testing"
	"unicode/utf8"
)

func TestLearnDoubling(t *testing.T) {
	const plain, twice = "é漢😀", "Ã©æ¼¢ð\u009f\u0098\u0080"
	if string(double([]byte(plain))) != twice {
		t.Fatalf("%q doubled is %q", plain, double([]byte(plain)))
	}
	tests := []struct {
		name   string
		posted []string
		read   []string
		want   doubling
	}{
		{"nothing to learn from", []string{"ab"}, []string{"ab"}, doublingUnknown},
		{"1.x", []string{"a", twice}, []string{"a", plain}, doublingAlways},
		{"2.x", []string{plain}, []string{plain}, doublingNever},
		{"2.x that looks like 1.x later", []string{plain, "Ã©"}, []string{plain, "Ã©"}, doublingNever},
		{"accents that are no bytes of UTF-8", []string{"é"}, []string{"é"}, doublingNever},
		{"1.x stays 1.x", []string{twice, twice}, []string{plain, plain}, doublingAlways},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			f := framing{base64: true}
			for i, posted := range test.posted {
				packets := []Packet{text(posted)}
				f.learn(packets)
				if got := string(packets[0].Data); got != test.read[i] {
					t.Errorf("read %q, want %q", got, test.read[i])
				}
			}
			if f.doubling != test.want {
				t.Errorf("learned %v, want %v", f.doubling, test.want)
			}
		})
	}
}

// Who gets its text doubled.
func TestWantsDoubling(t *testing.T) {
	ascii, accents := NewMessage("a"), NewMessage("é")
	doubled := accents
	doubled.doubled = true
	tests := []struct {
		name    string
		framing framing
		message Message
		want    bool
	}{
		{"ASCII is the same twice", framing{base64: true, doubling: doublingAlways}, ascii, false},
		{"1.x", framing{base64: true, doubling: doublingAlways}, accents, true},
		{"2.x", framing{base64: true, doubling: doublingNever}, doubled, false},
		{"unknown, from a plain sender", framing{base64: true}, accents, false},
		{"unknown, from one of 1.x", framing{base64: true}, doubled, true},
		{"not over base64", framing{doubling: doublingAlways}, accents, false},
		{"binary", framing{base64: true, doubling: doublingAlways}, engineIO3{}.binaryMessage([]byte{0xff}), false},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			if got := test.framing.wants(test.message); got != test.want {
				t.Errorf("got %v", got)
			}
		})
	}
}

func FuzzUndouble(f *testing.F) {
	for _, seed := range []string{"", "a", "é", "Ã©", "漢", "ð\u009f\u0098\u0080", "\u0080", "ÿ"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if !utf8.ValidString(s) {
			return
		}
		if once, ok := undouble(double([]byte(s))); !ok || string(once) != s {
			t.Fatalf("%q came back as %q, %v", s, once, ok)
		}
		once, ok := undouble([]byte(s))
		if ok && (!utf8.Valid(once) || string(double(once)) != s) {
			t.Fatalf("%q undoubled is %q", s, once)
		}
	})
}
