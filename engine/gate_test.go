package engine

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/googollee/go-socket.io/engineio/packet"
)

// loose is a session over polling that no library and no client has: what is
// sent to it stays in its outbox.
func loose(t testing.TB, e *Engine, d dialect) *Session {
	t.Helper()
	e.register()
	s := newSession(e, d, func() {}, nil, newPolling(framing{}))
	t.Cleanup(func() { s.timer.Stop() })
	return s
}

// outbox empties the outbox of a session.
func outboxOf(s *Session) []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	var packets []string
	for _, m := range s.out.takeAll() {
		packets = append(packets, string(m.packet()))
	}
	return packets
}

// bystander is a gate that does not care who comes and goes.
type bystander struct{}

func (bystander) Opened(*Session)   {}
func (bystander) Departed(*Session) {}

// mirror is a gate that shows what it was asked: it sends the arguments of
// "back" to the session and forwards those of "on".
type mirror struct {
	bystander
	seen     []string
	departed int
}

func (m *mirror) Departed(*Session) { m.departed++ }

func (m *mirror) Event(s *Session, e *Event) string {
	args := make([]string, len(e.Args))
	for i, a := range e.Args {
		args[i] = strings.Clone(a)
	}
	array := "[" + strings.Join(append([]string{string(mustJSON(e.Name))}, args...), ",") + "]"
	m.seen = append(m.seen, array)
	switch e.Name {
	case "back":
		s.Send(NewMessage("2", array))
	case "on":
		return array
	}
	return ""
}

func mustJSON(v any) []byte {
	b, err := json.Marshal(v)
	if err != nil {
		panic(err)
	}
	return b
}

func gated(t testing.TB, d dialect) (*Session, *mirror) {
	m := new(mirror)
	return loose(t, New(quiet(Config{Gate: m})), d), m
}

func text(data string) Packet { return Packet{Type: packet.MESSAGE, Data: []byte(data)} }

func TestGate(t *testing.T) {
	deep := strings.Repeat("[", maxNesting+1) + strings.Repeat("]", maxNesting+1)
	tests := []struct {
		name, in string
		forward  string   // what the library gets
		sent     []string // what the client gets, in Engine.IO 4
		refused  Refusal
	}{
		{"forwarded", `2["on","x"]`, `2["on","x"]`, nil, ""},
		{"answered", `2["back",{"a":1}]`, "", []string{`42["back",{"a":1}]`}, ""},
		{"not heard", `2["other"]`, "", nil, ""},
		{"ack id", `217["on"]`, `2["on"]`, nil, ""},
		{"root by name", `2/,["on"]`, `2["on"]`, nil, ""},
		{"root with a query", `2/?a=b,["on"]`, `2["on"]`, nil, ""},
		{"comma in the name", `2["a,b"]`, "", nil, ""},
		{"bracket in the name", `2["a]b","c"]`, "", nil, ""},
		{"escaped name", `2["\u006fn"]`, `2["on"]`, nil, ""},
		{"many arguments", `2["on",1,2,3,4,5,6]`, `2["on",1,2,3,4]`, nil, ""},
		{"spaces", `2[ "on" , 1 ]`, `2["on",1]`, nil, ""},
		{"numbers beyond all", `2["on",1e400,-0,12345678901234567890]`, `2["on",1e400,-0,12345678901234567890]`, nil, ""},
		{"nested as deep as may be", `2["on",` + deep[2:len(deep)-2] + `]`, `2["on",` + deep[2:len(deep)-2] + `]`, nil, ""},
		{"brackets in strings", `2["on","` + strings.Repeat("[", 100) + `\"["]`, `2["on","` + strings.Repeat("[", 100) + `\"["]`, nil, ""},

		{"connect", `0`, "", []string{`40{"sid":"SID"}`}, ""},
		{"connect with a token", `0{"token":"x"}`, "", []string{`40{"sid":"SID"}`}, ""},
		{"disconnect", `1`, "", nil, ""},
		{"another namespace", `0/admin,{"a":1}`, "", []string{`44/admin,{"message":"Invalid namespace"}`}, RefusedNamespace},
		{"event to another namespace", `2/admin,["on"]`, "", []string{`44/admin,{"message":"Invalid namespace"}`}, RefusedNamespace},
		{"goodbye to another namespace", `1/admin`, "", nil, RefusedNamespace},
		{"an endless namespace", `0/` + strings.Repeat("n", maxNamespaceSize), "", nil, RefusedNamespace},

		{"nothing", ``, "", nil, RefusedMalformed},
		{"attachments without end", `545999999999999999999-["x"]`, "", nil, RefusedType},
		{"attachments of an event", `21-["on",{"_placeholder":true,"num":0}]`, "", nil, RefusedMalformed},
		{"ack", `31["x"]`, "", nil, RefusedType},
		{"error", `4"x"`, "", nil, RefusedType},
		{"binary ack", `61-1["x"]`, "", nil, RefusedType},
		{"unknown type", `7["on"]`, "", nil, RefusedMalformed},
		{"no type", `["on"]`, "", nil, RefusedMalformed},
		{"no array", `2{"on":1}`, "", nil, RefusedMalformed},
		{"no data", `2`, "", nil, RefusedMalformed},
		{"no name", `2[]`, "", nil, RefusedMalformed},
		{"a number as name", `2[1]`, "", nil, RefusedMalformed},
		{"null as name", `2[null]`, "", nil, RefusedMalformed},
		{"an array as name", `2[["on"]]`, "", nil, RefusedMalformed},
		{"an array that does not end", `2["on"`, "", nil, RefusedMalformed},
		{"something behind", `2["on"]x`, "", nil, RefusedMalformed},
		{"trailing comma", `2["on",]`, "", nil, RefusedMalformed},
		{"leading zero", `2["on",01]`, "", nil, RefusedMalformed},
		{"NaN", `2["on",NaN]`, "", nil, RefusedMalformed},
		{"control character", "2[\"on\",\"\x1e\"]", "", nil, RefusedMalformed},
		{"half an escape", `2["on","\u12"]`, "", nil, RefusedMalformed},
		{"too deep", `2["on",` + deep + `]`, "", nil, RefusedMalformed},
		{"only brackets", `2` + strings.Repeat("[", 60_000), "", nil, RefusedMalformed},
		{"only braces", `2["on",` + strings.Repeat(`{"a":`, 10_000), "", nil, RefusedMalformed},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			s, _ := gated(t, engineIO4{})
			s.pass(text(`0`))
			outboxOf(s)
			forward := s.pass(text(test.in))
			sent := outboxOf(s)
			for i := range sent {
				sent[i] = strings.Replace(sent[i], s.SocketID(), "SID", 1)
			}
			if string(forward) != test.forward || !slices.Equal(sent, test.sent) {
				t.Errorf("forwarded %q and sent %q; want %q and %q", forward, sent, test.forward, test.sent)
			}
			if test.refused != "" && refusals(s, test.refused) != 1 {
				t.Errorf("not counted as %q", test.refused)
			}
			if s.Reason() != "" {
				t.Errorf("the session ended: %s", s.Reason())
			}
		})
	}
}

