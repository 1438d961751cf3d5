package wire

import (
	"bytes"
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"unicode/utf16"
	"unicode/utf8"
)

// show writes packets down, for comparison: type, data, b for binary.
func show(packets []Packet) string {
	var b strings.Builder
	for _, p := range packets {
		binary := ""
		if p.Binary {
			binary = "b"
		}
		fmt.Fprintf(&b, "%s%d%q ", binary, p.Type, p.Data)
	}
	return strings.TrimSpace(b.String())
}

func TestDecodePayload3(t *testing.T) {
	tests := []struct {
		name, body, want string
		err              error
	}{
		{"one", "3:4ab", `4"ab"`, nil},
		{"several", "1:22:4a6:2probe", `2"" 4"a" 2"probe"`, nil},
		{"a separator inside", "4:41:2", `4"1:2"`, nil},
		{"length in characters, not bytes", "4:4éüß1:3", `4"éüß" 3""`, nil},
		{"beyond the BMP counts two", "3:4😀", `4"😀"`, nil},
		{"a noncharacter and the last code point", "4:4\uffff\U0010ffff", `4"` + "\\uffff\\U0010ffff" + `"`, nil},
		{"line separators", "3:4\u2028\u2029", `4"` + "\\u2028\\u2029" + `"`, nil},
		{"NUL", "2:4\x00", `4"\x00"`, nil},
		{"base64", "10:b4AQIDBA==", `b4"\x01\x02\x03\x04"`, nil},
		{"base64 of nothing", "2:b4", `b4""`, nil},
		{"leading zero", "02:4a", `4"a"`, nil},

		{"nothing", "", "", errPayloadEmpty},
		{"no colon", "4", "", errPayloadLength},
		{"no length", ":4", "", errPayloadLength},
		{"no packet", "0:", "", errEmptyPacket},
		{"too short", "5:4ab", "", errPayloadLength},
		{"too long", "2:4ab", "", errPayloadLength},
		{"a surrogate pair split", "2:4😀", "", errPayloadLength},
		{"negative", "-1:4", "", errPayloadLength},
		{"signed", "+2:4a", "", errPayloadLength},
		{"hexadecimal", "0x2:4a", "", errPayloadLength},
		{"a space", " 2:4a", "", errPayloadLength},
		{"a length that overflows", "99999999999999999999:4", "", errPayloadLength},
		{"the longest length", "999999999:4", "", errPayloadLength},
		{"unknown type", "1:7", "", errUnknownPacket},
		{"no digit", "1:/", "", errUnknownPacket},
		{"a letter", "1:b", "", errUnknownPacket},
		{"binary of unknown type", "2:b9", "", errUnknownPacket},
		{"binary that is no message", "6:b2/w==", "", errUnknownPacket},
		{"bad base64", "4:b4A*", "", errPayloadBase64},
		{"base64 without padding", "5:b4AQI", "", errPayloadBase64},
		{"one good, one bad", "2:4a1:9", "", errUnknownPacket},
		{"invalid UTF-8", "3:4\xff\xfe", "", errPayloadUTF8},
		{"a surrogate in UTF-8", "2:4\xed\xa0\x80", "", errPayloadUTF8},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			packets, err := decodePayload3([]byte(test.body), false)
			if !errors.Is(err, test.err) || show(packets) != test.want {
				t.Errorf("got %s, %v; want %s, %v", show(packets), err, test.want, test.err)
			}
		})
	}
}

