package engine

import (
	"testing"

	"github.com/googollee/go-socket.io/engineio/packet"
)

// The close packet never comes together with others: socket.io-client 4 would
// lose those.
func TestClosePacketComesAlone(t *testing.T) {
	tests := []struct {
		reason Reason
		last   packet.Type
	}{
		{ReasonMoved, packet.CLOSE},
		{ReasonShutdown, packet.CLOSE},
		{ReasonClientClosed, packet.NOOP},
	}
	for _, test := range tests {
		t.Run(string(test.reason), func(t *testing.T) {
			s := loose(t, New(quiet(Config{})), engineIO4{})
			s.Send(NewMessage("last words"))
			s.end(test.reason)
			if test.reason != ReasonClientClosed {
				expectPoll(t, s, pollAnswered, "4last words")
			}
			expectPoll(t, s, pollLast, string(newText(test.last).packet()))
		})
	}
}

func expectPoll(t *testing.T, s *Session, state pollState, want string) {
	t.Helper()
	messages, got := s.poll()
	if got != state || len(messages) != 1 || string(messages[0].packet()) != want {
		t.Errorf("state %v, %d packets, want %v with %q", got, len(messages), state, want)
	}
}
