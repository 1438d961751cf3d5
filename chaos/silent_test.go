package chaos

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"
)

// The clients that vanish at once.
const vanishing = 1000

// A thousand clients vanish without a FIN, others begin and never go on, one
// reads nothing and one a byte a second. The server has to find out by itself,
// and the calls beside them notice nothing, neither now nor when it does.
func TestSilence(t *testing.T) {
	s := startServer(t)
	before := s.gauges()
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	crowd := s.crowd(ctx)
	talk := s.converse("silence")
	s.unfinished(ctx)
	cut := s.slowReaders(ctx)
	crowd.silence()
	began := time.Now()
	s.awaitSessions(2*calls, forgetTime)
	t.Logf("the server missed all of them after %.1f s", time.Since(began).Seconds())
	if now := s.gauges(); now.seats != 2*calls || now.rooms != calls {
		time.Sleep(2 * time.Second) // the seats are held for one
		if now := s.gauges(); now.seats != 2*calls || now.rooms != calls {
			t.Errorf("besides the calls there are others: %v", now)
		}
	}
	talk.end().judge(t)
	if !cut() {
		t.Error("the readers that are too slow were not cut")
	}
	cancel()
	crowd.close()
	s.settle(before)
}

// crowd connects the clients that are to vanish, two to a room.
func (s *server) crowd(ctx context.Context) *radio {
	s.t.Helper()
	r := newRadio(s.t, s.address)
	for i := range vanishing {
		version, room := 3+i/2%2, fmt.Sprint("vanishing ", i/2)
		w, err := newWire(ctx, r.Addr().String())
		if err == nil {
			_ = w.SetDeadline(time.Now().Add(patience))
			err = [](func(int, string) error){w.joinBySocket, w.joinByPolling}[i/4%2](version, room)
		}
		if err != nil {
			s.t.Fatalf("client %d: %v", i, err)
		}
	}
	for deadline := time.Now().Add(patience); s.gauges().seats < vanishing; time.Sleep(10 * time.Millisecond) {
		if time.Now().After(deadline) {
			s.t.Fatalf("not all have joined: %v", s.gauges())
		}
	}
	return r
}

// joining is what a client sends to be in a room.
func joining(version int, room string) []string {
	packets := []string{"40", "4" + event("create or join", room)}
	return packets[4-version:]
}

func (w *wire) joinBySocket(version int, room string) error {
	if err := w.socket(version, ""); err != nil {
		return err
	}
	for _, packet := range joining(version, room) {
		w.put(text(packet))
	}
	return nil
}

// joinByPolling ends with a poll that hangs, or soon does.
func (w *wire) joinByPolling(version int, room string) error {
	sid, err := w.handshake(version)
	if err != nil {
		return err
	}
	q := query(version, "polling", sid)
	for _, packet := range joining(version, room) {
		w.post(q, payload(version, packet))
		if _, err := w.answer(); err != nil {
			return err
		}
	}
	w.request(http.MethodGet, q)
	return nil
}

// unfinished are clients that begin something and hold it open.
func (s *server) unfinished(ctx context.Context) {
	s.t.Helper()
	for i := range 20 {
		version := 3 + i%2
		for name, begin := range map[string]func(w *wire, sid string){
			"handshake": func(*wire, string) {},
			"poll":      func(w *wire, sid string) { w.request(http.MethodGet, query(version, "polling", sid)) },
			"body": func(w *wire, sid string) {
				w.request(http.MethodPost, query(version, "polling", sid), "Content-Length: 100")
				w.put("4")
			},
			"upgrade": func(w *wire, sid string) {
				if w.socket(version, sid) == nil {
					w.put(text("2probe"))
				}
			},
			"headers": func(w *wire, _ string) { w.put("GET /socket.io/?") },
		} {
			w, err := newWire(ctx, s.address)
			if err != nil {
				s.t.Fatal(err)
			}
			_ = w.SetDeadline(time.Now().Add(patience))
			sid, err := w.handshake(version)
			if err != nil {
				s.t.Fatalf("%s: %v", name, err)
			}
			begin(w, sid)
		}
	}
}

// slowReaders are a client that reads nothing and one that reads a byte a
// second, and who sends to them. It returns whether the server has cut them.
func (s *server) slowReaders(ctx context.Context) (cut func() bool) {
	s.t.Helper()
	before := s.gauges().slow
	for i, read := range []func(*wire){func(*wire) {}, byteBySecond} {
		room := fmt.Sprint("slow ", i)
		slow, err := newWire(ctx, s.address)
		if err == nil {
			err = slow.joinBySocket(3, room)
		}
		sender, err2 := newWire(ctx, s.address)
		if err2 == nil {
			err2 = sender.joinBySocket(4, room)
		}
		if err != nil || err2 != nil {
			s.t.Fatal(err, err2)
		}
		_ = slow.SetReadBuffer(4 << 10)
		go read(slow)
		go sender.rest(2 * forgetTime)
		go sender.flood(ctx)
	}
	return func() bool { return s.gauges().slow >= before+2 }
}

func byteBySecond(w *wire) {
	for b := make([]byte, 1); ; time.Sleep(time.Second) {
		if _, err := w.TCPConn.Read(b); err != nil {
			return
		}
	}
}

// flood sends for some seconds, as much as a session may.
func (w *wire) flood(ctx context.Context) {
	packet := text(`42["message","` + strings.Repeat("x", 10_000) + `"]`)
	tick := time.NewTicker(12 * time.Millisecond)
	defer tick.Stop()
	for range 1000 {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
			w.put(packet)
		}
	}
	_ = w.Close()
}

// awaitSessions waits until so many are left.
func (s *server) awaitSessions(want float64, most time.Duration) {
	s.t.Helper()
	for deadline := time.Now().Add(most); time.Now().Before(deadline); time.Sleep(250 * time.Millisecond) {
		if s.gauges().sessions == want {
			return
		}
	}
	s.t.Errorf("after %v, there are %v", most, s.gauges())
}