func TestDecodeOctets3(t *testing.T) {
	tests := []struct {
		name, body, want string
		err              error
	}{
		{"text", "\x00\x03\xff4ab", `4"ab"`, nil},
		{"length in bytes", "\x00\x03\xff4é", `4"é"`, nil},
		{"binary", "\x01\x05\xff\x04\x01\x02\x03\xff", `b4"\x01\x02\x03\xff"`, nil},
		{"both", "\x00\x02\xff4a\x01\x02\xff\x04\xff", `4"a" b4"\xff"`, nil},
		{"two digits", "\x00\x01\x00\xff4123456789", `4"123456789"`, nil},
		{"leading zero", "\x00\x00\x02\xff4a", `4"a"`, nil},

		{"unknown kind", "\x02\x01\xff4", "", errPayloadLength},
		{"digit out of range", "\x00\x0a\xff4", "", errPayloadLength},
		{"a digit as text", "\x001\xff4", "", errPayloadLength},
		{"no digit", "\x00\xff4", "", errPayloadLength},
		{"no end of length", "\x00\x01\x01\x01", "", errPayloadLength},
		{"ten digits", "\x00\x09\x09\x09\x09\x09\x09\x09\x09\x09\x09\xff4", "", errPayloadLength},
		{"nine digits and too little", "\x00\x09\x09\x09\x09\x09\x09\x09\x09\x09\xff4", "", errPayloadLength},
		{"no packet", "\x00\x00\xff", "", errEmptyPacket},
		{"no binary packet", "\x01\x00\xff", "", errEmptyPacket},
		{"unknown type", "\x00\x01\xff7", "", errUnknownPacket},
		{"unknown binary type", "\x01\x01\xff\x07", "", errUnknownPacket},
		{"binary that is no message", "\x01\x02\xff\x02\xff", "", errUnknownPacket},
		{"a binary type as text", "\x01\x01\xff4", "", errUnknownPacket},
		{"invalid UTF-8", "\x00\x02\xff4\xff", "", errPayloadUTF8},
		{"text in text framing", "2:4a", "", errPayloadLength},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			packets, err := decodePayload3([]byte(test.body), true)
			if !errors.Is(err, test.err) || show(packets) != test.want {
				t.Errorf("got %s, %v; want %s, %v", show(packets), err, test.want, test.err)
			}
		})
	}
	if _, err := decodePayload3(nil, true); !errors.Is(err, errPayloadEmpty) {
		t.Errorf("nothing: %v", err)
	}
}

func TestDecodePayload4(t *testing.T) {
	tests := []struct {
		name, body, want string
		err              error
	}{
		{"one", "4ab", `4"ab"`, nil},
		{"several", "3\x1e4a\x1e6", `3"" 4"a" 6""`, nil},
		{"not ASCII", "4é😀\x1e4\u2028", `4"é😀" 4"` + "\\u2028" + `"`, nil},
		{"binary", "bAQIDBA==\x1e4a", `b4"\x01\x02\x03\x04" 4"a"`, nil},
		{"nothing in binary", "b", `b4""`, nil},

		{"nothing", "", "", errEmptyPacket},
		{"a separator alone", "\x1e", "", errEmptyPacket},
		{"a separator at the end", "4a\x1e", "", errEmptyPacket},
		{"two separators", "4a\x1e\x1e4b", "", errEmptyPacket},
		{"unknown type", "7", "", errUnknownPacket},
		{"framing of version 3", "2:4a", `2":4a"`, nil}, // a ping with data: refused by the session
		{"bad base64", "bAQ*", "", errPayloadBase64},
		{"base64 without padding", "bAQ", "", errPayloadBase64},
		{"invalid UTF-8", "4\xc3", "", errPayloadUTF8},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			packets, err := decodePayload4([]byte(test.body), false)
			if err != nil {
				packets = nil
			}
			if !errors.Is(err, test.err) || show(packets) != test.want {
				t.Errorf("got %s, %v; want %s, %v", show(packets), err, test.want, test.err)
			}
		})
	}
	if _, err := decodePayload4([]byte("4a"), true); !errors.Is(err, errPayloadBinary) {
		t.Errorf("octets: %v", err)
	}
}

