package socketio

import (
	"strings"
	"testing"
)

func TestParsePacket(t *testing.T) {
	packet, err := parsePacket(eventPacket, `["message",{"a":1},"id",7]`)
	var (
		details map[string]int
		from    string
		number  int64
		missing string
	)
	if err == nil {
		err = packet.Decode(&details, &from, &number, &missing)
	}
	if err != nil || packet.Event != "message" || details["a"] != 1 || from != "id" || number != 7 || missing != "" {
		t.Errorf("%+v, %v", packet, err)
	}
	if ack, err := parsePacket(ackPacket, `12[{"ok":true}]`); err != nil || ack.Ack != 12 || ack.Event != "" || len(ack.Args) != 1 {
		t.Errorf("%+v, %v", ack, err)
	}
	for _, text := range []string{"", "[]", "[1]", "{}", `[""]`, `["a"`, strings.Repeat("9", 20) + `["a"]`} {
		if packet, err := parsePacket(eventPacket, text); err == nil {
			t.Errorf("%q is read as %+v", text, packet)
		}
	}
}

func TestFormatEvent(t *testing.T) {
	for _, test := range []struct {
		ack  int64
		want string
	}{{0, `42["enter","room",{"n":1}]`}, {3, `423["enter","room",{"n":1}]`}} {
		if got, err := formatEvent(test.ack, "enter", []any{"room", map[string]int{"n": 1}}); err != nil || got != test.want {
			t.Errorf("%s, %v", got, err)
		}
	}
}

// FuzzParsePacket reads what it reads again after it was written.
func FuzzParsePacket(f *testing.F) {
	for _, text := range []string{`["message",{"a":[1,"\u2028"]},"id",7]`, `12[{"ok":true}]`, `["a"]`, `9223372036854775807["b",null]`, "1", "[[]]"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		packet, err := parsePacket(eventPacket, text)
		if err != nil {
			return
		}
		args := make([]any, len(packet.Args))
		for i, arg := range packet.Args {
			args[i] = arg
		}
		written, err := formatEvent(packet.Ack, packet.Event, args)
		if err != nil {
			t.Fatal(err)
		}
		again, err := parsePacket(eventPacket, strings.TrimPrefix(written, eventPacket))
		if err != nil || again.Event != packet.Event || again.Ack != packet.Ack || len(again.Args) != len(packet.Args) {
			t.Errorf("%q became %q: %+v, %v", text, written, again, err)
		}
	})
}
