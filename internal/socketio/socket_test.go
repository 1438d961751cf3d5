package socketio

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/rs/zerolog"

	"vidchat/internal/engineio"
	"vidchat/internal/engineio/wire"
	"vidchat/internal/enginetest/socketkind"
)

func TestMain(m *testing.M) { socketkind.Main(m) }

const patience = 5 * time.Second

// mirror is a handler that notes events, as arrays, and sends those named "back"
// back. It has go-socket.io dispatch "on", if that runs.
type mirror struct {
	dispatches bool

	mu   sync.Mutex // guards what follows
	seen []string
	left int
}

func (*mirror) OnOpen(*Socket)              {}
func (*mirror) OnDelivered(*Socket, uint64) {}

func (m *mirror) OnLeave(*Socket) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.left++
}

func (m *mirror) OnEvent(s *Socket, in Incoming) (deferred func()) {
	e := in.Event()
	parts := []string{string(mustJSON(e.Name))}
	for i := range e.Args() {
		parts = append(parts, e.Raw(i))
	}
	array := "[" + strings.Join(parts, ",") + "]"
	m.mu.Lock()
	m.seen = append(m.seen, array)
	m.mu.Unlock()
	switch {
	case e.Name == "back":
		s.Send(wire.NewMessage("2", array))
	case e.Name == "on" && m.dispatches:
		return func() { s.Dispatch("on", strings.Join(parts[1:], ",")) }
	}
	return nil
}

// state is what the handler was told so far.
func (m *mirror) state() (seen []string, left int) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return slices.Clone(m.seen), m.left
}

func mustJSON(v any) []byte {
	b, err := json.Marshal(v)
	if err != nil {
		panic(err)
	}
	return b
}

// client is a session over polling, without a network.
type client struct {
	*Server
	t       testing.TB
	mirror  *mirror
	version int
	sid     string
	id      string // of the socket
}

// recorder is a response whose request can have a deadline.
type recorder struct{ *httptest.ResponseRecorder }

func (recorder) SetReadDeadline(time.Time) error  { return nil }
func (recorder) SetWriteDeadline(time.Time) error { return nil }

// newClient opens a session of a version with a server of its own.
func newClient(t testing.TB, version int) *client {
	t.Helper()
	m := new(mirror)
	c := &client{t: t, mirror: m, version: version, Server: NewServer(Config{Log: zerolog.Nop(), Handler: m})}
	_, after, _ := strings.Cut(c.request(http.MethodGet, ""), `"sid":"`)
	c.sid, _, _ = strings.Cut(after, `"`)
	socket := c.socket()
	c.id = socket.ID()
	t.Cleanup(func() { socket.End(engineio.ReasonServerClosed) })
	return c
}

func (c *client) socket() *Socket {
	s, ok := c.Socket(c.sid)
	if !ok {
		c.t.Fatal("there is no such session")
	}
	return s
}

func (c *client) request(method, body string) (answer string) {
	url := fmt.Sprintf("/?EIO=%d&transport=polling&sid=%s", c.version, c.sid)
	w := recorder{httptest.NewRecorder()}
	r := httptest.NewRequest(method, url, strings.NewReader(body))
	if method == http.MethodGet {
		r.Body, r.ContentLength = http.NoBody, 0
	}
	c.ServeHTTP(w, r)
	b, _ := io.ReadAll(w.Result().Body)
	return string(b)
}

// send posts a message, and returns what the client is sent for it. A refused
// namespace shows when the message was handled.
func (c *client) send(message string) (sent []string) {
	c.post(message)
	c.post("0/marker,")
	for {
		for _, p := range c.packets(c.request(http.MethodGet, "")) {
			if strings.HasPrefix(p, "44/marker,") {
				return sent
			}
			if p != "6" {
				sent = append(sent, strings.Replace(p, c.id, "SID", 1))
			}
		}
	}
}

func (c *client) dialect() wire.Dialect {
	d, _ := wire.DialectOf(fmt.Sprint(c.version))
	return d
}

func (c *client) post(message string) {
	body, _ := c.dialect().AppendPayload(nil, []wire.Outgoing{wire.NewMessage(message)}, wire.Framing{})
	c.request(http.MethodPost, string(body))
}

