package socketio

import "strings"

// The types of Socket.IO packets, as they stand at the beginning of a packet.
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

// packet is a Socket.IO packet taken apart. The namespace is empty for the root.
type packet struct {
	kind      byte
	namespace string
	ack       string
	json      string
}

// parsePacket reads <type>[/namespace,][ack id][json]. Packets with attachments
// are not taken apart, since their type is refused.
func parsePacket(text string) (p packet, ok bool) {
	if text == "" || text[0] < connectPacket || text[0] > binaryAckPacket {
		return p, false
	}
	p.kind = text[0]
	rest := text[1:]
	if strings.HasPrefix(rest, "/") {
		var name string
		name, rest, _ = strings.Cut(rest, ",")
		name, _, _ = strings.Cut(name, "?") // socket.io-client 2.x puts a query there
		if name != "/" {
			p.namespace = name
		}
	}
	n := digits(rest)
	p.ack, p.json = rest[:n], rest[n:]
	return p, true
}

// digits is how many digits text begins with.
func digits(text string) (n int) {
	for n < len(text) && text[n] >= '0' && text[n] <= '9' {
		n++
	}
	return n
}
