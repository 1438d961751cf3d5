package socketio

import "bytes"

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

// packet is a Socket.IO packet taken apart. It shares the memory of what was taken
// apart. The namespace is empty for the root.
type packet struct {
	kind      byte
	namespace []byte
	ack       []byte
	json      []byte
}

// parsePacket reads <type>[/namespace,][ack id][json]. Packets with attachments
// are not taken apart, since their type is refused.
func parsePacket(text []byte) (p packet, ok bool) {
	if len(text) == 0 || text[0] < connectPacket || text[0] > binaryAckPacket {
		return p, false
	}
	p.kind = text[0]
	rest := text[1:]
	if len(rest) > 0 && rest[0] == '/' {
		var name []byte
		name, rest, _ = bytes.Cut(rest, []byte{','})
		name, _, _ = bytes.Cut(name, []byte{'?'}) // socket.io-client 2.x puts a query there
		if len(name) > 1 {
			p.namespace = name
		}
	}
	n := digits(rest)
	p.ack, p.json = rest[:n], rest[n:]
	return p, true
}

// digits is how many digits text begins with.
func digits(text []byte) (n int) {
	for n < len(text) && text[n] >= '0' && text[n] <= '9' {
		n++
	}
	return n
}
