package call

import (
	"context"
	"encoding/json"
	"testing"
	"time"

	"github.com/pion/webrtc/v4"
	"go.uber.org/goleak"

	"vidchat/peer/link"
	"vidchat/peer/rtc"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// silent sends nothing.
type silent struct{}

func (silent) Tracks() []webrtc.TrackLocal { return nil }
func (silent) RequestKeyFrame()            {}

// side is one of two members that are connected without a server.
type side struct {
	*Call
	inbox   chan []byte // details from the other
	moments chan string
}

// newSide returns a member with this id. Until start, the test may do what it does.
func newSide(t *testing.T, id string) *side {
	t.Helper()
	api, err := rtc.NewAPI(true)
	if err != nil {
		t.Fatal(err)
	}
	s := &side{inbox: make(chan []byte, 256), moments: make(chan string, 256)}
	s.Call, err = New(Options{
		Link: link.Link{Room: "room"}, Access: link.Access{Secret: []byte("secret")}, API: api, Sender: silent{},
		Moment: func(moment Moment) { s.moments <- moment.What },
	})
	if err != nil {
		t.Fatal(err)
	}
	s.id, s.begun, s.ctx = id, time.Now(), t.Context()
	return s
}

// sendsTo has what this side sends arrive at the other.
func (s *side) sendsTo(other *side) {
	s.relay = func(d details, _ string) {
		text, _ := json.Marshal(d) // details can be written
		other.inbox <- text
	}
	s.join(other.id, "")
}

// start runs this side until the test ends.
func (s *side) start(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	s.ctx = ctx
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		s.run(ctx)
	}()
	t.Cleanup(func() { cancel(); <-ended })
}

func (s *side) run(ctx context.Context) {
	for {
		select {
		case <-ctx.Done():
			for _, m := range s.members {
				m.close()
			}
			return
		case task := <-s.posted:
			task()
		case text := <-s.inbox:
			var d details
			_ = json.Unmarshal(text, &d) // as they were written
			s.other().receive(d)
		}
	}
}

// other is the only other member.
func (s *side) other() *member { return s.sortedMembers()[0] }

// do runs a task on this side's goroutine, and waits for it.
func (s *side) do(task func()) {
	done := make(chan struct{})
	s.post(s.ctx, func() { defer close(done); task() })
	<-done
}

// awaits waits until this happens.
func (s *side) awaits(t *testing.T, what string) {
	t.Helper()
	late := time.After(time.Minute)
	for {
		select {
		case happened := <-s.moments:
			if happened == what {
				return
			}
		case <-late:
			t.Fatalf("%s waits in vain for %q", s.id, what)
		}
	}
}

// newPair returns two sides that reach each other, and are not started.
func newPair(t *testing.T) (ann, bob *side) {
	t.Helper()
	ann, bob = newSide(t, "ann"), newSide(t, "bob")
	ann.sendsTo(bob)
	bob.sendsTo(ann)
	return ann, bob
}

func TestCollidingOffers(t *testing.T) {
	ann, bob := newPair(t)
	// Each offer is on its way before the other arrives.
	for _, s := range []*side{ann, bob} {
		s.other().initiate()
	}
	ann.start(t)
	bob.start(t)
	ann.awaits(t, string(rtc.ChannelOpen))
	bob.awaits(t, string(rtc.ChannelOpen))
	for _, s := range []*side{ann, bob} {
		s.do(func() {
			if !s.other().verified {
				t.Errorf("%s has not verified the other", s.id)
			}
		})
	}
}

func TestReloadedPage(t *testing.T) {
	ann, bob := newPair(t)
	ann.start(t)
	bob.start(t)
	bob.do(func() { bob.other().initiate() })
	ann.awaits(t, string(rtc.ChannelOpen))

	// Ann's connection leads to a page that is gone, and a new one offers another.
	reloaded := newSide(t, "bob")
	reloaded.sendsTo(ann)
	ann.do(func() { ann.sendsTo(reloaded) })
	reloaded.start(t)
	reloaded.do(func() { reloaded.other().initiate() })
	ann.awaits(t, string(rtc.ChannelOpen))
	reloaded.awaits(t, string(rtc.ChannelOpen))
}

// The same connection goes on after ICE was restarted, and an answer that may be lost is
// given again.
func TestRestartOfICE(t *testing.T) {
	ann, bob := newPair(t)
	ann.start(t)
	bob.start(t)
	bob.do(func() { bob.other().initiate() })
	bob.awaits(t, string(rtc.ChannelOpen))

	var before *rtc.Connection
	bob.do(func() {
		before = bob.other().conn
		bob.other().makeOffer(true)
	})
	bob.awaits(t, "answer received")
	bob.awaits(t, string(rtc.DTLSConnected))
	bob.do(func() { bob.other().sendDescription("offer", &bob.other().offer) })
	bob.awaits(t, "answer received")
	bob.do(func() {
		if m := bob.other(); m.conn != before || !m.conn.Connected() || m.conn.Unanswered() {
			t.Error("the connection was replaced, or is not connected")
		}
	})
}

// A description of another kind is nothing that this client knows, and is not reported.
func TestOtherDescriptions(t *testing.T) {
	s := newSide(t, "a")
	s.key = nil
	s.join("b", "").receive(details{SDP: &description{Type: "rollback\x1b[2J"}})
	if len(s.report.Timeline) > 0 {
		t.Errorf("%+v", s.report.Timeline)
	}
}
