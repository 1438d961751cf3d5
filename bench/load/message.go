//go:build linux

package load

import (
	"bytes"
	"strings"
	"time"
)

// message is a frame that is sent many times, each time stamped with a time and a
// room. The time comes first, so that a receiver finds it without parsing JSON.
type message struct {
	frame    []byte
	at, room int // offsets of the time and of the room's name
}

const (
	messageStart = `42["message",{"t":"`
	timeDigits   = 16
	roomField    = `,"room":"`
	messageEnd   = `"}]`
)

// newMessage returns a message of size bytes that looks like what clients send: a
// candidate, or a session description if it is large.
func newMessage(size int) message {
	content, fill := `"candidate":{"sdpMid":"0","sdpMLineIndex":0,"candidate":"`, "candidate:842163049 1 udp 1677729535 203.0.113.77 52731 typ srflx "
	if size > 1000 {
		content, fill = `"sdp":{"type":"offer","sdp":"`, `a=rtpmap:111 opus/48000/2\r\na=rtcp-fb:111 transport-cc\r\n`
	}
	const contentEnd = `"}`
	tail := len(roomField) + len(roomName{}) + len(messageEnd)
	start := messageStart + strings.Repeat("0", timeDigits) + `",` + content
	missing := max(size-len(start)-len(contentEnd)-tail, 0)
	filling := strings.Repeat(fill, missing/len(fill)) + strings.Repeat("x", missing%len(fill))
	payload := start + filling + contentEnd + roomField + strings.Repeat("r", len(roomName{})) + messageEnd

	frame := appendFrame(nil, payload)
	head := len(frame) - len(payload)
	return message{
		frame: frame,
		at:    head + len(messageStart),
		room:  len(frame) - len(messageEnd) - len(roomName{}),
	}
}

// stamp writes the room and the intended time of sending into the message, and
// returns its frame. The frame is valid until the next call.
func (m *message) stamp(room roomName, at time.Duration) []byte {
	copy(m.frame[m.room:], room[:])
	const digits = "0123456789abcdef"
	for i, rest := timeDigits-1, uint64(at); i >= 0; i-- {
		m.frame[m.at+i] = digits[rest&15]
		rest >>= 4
	}
	return m.frame
}

// intendedAt returns the time that a relayed message was stamped with. It reports
// false for other packets.
func intendedAt(payload []byte) (time.Duration, bool) {
	digits, ok := bytes.CutPrefix(payload, []byte(messageStart))
	if !ok || len(digits) < timeDigits {
		return 0, false
	}
	var at uint64
	for _, c := range digits[:timeDigits] {
		switch {
		case c >= '0' && c <= '9':
			at = at<<4 | uint64(c-'0')
		case c >= 'a' && c <= 'f':
			at = at<<4 | uint64(c-'a'+10)
		default:
			return 0, false
		}
	}
	return time.Duration(at), true
}
