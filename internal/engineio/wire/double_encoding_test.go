package wire

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
			f := Framing{Base64: true}
			for i, posted := range test.posted {
				packets := []Packet{{Type: Message, Data: []byte(posted)}}
				f.Learn(packets, false)
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

// In which form a client gets its text.
func TestRecode(t *testing.T) {
	tests := []struct {
		name    string
		framing Framing
		text    string
		want    string
	}{
		{"ASCII is the same in all", Framing{Base64: true, doubling: doublingAlways}, "a", "a"},
		{"1.x", Framing{Base64: true, doubling: doublingAlways}, "é", "Ã©"},
		{"2.x", Framing{Base64: true, doubling: doublingNever, JSON: true}, "é", "é"},
		{"unknown", Framing{Base64: true, JSON: true}, `["é😀\u00e9\\"]`, `["\u00e9\ud83d\ude00\u00e9\\"]`},
		{"unknown, and perhaps no JSON", Framing{Base64: true}, "é", "é"},
		{"not over base64", Framing{doubling: doublingAlways, JSON: true}, "é", "é"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			if got := string(test.framing.recode([]byte(test.text))); got != test.want {
				t.Errorf("got %s, want %s", got, test.want)
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