func (c *client) packets(body string) (texts []string) {
	packets, err := c.dialect().DecodePayload([]byte(body), false)
	if err != nil {
		c.t.Fatalf("polled %q: %v", body, err)
	}
	for _, p := range packets {
		texts = append(texts, fmt.Sprintf("%d%s", p.Type, p.Data))
	}
	return texts
}

func TestPackets(t *testing.T) {
	deep := strings.Repeat("[", maxNesting+1) + strings.Repeat("]", maxNesting+1)
	tests := []struct {
		name, in string
		seen     string   // what the handler is told
		sent     []string // what the client gets, in Engine.IO 4
		refused  Refusal
	}{
		{"forwarded", `2["x","x"]`, `["x","x"]`, nil, ""},
		{"answered", `2["back",{"a":1}]`, `["back",{"a":1}]`, []string{`42["back",{"a":1}]`}, ""},
		{"not heard", `2["other"]`, `["other"]`, nil, ""},
		{"ack id", `217["x"]`, `["x"]`, nil, ""},
		{"root by name", `2/,["x"]`, `["x"]`, nil, ""},
		{"root with a query", `2/?a=b,["x"]`, `["x"]`, nil, ""},
		{"comma in the name", `2["a,b"]`, `["a,b"]`, nil, ""},
		{"bracket in the name", `2["a]b","c"]`, `["a]b","c"]`, nil, ""},
		{"escaped name", `2["\u0078"]`, `["x"]`, nil, ""},
		{"many arguments", `2["x",1,2,3,4,5,6]`, `["x",1,2,3,4]`, nil, ""},
		{"spaces", `2[ "x" , 1 ]`, `["x",1]`, nil, ""},
		{"numbers beyond all", `2["x",1e400,-0,12345678901234567890]`, `["x",1e400,-0,12345678901234567890]`, nil, ""},
		{"nested as deep as may be", `2["x",` + deep[2:len(deep)-2] + `]`, `["x",` + deep[2:len(deep)-2] + `]`, nil, ""},
		{"brackets in strings", `2["x","` + strings.Repeat("[", 100) + `\"["]`, `["x","` + strings.Repeat("[", 100) + `\"["]`, nil, ""},

		{"connect", `0`, "", []string{`40{"sid":"SID"}`}, ""},
		{"connect with a token", `0{"token":"x"}`, "", []string{`40{"sid":"SID"}`}, ""},
		{"disconnect", `1`, "", nil, ""},
		{"another namespace", `0/admin,{"a":1}`, "", []string{`44/admin,{"message":"Invalid namespace"}`}, RefusedNamespace},
		{"event to another namespace", `2/admin,["x"]`, "", []string{`44/admin,{"message":"Invalid namespace"}`}, RefusedNamespace},
		{"goodbye to another namespace", `1/admin`, "", nil, RefusedNamespace},
		{"an endless namespace", `0/` + strings.Repeat("n", maxNamespaceSize), "", nil, RefusedNamespace},

		{"nothing", ``, "", nil, RefusedMalformed},
		{"attachments without end", `545999999999999999999-["x"]`, "", nil, RefusedType},
		{"attachments of an event", `21-["x",{"_placeholder":true,"num":0}]`, "", nil, RefusedMalformed},
		{"ack", `31["x"]`, "", nil, RefusedType},
		{"error", `4"x"`, "", nil, RefusedType},
		{"binary ack", `61-1["x"]`, "", nil, RefusedType},
		{"unknown type", `7["x"]`, "", nil, RefusedMalformed},
		{"no type", `["x"]`, "", nil, RefusedMalformed},
		{"no array", `2{"x":1}`, "", nil, RefusedMalformed},
		{"no data", `2`, "", nil, RefusedMalformed},
		{"no name", `2[]`, "", nil, RefusedMalformed},
		{"a number as name", `2[1]`, "", nil, RefusedMalformed},
		{"null as name", `2[null]`, "", nil, RefusedMalformed},
		{"an array as name", `2[["x"]]`, "", nil, RefusedMalformed},
		{"an array that does not end", `2["x"`, "", nil, RefusedMalformed},
		{"something behind", `2["x"]x`, "", nil, RefusedMalformed},
		{"trailing comma", `2["x",]`, "", nil, RefusedMalformed},
		{"leading zero", `2["x",01]`, "", nil, RefusedMalformed},
		{"NaN", `2["x",NaN]`, "", nil, RefusedMalformed},
		{"control character", "2[\"on\",\"\x1f\"]", "", nil, RefusedMalformed},
		{"half an escape", `2["x","\u12"]`, "", nil, RefusedMalformed},
		{"too deep", `2["x",` + deep + `]`, "", nil, RefusedMalformed},
		{"only brackets", `2` + strings.Repeat("[", 60_000), "", nil, RefusedMalformed},
		{"only braces", `2["x",` + strings.Repeat(`{"a":`, 10_000), "", nil, RefusedMalformed},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			c := newClient(t, 4)
			c.send("0")
			sent := c.send(test.in)
			seen, _ := c.mirror.state()
			if got := strings.Join(seen, " "); got != test.seen || !slices.Equal(sent, test.sent) {
				t.Errorf("the handler saw %q, the client was sent %q; want %q and %q", got, sent, test.seen, test.sent)
			}
			if test.refused != "" && c.refused(test.refused) != 1 {
				t.Errorf("not counted as %q", test.refused)
			}
			if why := c.socket().Reason(); why != "" {
				t.Errorf("the session ended: %s", why)
			}
		})
	}
}

