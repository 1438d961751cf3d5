package signaling

import (
	"testing"
	"time"
)

// What a member at another node asks of an owner that is about to give its room away is asked
// of the next one.
func TestLockWhileARoomIsTakenOut(t *testing.T) {
	n := startNodes(t, 2)
	a, b := n.enter(0, "room", nil), n.enter(1, "room", nil)
	a.Expect(event("join", "room", b.id, ""))
	link, asked := n.links[0], make(chan struct{}, 1)
	receive := link.receive
	link.receive = func(from string, body []byte) {
		receive(from, body)
		if body[0] == frameLock {
			sendToken(asked)
		}
	}
	owner := n.all[0].cluster
	h := owner.find("room")
	st, knocks, _ := owner.server.rooms.TakeOut("room")
	b.MustSend(`27["lock",true]`)
	<-asked
	owner.becomeEdge(h, st, knocks, nil)
	h.mu.Lock()
	owner.seek(h)
	h.mu.Unlock()
	a.waitFor(t, event("locked", "room", true))
}

// Who has left while nobody knew the owner has left, even if its node stops then.
func TestFirstGoodbyeCounts(t *testing.T) {
	c := startNodes(t, 1).all[0].cluster
	h := c.use("room")
	defer c.release(h)
	m := &membership{home: h, client: new(participant)}
	h.mu.Lock()
	h.members[m.client] = m
	h.mu.Unlock()
	c.leaveMember(m, goodbye{leave: true})
	c.leaveMember(m, goodbye{hold: time.Second}) // as sayGoodbyes does
	h.mu.Lock()
	defer h.mu.Unlock()
	if m.gone == nil || !m.gone.leave {
		t.Errorf("the owner would be told %+v", m.gone)
	}
	clear(h.members)
}
