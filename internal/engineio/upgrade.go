package engineio

import (
	"io"
	"net"
	"net/http"
	"time"

	"github.com/gobwas/ws"

	"vidchat/internal/engineio/wire"
)

// An upgrade lets a WebSocket take over from polling, if the client goes through
// with it: it sends 2probe, gets 3probe, finishes its running requests and sends
// 5. What it sends afterwards comes over the WebSocket, and all that is queued
// for it goes there.

// stage is how far a WebSocket has come.
type stage uint8

const (
	awaitsProbe   stage = iota // a candidate
	awaitsUpgrade              // a candidate that was probed
	carrying                   // the session's
)

// upgrade is what a WebSocket needs while it is a candidate.
type upgrade struct {
	replies outbox
	timer   *time.Timer // ends it
}

func (s *Session) serveUpgrade(w http.ResponseWriter, r *http.Request) {
	if !s.server.register() {
		s.server.refuse(w, r, errDraining)
		return
	}
	defer s.server.opening.Done()
	conn, err := hijack(w, r)
	if err != nil {
		return
	}
	defer s.recoverPanic()
	if !s.beginUpgrade(conn) {
		refuseUpgrade(conn)
	}
}

// beginUpgrade makes a connection the candidate, if there is none, and the
// session is carried by polling.
func (s *Session) beginUpgrade(conn net.Conn) bool {
	if !s.mayUpgrade() {
		return false
	}
	w := s.newWebSocket(s.server.poller.Adopt(conn), awaitsProbe)
	s.mu.Lock()
	accepted := s.upgradable()
	if accepted {
		s.candidate = w
		w.upgrade = &upgrade{timer: time.AfterFunc(s.server.cfg.UpgradeTimeout, w.abandon)}
	}
	s.mu.Unlock()
	if !accepted { // another one came at the same time
		w.close()
		return true
	}
	s.server.Metrics.upgrades.WithLabelValues(upgradeBegun).Inc()
	w.conn.Start(w)
	return true
}

func (s *Session) mayUpgrade() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.upgradable()
}

// upgradable is called with the lock held.
func (s *Session) upgradable() bool {
	return !s.ended && !s.draining && s.socket == nil && s.candidate == nil
}

// refuseUpgrade closes a second WebSocket with a reason that the client can
// read.
func refuseUpgrade(conn net.Conn) {
	defer conn.Close()
	_ = conn.SetDeadline(time.Now().Add(lingerTime))
	_, err := conn.Write(wire.NewClose(ws.StatusPolicyViolation, "session has a WebSocket already").Frame())
	if half, ok := conn.(interface{ CloseWrite() error }); ok && err == nil {
		_ = half.CloseWrite()
		_, _ = io.Copy(io.Discard, io.LimitReader(conn, maxDrained))
	}
}

// negotiate handles a packet of a candidate, and reports whether to go on.
func (w *webSocket) negotiate(p wire.Packet) bool {
	switch {
	case p.Binary:
	case w.stage == awaitsProbe && p.Type == wire.Ping && string(p.Data) == "probe":
		w.stage = awaitsUpgrade
		w.reply(wire.NewText(wire.Pong, "probe"))
		w.session.releasePoll()
		return true
	case w.stage == awaitsUpgrade && p.Type == wire.Upgrade && len(p.Data) == 0:
		return w.complete()
	}
	w.abandon()
	return false
}

// releasePoll lets the poll that waits be answered, which the client waits for.
func (s *Session) releasePoll() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.polling.probed = true
	s.polling.wakePoll()
}

// complete makes a candidate the session's WebSocket.
func (w *webSocket) complete() bool {
	s := w.session
	s.mu.Lock()
	if s.ended || s.draining || s.candidate != w {
		s.mu.Unlock()
		w.abandon()
		return false
	}
	s.server.Metrics.sessionUpgraded(s)
	w.stage = carrying
	w.upgrade.timer.Stop()
	s.candidate, s.socket = nil, w
	replies := &w.upgrade.replies
	s.outbox.flushing, s.outbox.stalled, s.outbox.writing = replies.flushing, replies.stalled, replies.writing
	w.upgrade = nil
	n := s.tracking.asked // the client has waited for its last poll
	c := s.beginFlush()
	wake(s.polling.polled)
	s.mu.Unlock()
	s.confirm(n)
	w.flush(c)
	return true
}

// abandon ends an upgrade. The session goes on polling.
func (w *webSocket) abandon() {
	s := w.session
	s.mu.Lock()
	abandoned := s.candidate == w
	if abandoned {
		s.candidate = nil
		s.polling.probed = false
		w.upgrade.timer.Stop()
	}
	s.mu.Unlock()
	if abandoned {
		s.server.Metrics.upgrades.WithLabelValues(upgradeFailed).Inc()
		w.close()
	}
}
