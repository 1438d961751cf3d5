package engine

import (
	"strings"
	"unsafe"

	"github.com/googollee/go-socket.io/engineio/packet"
	"github.com/tidwall/gjson"

	"vidchat/engine/rawjson"
)

// The gate is what every message passes before go-socket.io parses it. The
// library does not survive hostile packets: attachment counts, malformed JSON,
// unknown namespaces and ERROR packets crash it or close the connection, and
// arguments of the wrong type do too. So only packets that a Gate asked for
// reach it, in a form made here.

// Gate decides about the events of clients. Without one the messages of a
// session are not Socket.IO, and reach the library as they are.
type Gate interface {
	// Opened is called before the session's first packet is read.
	Opened(s *Session)
	// Departed is called when the client has left the root namespace, and when
	// the session is over; so it may come more than once.
	Departed(s *Session)
	// Event is called for each event on the root namespace, one after the other
	// in each session. It returns the JSON array that go-socket.io shall
	// dispatch, or nothing if the event is dealt with. The event's memory is
	// valid until it returns.
	Event(s *Session, e *Event) (forward string)
}

// Hasty is a Gate that can deal with some events at once. Of the others, it is
// told on a goroutine that may wait.
type Hasty interface {
	// Prompt tells whether Event would neither wait for anything nor forward.
	Prompt(s *Session, e *Event) bool
}

// Addressee is a Gate that wants to know what has arrived.
type Addressee interface {
	// Arrived tells that the first n messages given to SendCounted have come to
	// the client.
	Arrived(s *Session, n uint64)
}

// Event is what a client emitted: an array of valid JSON, not decoded.
type Event struct {
	Name     string
	Args     []string  // each as it stands in the array
	Ack      string    // the number to answer under, if an answer was asked for
	elements [5]string // the name and the arguments; no event of ours has more, the rest is ignored
}

// Arg is an argument, or null if there is none.
func (e *Event) Arg(i int) gjson.Result {
	if i >= len(e.Args) {
		return gjson.Result{}
	}
	return gjson.Parse(e.Args[i])
}

// Refusal is why a packet was not let through.
type Refusal string

// The reasons to refuse a packet. The session lives on.
const (
	RefusedBinary    Refusal = "binary"
	RefusedMalformed Refusal = "malformed"
	RefusedType      Refusal = "packet type"
	RefusedNamespace Refusal = "unknown namespace"
	RefusedEvent     Refusal = "unknown event"
	RefusedRoom      Refusal = "not in that room"
	RefusedArguments Refusal = "unusable arguments"
)

// Socket.IO packet types, as they stand at the beginning of a packet.
const (
	connectPacket    = '0'
	disconnectPacket = '1'
	eventPacket      = '2'
	binaryAckPacket  = '6'
)

const (
	maxNesting       = 64  // of arrays and objects in an event: whoever decodes them is recursive
	maxAckSize       = 19  // digits, of a number that is sent back
	maxNamespaceSize = 128 // bytes, of a name that is sent back in a refusal
)

// gateState is the client's view of the root namespace. Only who handles the
// session's packets uses it.
type gateState struct {
	left  bool // the client disconnected from it
	event Event
}

// socketPacket is a Socket.IO packet taken apart. The namespace is empty for
// the root.
type socketPacket struct {
	kind      byte
	namespace string
	ack       string
	json      string
}

// pass deals with a message, and returns the packet that go-socket.io shall
// have of it, if any.
func (s *Session) pass(p Packet) []byte {
	if p.Binary {
		s.Refuse(RefusedBinary)
		return nil
	}
	sp, ok := parseSocketPacket(unsafe.String(unsafe.SliceData(p.Data), len(p.Data)))
	switch {
	case !ok:
		s.Refuse(RefusedMalformed)
	case sp.namespace != "":
		s.refuseNamespace(sp)
	case sp.kind == connectPacket:
		s.passConnect()
	case sp.kind == disconnectPacket:
		s.passDisconnect()
	case sp.kind == eventPacket:
		return s.passEvent(sp)
	default:
		s.Refuse(RefusedType) // acks of ours do not exist; errors and binary events are not for clients
	}
	return nil
}

