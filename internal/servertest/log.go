package servertest

import (
	"bytes"
	"encoding/json"
	"strings"
	"sync"
)

// Log keeps what a server logs and finds the server's addresses in it.
type Log struct {
	listening chan string

	mu    sync.Mutex // guards the fields below
	text  bytes.Buffer
	admin string
}

// NewLog returns a Log for one server.
func NewLog() *Log { return &Log{listening: make(chan string, 1)} }

// Listening receives the server's URL once it listens.
func (l *Log) Listening() <-chan string { return l.listening }

// adminURL returns the URL of the listener for operators. It is known before Listening
// receives the server's URL.
func (l *Log) adminURL() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.admin
}

// Write takes whole lines.
func (l *Log) Write(lines []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for line := range bytes.Lines(lines) {
		var event struct{ Message, Address, URL string }
		if json.Unmarshal(line, &event) != nil {
			continue
		}
		switch event.Message {
		case "listening for operators":
			l.admin = "http://" + event.Address
		case "listening":
			scheme, _, _ := strings.Cut(event.URL, ":")
			l.listening <- scheme + "://" + event.Address
		}
	}
	return l.text.Write(lines)
}

// String returns everything logged so far.
func (l *Log) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}
