//go:build linux

package load

import (
	"fmt"
	"time"

	"vidchat/bench/latency"
)

// arrivalTimeout is how long messages may take to arrive after the last is sent.
const arrivalTimeout = 10 * time.Second

// Relayed describes the messages that were relayed.
type Relayed struct {
	Messages int
	Time     time.Duration // from the first sent to the last received
	Latency  latency.Histogram
}

// Rate returns messages per second.
func (r *Relayed) Rate() float64 { return float64(r.Messages) / r.Time.Seconds() }

// Saturate relays messages of size bytes as fast as the server can: each of the first
// pairs keeps inFlight messages in flight, back and forth.
func (l *Loop) Saturate(pairs, inFlight, size int, d time.Duration) (*Relayed, error) {
	t := &closedLoop{flow: l.newFlow(size, d)}
	for i := range inFlight * min(pairs, len(l.clients)/2) {
		if err := t.send(l.clients[2*(i/inFlight)], t.begin); err != nil {
			return nil, err
		}
	}
	return t.finish(t)
}

// SendAtRate sends messages of size bytes at a constant rate, taking turns over all
// clients. Latency counts from the time at which a message should have been sent, so
// that a stalled server is charged for every message it delays.
func (l *Loop) SendAtRate(size int, rate float64, d time.Duration) (*Relayed, error) {
	t := &openLoop{flow: l.newFlow(size, d), rate: rate}
	return t.finish(t)
}

// Idle serves the clients for a while. They send nothing but pings.
func (l *Loop) Idle(d time.Duration) error {
	return l.run(&idleTraffic{l.newFlow(0, d)})
}

// flow is the state that all kinds of traffic share.
type flow struct {
	loop     *Loop
	message  message
	begin    time.Duration // on the loop's clock
	end      time.Duration
	last     time.Duration // arrival of the last message
	inFlight int
	result   Relayed
}

func (l *Loop) newFlow(size int, d time.Duration) flow {
	now := l.now()
	return flow{loop: l, message: newMessage(size), begin: now, end: now + d}
}

func (f *flow) send(c *Client, at time.Duration) error {
	f.inFlight++
	return f.loop.write(c, f.message.stamp(c.room, at), at)
}

func (f *flow) arrived(now, intended time.Duration) {
	f.inFlight--
	f.last = now
	f.result.Messages++
	f.result.Latency.Record(now - intended)
}

// drain waits for the messages that are still in flight.
func (f *flow) drain(now time.Duration) (wait time.Duration, done bool, err error) {
	overdue := f.end + arrivalTimeout
	if now >= overdue && f.inFlight > 0 {
		return 0, false, fmt.Errorf("%d of %d messages did not arrive", f.inFlight, f.inFlight+f.result.Messages)
	}
	return overdue - now, f.inFlight == 0, nil
}

func (f *flow) finish(t traffic) (*Relayed, error) {
	if err := f.loop.run(t); err != nil {
		return nil, err
	}
	f.result.Time = f.last - f.begin
	return &f.result, nil
}

// closedLoop sends a message whenever one is received.
type closedLoop struct{ flow }

func (t *closedLoop) sendDue(now time.Duration) (time.Duration, bool, error) {
	if now >= t.end {
		return t.drain(now)
	}
	return t.end - now, false, nil
}

func (t *closedLoop) received(c *Client, now, intended time.Duration) error {
	t.arrived(now, intended)
	if now >= t.end {
		return nil
	}
	return t.send(c, now)
}

// openLoop sends messages on schedule, whether or not earlier ones have arrived.
type openLoop struct {
	flow
	rate float64 // messages per second
	sent int
}

func (t *openLoop) sendDue(now time.Duration) (time.Duration, bool, error) {
	for {
		next := t.begin + time.Duration(float64(t.sent)/t.rate*float64(time.Second))
		switch {
		case next >= t.end:
			return t.drain(now)
		case next > now:
			return next - now, false, nil
		}
		if err := t.send(t.loop.clients[t.sent%len(t.loop.clients)], next); err != nil {
			return 0, false, err
		}
		t.sent++
	}
}

func (t *openLoop) received(_ *Client, now, intended time.Duration) error {
	t.arrived(now, intended)
	return nil
}

// idleTraffic sends nothing.
type idleTraffic struct{ flow }

func (t *idleTraffic) sendDue(now time.Duration) (time.Duration, bool, error) {
	return t.end - now, now >= t.end, nil
}

func (*idleTraffic) received(*Client, time.Duration, time.Duration) error { return nil }