// refused is how many packets were, without those of send itself.
func (c *client) refused(why Refusal) int64 {
	n := c.Refused(why)
	if why == RefusedNamespace {
		n -= 2
	}
	return n
}

func TestBinaryIsRefused(t *testing.T) {
	c := newClient(t, 3)
	c.OnMessage(c.socket().Session, wire.Packet{Type: wire.Message, Binary: true, Data: []byte(`2["on"]`)})
	if seen, _ := c.mirror.state(); len(seen) > 0 || c.Refused(RefusedBinary) != 1 {
		t.Errorf("the handler saw %q; %d were counted", seen, c.Refused(RefusedBinary))
	}
}

// What the two versions say differently.
func TestVersions(t *testing.T) {
	three := newClient(t, 3)
	if got, want := three.send(`0/x,`), []string{`44/x,"Invalid namespace"`}; !slices.Equal(got, want) {
		t.Errorf("EIO 3: got %q, want %q", got, want)
	}
	if got, want := three.send(`0`), []string{`40`}; !slices.Equal(got, want) {
		t.Errorf("EIO 3: got %q, want %q", got, want)
	}
	four := newClient(t, 4)
	socket := four.socket()
	four.post(`2["on"]`)
	eventually(t, "the session ends", func() bool { return socket.Reason() == engineio.ReasonNotConnected })
	if seen, _ := four.mirror.state(); len(seen) > 0 {
		t.Errorf("EIO 4: an event before the namespace was connected: %q", seen)
	}
}

// A client that never connects the namespace is not kept.
func TestConnectTimeout(t *testing.T) {
	s := NewServer(Config{Log: zerolog.Nop(), Handler: new(mirror), ConnectTimeout: 20 * time.Millisecond})
	c := &client{Server: s, t: t, version: 4}
	_, after, _ := strings.Cut(c.request(http.MethodGet, ""), `"sid":"`)
	c.sid, _, _ = strings.Cut(after, `"`)
	eventually(t, "the session ends", func() bool { return s.Ended(engineio.ReasonNotConnected) == 1 })
}

// A client may leave the root namespace and come back; in between, events go
// nowhere.
func TestLeaveAndReturn(t *testing.T) {
	for _, version := range []int{3, 4} {
		c := newClient(t, version)
		steps := []struct {
			in         string
			sent, seen int // in all
			left       int
		}{
			{`0`, 1, 0, 0}, {`1`, 1, 0, 1}, {`1`, 1, 0, 1}, {`2["x"]`, 1, 0, 1}, {`0`, 2, 0, 1}, {`0`, 3, 0, 1}, {`2["x"]`, 3, 1, 1}, {`1`, 3, 1, 2},
		}
		sent := 0
		for i, step := range steps {
			sent += len(c.send(step.in))
			seen, left := c.mirror.state()
			if sent != step.sent || len(seen) != step.seen || left != step.left {
				t.Errorf("EIO %d, step %d: %s: %d sent, %d seen, left %d times; want %+v", version, i, step.in, sent, len(seen), left, step)
			}
		}
	}
}

