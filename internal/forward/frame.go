package forward

import (
	"encoding/binary"
	"errors"
	"net/http"
)

// kind says what a frame is.
type kind byte

const (
	// From the edge.
	request  kind = iota + 1 // method, query, headers, length and body
	canceled                 // the client has gone
	release                  // answer the poll now
	written                  // what became of the answer
	fromEdge                 // bytes that the client sent
	readEdge                 // so many bytes were given to the client
	overEdge                 // the connection is closed

	// From the home.
	answer   kind = iota + 57 // status, headers and body
	upgraded                  // the client's connection is a stream from now on
	fromHome                  // bytes for the client
	readHome                  // so many bytes of the client were read
	overHome                  // the connection is to be closed
)

func (k kind) ofEdge() bool { return k < answer }

// frame is what edge and home tell each other about a request.
type frame struct {
	kind kind
	id   uint64 // the edge's
	body []byte
}

var errFrame = errors.New("malformed frame")

func (f frame) append(b []byte) []byte {
	b = append(b, byte(f.kind))
	b = binary.AppendUvarint(b, f.id)
	return append(b, f.body...)
}

func parseFrame(b []byte) (f frame, err error) {
	if len(b) < 2 {
		return f, errFrame
	}
	f.kind = kind(b[0])
	switch {
	case f.kind >= request && f.kind <= overEdge:
	case f.kind >= answer && f.kind <= overHome:
	default:
		return f, errFrame
	}
	n := 0
	if f.id, n = binary.Uvarint(b[1:]); n <= 0 {
		return f, errFrame
	}
	f.body = b[1+n:]
	return f, nil
}

// appendCount and parseCount are for frames whose body is a number.
func appendCount(n int) []byte { return binary.AppendUvarint(nil, uint64(n)) }

func parseCount(b []byte) (int, error) {
	n, size := binary.Uvarint(b)
	if size <= 0 || n > 1<<30 {
		return 0, errFrame
	}
	return int(n), nil
}

// message is an HTTP request or answer.
type message struct {
	method, query string // of a request
	status        int    // of an answer
	length        int64  // of a request's body; more than there is if the client broke off
	header        http.Header
	body          []byte
}

func appendText(b []byte, text string) []byte {
	return append(binary.AppendUvarint(b, uint64(len(text))), text...)
}

func (m message) append(b []byte) []byte {
	b = appendText(appendText(b, m.method), m.query)
	b = binary.AppendVarint(binary.AppendUvarint(b, uint64(m.status)), m.length)
	count := 0
	for _, values := range m.header {
		count += len(values)
	}
	b = binary.AppendUvarint(b, uint64(count))
	for name, values := range m.header {
		for _, value := range values {
			b = appendText(appendText(b, name), value)
		}
	}
	return append(b, m.body...)
}

// parser reads the parts of a message. After an error it reads zero values.
type parser struct {
	rest []byte
	err  error
}

func (p *parser) number() uint64 { return take(p, binary.Uvarint) }

func (p *parser) signed() int64 { return take(p, binary.Varint) }

func take[V any](p *parser, decode func([]byte) (V, int)) (v V) {
	decoded, n := decode(p.rest)
	if n <= 0 {
		p.rest, p.err = nil, errFrame
		return v
	}
	p.rest = p.rest[n:]
	return decoded
}

func (p *parser) text() string {
	size := p.number()
	if size > uint64(len(p.rest)) {
		p.rest, p.err = nil, errFrame
		return ""
	}
	text := string(p.rest[:size])
	p.rest = p.rest[size:]
	return text
}

// parseMessage reads a message. Its body is a part of b.
func parseMessage(b []byte) (m message, err error) {
	p := parser{rest: b}
	m.method, m.query = p.text(), p.text()
	status := p.number()
	m.length = p.signed()
	count := p.number()
	if p.err != nil || status > 999 || count > uint64(len(p.rest)) {
		return message{}, errFrame
	}
	m.status, m.header = int(status), make(http.Header)
	for range count {
		name, value := p.text(), p.text()
		m.header[name] = append(m.header[name], value)
	}
	if p.err != nil {
		return message{}, errFrame
	}
	m.body = p.rest
	return m, nil
}
