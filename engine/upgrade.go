package engine

import (
	"errors"
	"net"
	"net/http"
	"time"

	"github.com/gobwas/ws"
	"github.com/googollee/go-socket.io/engineio/packet"
)

// upgradeBy lets a WebSocket take a polling session over, if the client goes
// through with it: it sends 2probe, gets 3probe, finishes its running requests
// and sends 5. What it sends afterwards comes over the WebSocket, and all that
// is queued for it goes there.
func (s *Session) upgradeBy(w http.ResponseWriter, r *http.Request) {
	conn, err := hijack(w)
	if err != nil {
		return
	}
	defer s.survive()
	f := newFrames(conn, s.engine.cfg.MaxPacket)
	if err := f.write(switchingProtocols(r).frame, bodyTime); err != nil {
		_ = conn.Close()
		return
	}
	if !s.beginUpgrade(f) {
		_ = f.write(closeFrame(ws.StatusPolicyViolation, "session has a WebSocket already").frame, lingerTime)
		linger(f)
		return
	}
	if err := s.probe(f, conn); err != nil {
		s.abandonUpgrade(f)
		return
	}
	s.completeUpgrade(f)
}

func (s *Session) beginUpgrade(f *frames) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.ended || s.carrier != nil || s.candidate != nil {
		return false
	}
	s.candidate = f
	s.engine.Stats.upgrades.WithLabelValues(upgradeBegun).Inc()
	return true
}

var errNoUpgrade = errors.New("not an upgrade")

func (s *Session) probe(f *frames, conn net.Conn) error {
	deadline := s.engine.cfg.UpgradeTimeout
	if err := conn.SetReadDeadline(time.Now().Add(deadline)); err != nil {
		return err
	}
	if err := expect(f, packet.PING, "probe"); err != nil {
		return err
	}
	if err := f.write(newText(packet.PONG, "probe").frame, deadline); err != nil {
		return err
	}
	s.mu.Lock()
	s.polling.probed = true
	s.polling.wakePoll()
	s.mu.Unlock()
	if err := expect(f, packet.UPGRADE, ""); err != nil {
		return err
	}
	return conn.SetReadDeadline(time.Time{})
}

// expect reads one packet, which has to be this one.
func expect(f *frames, t packet.Type, data string) error {
	for {
		op, payload, err := f.next()
		switch {
		case err != nil:
			return err
		case op == ws.OpPong:
			continue
		case op == ws.OpPing:
			if err := f.write(newControl(ws.OpPong, payload).frame, lingerTime); err != nil {
				return err
			}
			continue
		case op != ws.OpText:
			return errNoUpgrade
		}
		p, err := parseText(payload)
		if err != nil || p.Type != t || string(p.Data) != data {
			return errNoUpgrade
		}
		return nil
	}
}

func (s *Session) abandonUpgrade(f *frames) {
	s.mu.Lock()
	if s.candidate != nil {
		s.candidate = nil
		s.polling.probed = false
	}
	s.mu.Unlock()
	s.engine.Stats.upgrades.WithLabelValues(upgradeFailed).Inc()
	f.free()
	_ = f.conn.Close()
}

func (s *Session) completeUpgrade(f *frames) {
	f = s.engine.watch(f)
	s.mu.Lock()
	if s.ended || s.frozen { // whoever ended or froze it knows of the candidate only
		s.mu.Unlock()
		s.abandonUpgrade(f)
		return
	}
	s.engine.Stats.sessionUpgraded(s)
	s.candidate, s.carrier = nil, f
	n := s.receipts.polledAgain() // the client waits for its last poll before it changes over
	c := s.beginFlush()
	signal(s.polling.polled)
	s.mu.Unlock()
	s.seen()
	s.tellArrived(n)
	s.flush(f, c)
	s.read(f)
}
