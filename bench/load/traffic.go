//go:build linux

package load

import (
	"fmt"
	"time"

	"vidchat/bench/latency"
)

// arrival is how long messages may take to arrive after the last was sent.
const arrival = 10 * time.Second

// Relayed is what became of messages.
type Relayed struct {
	Messages int
	Time     time.Duration // from the first sent to the last received
	Latency  latency.Histogram
}

// Rate is in messages a second.
func (r *Relayed) Rate() float64 { return float64(r.Messages) / r.Time.Seconds() }

// Saturate relays messages of size bytes as fast as the server does: in each
// of the first pairs so many messages are on their way, back and forth.
func (l *Loop) Saturate(pairs, flying, size int, d time.Duration) (*Relayed, error) {
	s := &saturation{flow: l.newFlow(size, d)}
	for i := range flying * min(pairs, len(l.clients)/2) {
		if err := s.send(l.clients[2*(i/flying)], s.begin); err != nil {
			return nil, err
		}
	}
	return s.finish(s)
}

// Offer sends messages of size bytes at an even rate, one client after the
// other, and measures how long after the time at which it should have been
// sent each one arrives, so that a server that stalls is not spared the
// messages it should have had meanwhile.
func (l *Loop) Offer(size int, rate float64, d time.Duration) (*Relayed, error) {
	o := &offer{flow: l.newFlow(size, d), rate: rate}
	return o.finish(o)
}

// Idle serves the clients for a while and has them send nothing but pings.
func (l *Loop) Idle(d time.Duration) error {
	return l.run(&silence{l.newFlow(0, d)})
}

// flow is what all traffic has in common.
type flow struct {
	loop    *Loop
	message message
	begin   time.Duration // on the loop's clock
	end     time.Duration
	last    time.Duration // when the last message arrived
	flying  int
	result  Relayed
}

func (l *Loop) newFlow(size int, d time.Duration) flow {
	now := l.now()
	return flow{loop: l, message: newMessage(size), begin: now, end: now + d}
}

func (f *flow) send(c *Client, at time.Duration) error {
	f.flying++
	return f.loop.write(c, f.message.address(c.room, at), at)
}

func (f *flow) arrived(now, intended time.Duration) {
	f.flying--
	f.last = now
	f.result.Messages++
	f.result.Latency.Record(now - intended)
}

// drain waits for what is still on its way.
func (f *flow) drain(now time.Duration) (wait time.Duration, done bool, err error) {
	overdue := f.end + arrival
	if now >= overdue && f.flying > 0 {
		return 0, false, fmt.Errorf("%d of %d messages did not arrive", f.flying, f.flying+f.result.Messages)
	}
	return overdue - now, f.flying == 0, nil
}

func (f *flow) finish(t traffic) (*Relayed, error) {
	if err := f.loop.run(t); err != nil {
		return nil, err
	}
	f.result.Time = f.last - f.begin
	return &f.result, nil
}

// saturation is a closed loop: who receives a message sends the next.
type saturation struct{ flow }

func (s *saturation) due(now time.Duration) (time.Duration, bool, error) {
	if now >= s.end {
		return s.drain(now)
	}
	return s.end - now, false, nil
}

func (s *saturation) received(c *Client, now, intended time.Duration) error {
	s.arrived(now, intended)
	if now >= s.end {
		return nil
	}
	return s.send(c, now)
}

// offer is an open loop: messages are sent when it is time for them.
type offer struct {
	flow
	rate float64 // messages a second
	sent int
}

func (o *offer) due(now time.Duration) (time.Duration, bool, error) {
	for {
		next := o.begin + time.Duration(float64(o.sent)/o.rate*float64(time.Second))
		switch {
		case next >= o.end:
			return o.drain(now)
		case next > now:
			return next - now, false, nil
		}
		if err := o.send(o.loop.clients[o.sent%len(o.loop.clients)], next); err != nil {
			return 0, false, err
		}
		o.sent++
	}
}

func (o *offer) received(_ *Client, now, intended time.Duration) error {
	o.arrived(now, intended)
	return nil
}

// silence only waits.
type silence struct{ flow }

func (s *silence) due(now time.Duration) (time.Duration, bool, error) {
	return s.end - now, now >= s.end, nil
}

func (*silence) received(*Client, time.Duration, time.Duration) error { return nil }