func refusals(s *Session, why Refusal) int64 { return s.engine.Stats.Refused(why) }

func TestGateRefusesBinary(t *testing.T) {
	s, m := gated(t, engineIO3{})
	if s.pass(Packet{Type: packet.MESSAGE, Binary: true, Data: []byte(`2["on"]`)}) != nil || len(m.seen) > 0 {
		t.Error("a binary message came through")
	}
	if refusals(s, RefusedBinary) != 1 {
		t.Error("it was not counted")
	}
}

// What the two dialects say differently.
func TestGateDialects(t *testing.T) {
	three, _ := gated(t, engineIO3{})
	three.pass(text(`0/x,`))
	three.pass(text(`0`))
	if got, want := outboxOf(three), []string{`44/x,"Invalid namespace"`, `40`}; !slices.Equal(got, want) {
		t.Errorf("EIO 3: got %q, want %q", got, want)
	}
	four, m := gated(t, engineIO4{})
	if four.pass(text(`2["on"]`)) != nil || len(m.seen) > 0 || four.Reason() != ReasonNotConnected {
		t.Errorf("EIO 4: an event before the namespace is connected: %q", four.Reason())
	}
}

// A client may leave the root namespace and come back; in between, events go
// nowhere.
func TestGateLeavesAndReturns(t *testing.T) {
	for _, d := range []dialect{engineIO3{}, engineIO4{}} {
		s, m := gated(t, d)
		steps := []struct {
			in, forward string
			departed    int
		}{
			{`0`, ``, 0}, {`1`, ``, 1}, {`1`, ``, 1}, {`2["on"]`, ``, 1}, {`0`, ``, 1}, {`0`, ``, 1}, {`2["on"]`, `2["on"]`, 1}, {`1`, ``, 2},
		}
		for i, step := range steps {
			if got := s.pass(text(step.in)); string(got) != step.forward || m.departed != step.departed {
				t.Errorf("EIO %d, step %d: %s forwarded as %q, want %q; departed %d times, want %d",
					d.version(), i, step.in, got, step.forward, m.departed, step.departed)
			}
		}
		if len(m.seen) != 1 {
			t.Errorf("EIO %d: the gate saw %q", d.version(), m.seen)
		}
		if got := len(outboxOf(s)); got != 3 {
			t.Errorf("EIO %d: %d packets were sent, want a confirmation of each connect", d.version(), got)
		}
	}
}

