package engineio

import (
	"testing"

	"vidchat/internal/engineio/wire"
)

// The close packet never comes together with others: socket.io-client 4 would
// lose those.
func TestClosePacketComesAlone(t *testing.T) {
	tests := []struct {
		reason Reason
		last   wire.Type
	}{
		{ReasonMoved, wire.Close},
		{ReasonShutdown, wire.Close},
		{ReasonClientClosed, wire.Noop},
	}
	for _, test := range tests {
		t.Run(string(test.reason), func(t *testing.T) {
			s := polledSession(t, newTestServer(Config{}), wire.EngineIO4{})
			s.Send(wire.NewMessage("last words"))
			s.End(test.reason)
			if test.reason != ReasonClientClosed {
				expectPoll(t, s, pollAnswered, "4last words")
			}
			expectPoll(t, s, pollLast, string(wire.NewText(test.last).Packet()))
		})
	}
}

func expectPoll(t *testing.T, s *Session, state pollState, want string) {
	t.Helper()
	messages, got := s.poll()
	if got != state || len(messages) != 1 || string(messages[0].Packet()) != want {
		t.Errorf("state %v, %d packets, want %v with %q", got, len(messages), state, want)
	}
}