// parseSocketPacket reads <type>[/namespace,][ack id][json]. Packets with
// attachments are not taken apart, since their type is refused.
func parseSocketPacket(text string) (socketPacket, bool) {
	if text == "" || text[0] < connectPacket || text[0] > binaryAckPacket {
		return socketPacket{}, false
	}
	sp := socketPacket{kind: text[0]}
	rest := text[1:]
	if strings.HasPrefix(rest, "/") {
		var name string
		name, rest, _ = strings.Cut(rest, ",")
		name, _, _ = strings.Cut(name, "?") // socket.io-client 2.x puts a query there
		if name != "/" {
			sp.namespace = name
		}
	}
	sp.json = strings.TrimLeft(rest, "0123456789")
	sp.ack = rest[:len(rest)-len(sp.json)]
	return sp, true
}

func (s *Session) refuseNamespace(sp socketPacket) {
	s.Refuse(RefusedNamespace)
	if sp.kind == disconnectPacket || len(sp.namespace) > maxNamespaceSize {
		return
	}
	s.Send(newText(packet.MESSAGE, s.dialect.connectRefusal(sp.namespace)))
}

// passConnect connects the root namespace: for the first time, again after the
// client has left it, or once more, which Node confirms too.
func (s *Session) passConnect() {
	s.mu.Lock()
	s.connected = true
	s.mu.Unlock()
	s.gate.left = false
	s.Send(newText(packet.MESSAGE, s.dialect.connectAnswer(s.SocketID())))
}

func (s *Session) passDisconnect() {
	if !s.gate.left {
		s.gate.left = true
		s.engine.cfg.Gate.Departed(s)
	}
}

// passAtOnce passes an event that the gate can deal with at once. Anything
// else it leaves alone, whatever is wrong with it.
func (s *Session) passAtOnce(p Packet) bool {
	gate, ok := s.engine.cfg.Gate.(Hasty)
	if !ok || p.Binary || s.gate.left || s.awaitsConnectNow() {
		return false
	}
	sp, ok := parseSocketPacket(unsafe.String(unsafe.SliceData(p.Data), len(p.Data)))
	e := &s.gate.event
	if !ok || sp.kind != eventPacket || sp.namespace != "" || len(sp.ack) > maxAckSize || !e.parse(sp.json) {
		return false
	}
	e.Ack = sp.ack
	prompt := gate.Prompt(s, e)
	if prompt {
		s.engine.cfg.Gate.Event(s, e)
	}
	*e = Event{} // do not hold on to the packet's memory
	return prompt
}

func (s *Session) passEvent(sp socketPacket) []byte {
	e := &s.gate.event
	switch {
	case s.awaitsConnectNow():
		s.end(ReasonNotConnected)
		return nil
	case s.gate.left:
		s.Refuse(RefusedNamespace)
		return nil
	case len(sp.ack) > maxAckSize || !e.parse(sp.json):
		s.Refuse(RefusedMalformed)
		return nil
	}
	e.Ack = sp.ack
	forward := s.engine.cfg.Gate.Event(s, e)
	*e = Event{} // do not hold on to the packet's memory
	if forward == "" {
		return nil
	}
	return append([]byte{eventPacket}, forward...)
}

func (s *Session) awaitsConnectNow() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.awaitsConnect()
}

// parse checks that text is a JSON array that begins with a string, and finds
// its elements.
func (e *Event) parse(text string) bool {
	elements, ok := rawjson.Elements(e.elements[:0], text, maxNesting, len(e.elements))
	if !ok || len(elements) == 0 || !rawjson.IsText(elements[0]) {
		return false
	}
	e.Name, e.Args = rawjson.Text(elements[0]), elements[1:]
	return true
}