func TestAppendPayload(t *testing.T) {
	text, accents := NewMessage("ab"), NewMessage("é😀")
	binary3 := EngineIO3{}.BinaryMessage([]byte{1, 2, 0xff})
	binary4 := EngineIO4{}.BinaryMessage([]byte{1, 2, 0xff})
	tests := []struct {
		name     string
		dialect  Dialect
		framing  Framing
		messages []Outgoing
		want     string
		kind     string
	}{
		{"3: text", EngineIO3{}, Framing{}, []Outgoing{text, accents}, "3:4ab4:4é😀", TextPlain},
		{"3: noop", EngineIO3{}, Framing{}, []Outgoing{NewText(Noop)}, "1:6", TextPlain},
		{"3: a binary packet", EngineIO3{}, Framing{}, []Outgoing{text, binary3},
			"\x00\x03\xff4ab\x01\x04\xff\x04\x01\x02\xff", OctetStream},
		{"3: a binary packet to a client of base64", EngineIO3{}, Framing{Base64: true}, []Outgoing{text, binary3},
			"3:4ab6:b4AQL/", TextPlain},
		{"3: text to a client of 1.x", EngineIO3{}, Framing{octets: true}, []Outgoing{text}, "3:4ab", TextPlain},
		{"3: accents to a client of 1.x", EngineIO3{}, Framing{octets: true}, []Outgoing{accents},
			"\x00\x07\xff4é😀", OctetStream},
		{"3: accents to one that encodes twice", EngineIO3{}, Framing{Base64: true, doubling: doublingAlways},
			[]Outgoing{accents}, "7:4Ã©ð\u009f\u0098\u0080", TextPlain},
		{"3: accents to one that never does", EngineIO3{}, Framing{Base64: true, doubling: doublingNever},
			[]Outgoing{accents}, "4:4é😀", TextPlain},
		{"3: accents to one of whom nothing is known", EngineIO3{}, Framing{Base64: true, JSON: true},
			[]Outgoing{accents}, "19:4\\u00e9\\ud83d\\ude00", TextPlain},
		{"4: text", EngineIO4{}, Framing{}, []Outgoing{text, accents}, "4ab\x1e4é😀", TextPlain},
		{"4: a binary packet", EngineIO4{}, Framing{}, []Outgoing{binary4, text}, "bAQL/\x1e4ab", TextPlain},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			got, kind := test.dialect.AppendPayload(nil, test.messages, test.framing)
			if string(got) != test.want || kind != test.kind {
				t.Errorf("got %q as %s, want %q as %s", got, kind, test.want, test.kind)
			}
		})
	}
}

func TestUTF16(t *testing.T) {
	alphabet := []rune{'a', 0, 0x7f, 'é', 0x7ff, 0x800, 0x2028, 0xd7ff, 0xe000, 0xfffd, 0xffff, 0x10000, '😀', 0x10ffff}
	for range 2000 {
		text := make([]rune, rand.IntN(12))
		for i := range text {
			text[i] = alphabet[rand.IntN(len(alphabet))]
		}
		s, units := string(text), utf16.Encode(text)
		if n := utf16Length([]byte(s)); n != len(units) {
			t.Fatalf("utf16Length(%+q) = %d, want %d", s, n, len(units))
		}
		n := rand.IntN(len(units) + 2)
		end, ok := utf16Prefix([]byte(s), n)
		whole := n <= len(units) && string(utf16.Decode(units[:min(n, len(units))]))+string(utf16.Decode(units[min(n, len(units)):])) == s
		if ok != whole || ok && s[:end] != string(utf16.Decode(units[:n])) {
			t.Fatalf("utf16Prefix(%+q, %d) = %d, %v", s, n, end, ok)
		}
	}
}

// randomMessages are some that one session may have to send.
func randomMessages(d Dialect) ([]Outgoing, []Packet) {
	var messages []Outgoing
	var packets []Packet
	for range 1 + rand.IntN(5) {
		data := make([]byte, rand.IntN(300))
		for i := range data {
			data[i] = byte(rand.IntN(256))
		}
		if rand.IntN(3) == 0 {
			messages = append(messages, d.BinaryMessage(data))
			packets = append(packets, Packet{Message, true, data})
			continue
		}
		kind := Type(rand.IntN(7))
		text := strings.ReplaceAll(strings.ToValidUTF8(string(data), "😀é"), "\x1e", "-")
		messages = append(messages, NewText(kind, text))
		packets = append(packets, Packet{kind, false, []byte(text)})
	}
	return messages, packets
}

// What is encoded decodes to what it was made of.
func TestPayloadRoundTrip(t *testing.T) {
	for _, d := range []Dialect{EngineIO3{}, EngineIO4{}} {
		for _, f := range []Framing{{}, {Base64: true}, {octets: true}} {
			for range 300 {
				messages, want := randomMessages(d)
				body, kind := d.AppendPayload(nil, messages, f)
				got, err := d.DecodePayload(body, kind == OctetStream)
				if err != nil || show(got) != show(want) {
					t.Fatalf("EIO %d %+v: %q: got %s, %v; want %s", d.Version(), f, body, show(got), err, show(want))
				}
			}
		}
	}
}