// FuzzGate sends any message through the gate, in both dialects. What comes
// out has to be JSON to go-socket.io's decoder and to a browser's.
func FuzzGate(f *testing.F) {
	for _, seed := range []string{
		`2["on","x"]`, `2["back",{"a":[1e400,-0,"\ud800\u2028"]}]`, `217["on"]`, `2/,["on"]`, `2/?a=b,["back"]`, `2["a,b]"]`,
		`0`, `1`, `0/admin,{"a":1}`, `45999999999999999999-["x"]`, `545999999999999999999-["x"]`, `21-["on"]`, `4"x"`, `2`, `2[`,
		`2["on"`, `2["on",01]`, "2[\"on\",\"\x1e\"]", "2[\"on\",\"\xff\"]", `2["on","\u12"]`, `2[[[[[["on"]]]]]]`, `2["\u006fn",{"":[]}]`,
		`2["\ud800\u0041"]`, `2["\ud800\ud800\udc00"]`, `2["\udc00\ud800"]`,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		for _, d := range []dialect{engineIO3{}, engineIO4{}} {
			p, err := d.decodePayload(payloadOf(d, data), false)
			if err != nil || len(p) != 1 {
				return // no transport lets it through
			}
			s, m := gated(t, d)
			s.pass(text(`0`))
			outboxOf(s)
			checkForwarded(t, s.pass(p[0]))
			for _, sent := range outboxOf(s) {
				checkSent(t, sent)
			}
			for _, array := range m.seen {
				checkEvent(t, string(p[0].Data), array)
			}
			s.timer.Stop()
		}
	})
}

func payloadOf(d dialect, message []byte) []byte {
	m := NewMessage(string(message))
	body, _ := d.appendPayload(nil, []Message{m}, framing{})
	return body
}

// checkForwarded holds what the library gets to the few forms that it can
// stand.
func checkForwarded(t *testing.T, b []byte) {
	switch s := string(b); {
	case s == "":
	case !strings.HasPrefix(s, `2["on"`) || !json.Valid(b[1:]):
		t.Fatalf("the library got %q", s)
	}
}

func checkSent(t *testing.T, packet string) {
	switch {
	case strings.HasPrefix(packet, "44/"), strings.HasPrefix(packet, "40"):
	case !strings.HasPrefix(packet, `42["back"`) || !json.Valid([]byte(packet[2:])):
		t.Fatalf("sent %q", packet)
	}
}

// checkEvent compares what a gate saw with what encoding/json reads.
func checkEvent(t *testing.T, in, array string) {
	var want, got []json.RawMessage
	sp, _ := parseSocketPacket(in)
	if err := json.Unmarshal([]byte(sp.json), &want); err != nil {
		t.Fatalf("%q is no JSON, and the gate saw %q: %v", in, array, err)
	}
	if err := json.Unmarshal([]byte(array), &got); err != nil {
		t.Fatalf("the gate saw %q: %v", array, err)
	}
	// The two decoders make different numbers of U+FFFD of unpaired surrogates,
	// which are in no event's name.
	if name := decoded(want[0]); decoded(got[0]) != name && !strings.ContainsRune(name, utf8.RuneError) {
		t.Fatalf("the name of %q: %s", in, got[0])
	}
	for i, arg := range got[1:] {
		if string(arg) != string(want[i+1]) {
			t.Fatalf("argument %d of %q: got %q, want %q", i, in, arg, want[i+1])
		}
	}
}

func decoded(quoted []byte) (s string) {
	if err := json.Unmarshal(quoted, &s); err != nil {
		panic(err)
	}
	return s
}

// deaf is a gate that takes everything and does nothing.
type deaf struct{ bystander }

func (deaf) Event(*Session, *Event) string { return "" }

func BenchmarkGate(b *testing.B) {
	for _, size := range []int{200, 2500} {
		b.Run(fmt.Sprint(size), func(b *testing.B) {
			s := loose(b, New(quiet(Config{Gate: deaf{}})), engineIO3{})
			p := text(`2["other",{"sdp":{"type":"offer","sdp":"` + strings.Repeat("a=x ", size/4) + `"},"room":"x"}]`)
			b.ReportAllocs()
			b.SetBytes(int64(len(p.Data)))
			for b.Loop() {
				s.pass(p)
			}
		})
	}
}
