package rtc

import (
	"slices"
	"testing"

	"github.com/pion/webrtc/v4"
)

// Whoever has a message knows that the channel is open, whatever pion reports first: what is
// answered would overtake what has to be said first.
func TestTheChannelIsOpenBeforeItsMessages(t *testing.T) {
	var got []string
	c := &Connection{events: Events{
		State:   func(s State) { got = append(got, string(s)) },
		Message: func(text string) { got = append(got, text) },
	}}
	c.channelMessage(webrtc.DataChannelMessage{IsString: true, Data: []byte("commitment")})
	c.channelOpened()
	if want := []string{string(ChannelOpen), "commitment"}; !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}