// messagesOf turns packets into messages again.
func messagesOf(d Dialect, packets []Packet) []Outgoing {
	messages := make([]Outgoing, len(packets))
	for i, p := range packets {
		if p.Binary {
			messages[i] = d.BinaryMessage(p.Data)
		} else {
			messages[i] = NewText(p.Type, string(p.Data))
		}
	}
	return messages
}

// checkDecoder holds a decoder to what a session relies on: packets lie inside
// the body and do not overlap, text is valid, and what was decoded survives
// being encoded and decoded again.
func checkDecoder(t *testing.T, d Dialect, body []byte, octets bool) {
	given := bytes.Clone(body)
	packets, err := d.DecodePayload(body, octets)
	if !bytes.Equal(body, given) {
		t.Fatal("the decoder wrote to its input")
	}
	if err != nil {
		return
	}
	if len(packets) == 0 || len(packets) > len(body) {
		t.Fatalf("%d packets of %d bytes", len(packets), len(body))
	}
	size := 0
	for _, p := range packets {
		size += 1 + len(p.Data)
		if p.Type > Noop || !p.Binary && !utf8.Valid(p.Data) {
			t.Fatalf("decoded %s", show(packets))
		}
	}
	if size > len(body) {
		t.Fatalf("%d bytes out of %d", size, len(body))
	}
	for _, f := range []Framing{{}, {Base64: true}} {
		again, kind := d.AppendPayload(nil, messagesOf(d, packets), f)
		back, err := d.DecodePayload(again, kind == OctetStream)
		if err != nil || show(back) != show(packets) {
			t.Fatalf("%s came back from %q as %s, %v", show(packets), again, show(back), err)
		}
	}
}

func FuzzDecodePayload3(f *testing.F) {
	for _, seed := range []string{
		"3:4ab", "1:22:4a6:2probe", "4:4éüß1:3", "3:4😀", "2:4😀", "10:b4AQIDBA==", "2:b4", "0:", "99999999999999999999:4",
		"999999999:4", "1:7", "3:4\xff\xfe", "6:b2/w==", "4:b4\r\n", "50:45999999999999999999-[\"x\"]",
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, body []byte) { checkDecoder(t, EngineIO3{}, body, false) })
}

func FuzzDecodeOctets3(f *testing.F) {
	for _, seed := range []string{
		"\x00\x03\xff4ab", "\x00\x03\xff4é", "\x01\x05\xff\x04\x01\x02\x03\xff", "\x00\x02\xff4a\x01\x02\xff\x04\xff",
		"\x00\x09\x09\x09\x09\x09\x09\x09\x09\x09\xff4", "\x01\x00\xff", "\x00\xff", "\x00\x02\xff4\xff", "\x01\x02\xff\x02\xff",
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, body []byte) { checkDecoder(t, EngineIO3{}, body, true) })
}

func FuzzDecodePayload4(f *testing.F) {
	for _, seed := range []string{
		"4ab", "3\x1e4a\x1e6", "4é😀\x1e4\u2028", "bAQIDBA==\x1e4a", "b", "\x1e", "4a\x1e", "bAQ", "4\xc3", "0{}\x1e40", "b\r\n",
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, body []byte) { checkDecoder(t, EngineIO4{}, body, false) })
}

func BenchmarkDecodePayload(b *testing.B) {
	offer := NewMessage(`2["message",{"sdp":"`, strings.Repeat("a=candidate:1 ", 180), `"}]`)
	for _, d := range []Dialect{EngineIO3{}, EngineIO4{}} {
		body, _ := d.AppendPayload(nil, []Outgoing{offer, NewMessage("x")}, Framing{})
		b.Run(fmt.Sprintf("EIO%d", d.Version()), func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, err := d.DecodePayload(body, false); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func BenchmarkAppendPayload(b *testing.B) {
	offer := NewMessage(`2["message",{"sdp":"`, strings.Repeat("a=candidate:1 ", 180), `"}]`)
	for _, d := range []Dialect{EngineIO3{}, EngineIO4{}} {
		b.Run(fmt.Sprintf("EIO%d", d.Version()), func(b *testing.B) {
			b.ReportAllocs()
			buf := make([]byte, 0, 8<<10)
			for b.Loop() {
				d.AppendPayload(buf, []Outgoing{offer, NewMessage("x")}, Framing{})
			}
		})
	}
}