// An Event can be kept: nothing of it changes when the buffer it was read into
// holds something else.
func TestEventsCanBeKept(t *testing.T) {
	c := newClient(t, 3)
	buf := []byte(`217["on",{"room":"x"},"plain"]`)
	p, _ := parsePacket(buf)
	in, ok := parseEvent(p)
	if !ok {
		t.Fatal("no event")
	}
	e := in.Event()
	c.OnMessage(c.socket().Session, wire.Packet{Type: wire.Message, Data: buf})
	for i := range buf {
		buf[i] = '#'
	}
	seen, _ := c.mirror.state()
	if want := `["on",{"room":"x"},"plain"]`; len(seen) != 1 || seen[0] != want || e.Name != "on" || e.Ack != "17" {
		t.Errorf("kept %q and %+v", seen, e)
	}
}

// FuzzPackets sends any message, in both versions. What the handler is told and
// the client is sent has to be JSON to encoding/json.
func FuzzPackets(f *testing.F) {
	for _, seed := range []string{
		`2["other","x"]`, `2["back",{"a":[1e400,-0,"\ud800\u2028"]}]`, `217["x"]`, `2/,["x"]`, `2/?a=b,["back"]`, `2["a,b]"]`,
		`0`, `1`, `0/admin,{"a":1}`, `45999999999999999999-["x"]`, `545999999999999999999-["x"]`, `21-["x"]`, `4"x"`, `2`, `2[`,
		`2["x"`, `2["x",01]`, "2[\"x\",\"\x1e\"]", "2[\"x\",\"\xff\"]", `2["x","\u12"]`, `2[[[[[["x"]]]]]]`, `2["\u006fn",{"":[]}]`,
		`2["\ud800\u0041"]`, `2["\ud800\ud800\udc00"]`, `2["\udc00\ud800"]`,
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, message string) {
		if !utf8.ValidString(message) || strings.ContainsRune(message, '\x1e') {
			return // no transport lets it through
		}
		for _, version := range []int{3, 4} {
			c := newClient(t, version)
			c.send("0")
			for _, sent := range c.send(message) {
				checkSent(t, sent)
			}
			seen, _ := c.mirror.state()
			for _, array := range seen {
				checkEvent(t, message, array)
			}
		}
	})
}

func checkSent(t *testing.T, packet string) {
	switch {
	case strings.HasPrefix(packet, "44/"), strings.HasPrefix(packet, "40"):
	case !strings.HasPrefix(packet, `42["back"`) || !json.Valid([]byte(packet[2:])):
		t.Fatalf("sent %q", packet)
	}
}

// checkEvent compares what the handler was told with what encoding/json reads.
func checkEvent(t *testing.T, in, array string) {
	var want, got []json.RawMessage
	p, _ := parsePacket([]byte(in))
	if err := json.Unmarshal(p.json, &want); err != nil {
		t.Fatalf("%q is no JSON, and the handler was told %q: %v", in, array, err)
	}
	if err := json.Unmarshal([]byte(array), &got); err != nil {
		t.Fatalf("the handler was told %q: %v", array, err)
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

func BenchmarkPacket(b *testing.B) {
	for _, size := range []int{200, 2500} {
		b.Run(fmt.Sprint(size), func(b *testing.B) {
			c := newClient(b, 3)
			c.handler = nopHandler{}
			session := c.socket().Session
			data := []byte(`2["other",{"sdp":{"type":"offer","sdp":"` + strings.Repeat("a=x ", size/4) + `"},"room":"x"}]`)
			b.ReportAllocs()
			b.SetBytes(int64(len(data)))
			for b.Loop() {
				c.OnMessage(session, wire.Packet{Type: wire.Message, Data: data})
			}
		})
	}
}

// nopHandler takes everything and does nothing.
type nopHandler struct{}

func (nopHandler) OnOpen(*Socket)                   {}
func (nopHandler) OnEvent(*Socket, Incoming) func() { return nil }
func (nopHandler) OnDelivered(*Socket, uint64)      {}
func (nopHandler) OnLeave(*Socket)                  {}

// eventually waits for a condition that another goroutine brings about.
func eventually(t testing.TB, what string, ok func() bool) {
	t.Helper()
	for deadline := time.Now().Add(patience); time.Now().Before(deadline); time.Sleep(time.Millisecond) {
		if ok() {
			return
		}
	}
	t.Fatalf("not in %v: %s", patience, what)
}
