package server_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"vidchat/internal/enginetest/counts"
	"vidchat/internal/enginetest/redis"
	"vidchat/internal/enginetest/wait"
	"vidchat/internal/enginetest/witness"
)

// outageRounds is how often each failure of Redis is tried. It is 20 in make soak.
func outageRounds(t *testing.T) int { return counts.Of(t, "NODE_ROUNDS", 1) }

// Whatever becomes of Redis, or of the way to it, a call goes on: its members hear each
// other, each message once and in order, keep their seats and connections, and nobody gets
// into the call who may not, or finds it full or empty.
func TestOutages(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name   string
		outage func(*call)
	}{
		{"Redis restarts empty", (*call).restartRedis},
		{"failover that loses writes", (*call).failOver},
		{"owner cut off", (*call).cutOwnerOff},
		{"Redis gone for all", (*call).stopRedis},
		{"Redis frozen", (*call).freezeRedis},
		{"Redis slow", (*call).slowRedis},
		{"Redis full", (*call).fillRedis},
		{"clock of Redis jumps by 10 s", (*call).expireLeases},
		{"clock of Redis jumps by 2 h", func(c *call) { c.redis.Do("FLUSHALL", "+OK") }},
		{"subscribers cut by Redis", (*call).cutSubscribers},
	} {
		for round := range outageRounds(t) {
			t.Run(fmt.Sprintf("%s %d", tt.name, round), func(t *testing.T) {
				t.Parallel()
				c := startCall(t)
				tt.outage(c)
				over := time.Now()
				c.talk.stop()
				witness.ExpectAllHeard(t, "after the outage", c.witnesses)
				took := time.Since(over).Round(time.Millisecond)
				c.expectNormal()
				t.Logf("all had heard all %v after the end; strangers: %s", took, c.visitors)
			})
		}
	}
}

func (c *call) restartRedis() { c.redis.Restart() }

// failOver changes over to a replica that lacks the last writes: a room was claimed that
// the replica knows nothing of.
func (c *call) failOver() {
	replica := redis.Start(c.t)
	host, port, _ := strings.Cut(c.redis.Address(), ":")
	replica.Do("REPLICAOF "+host+" "+port, "+OK")
	wait.Until(c.t, "the replica has everything", func() bool { return replica.Size() > 0 && replica.Size() == c.redis.Size() })
	replica.Do("REPLICAOF NO ONE", "+OK")
	c.newcomer(2).mustEnter("another room")
	for _, way := range c.ways {
		way.Retarget(replica.Address())
	}
	c.redis = replica
	second := c.newcomer(1).mustEnter("another room")
	if peers := second["peers"].([]any); len(peers) != 1 {
		c.t.Errorf("a room was claimed twice: the second member sees %d others", len(peers))
	}
}

// cutOwnerOff cuts the owner off for longer than its lease. Those at its node hear each
// other meanwhile, and the others too, once one of their nodes has taken the room.
func (c *call) cutOwnerOff() {
	resume := c.ways[0].Stall()
	began := time.Now()
	a, b, other, d := c.witnesses[0], c.witnesses[1], c.witnesses[2], c.witnesses[3]
	wait.Until(c.t, "those at the owner's node hear each other", func() bool { return a.HasHeard(d) && d.HasHeard(a) })
	time.Sleep(time.Second) // what was on its way has arrived
	wait.Until(c.t, "the others hear each other", func() bool { return b.HasHeard(other) && other.HasHeard(b) })
	c.t.Logf("those at other nodes heard each other after %v", time.Since(began).Round(time.Millisecond))
	c.visitors[1].expectToEnter()
	c.visitors[0].expectBusy()
	resume()
}

func (c *call) stopRedis() {
	c.redis.Kill()
	a, d := c.witnesses[0], c.witnesses[3]
	c.visitors[1].expectBusy()
	time.Sleep(4 * time.Second) // no lease is left
	wait.Until(c.t, "those at one node hear each other", func() bool { return a.HasHeard(d) && d.HasHeard(a) })
	c.redis.StartAgain()
}

// freezeRedis stops Redis for so long that all leases have ended when it goes on.
func (c *call) freezeRedis() {
	thaw := c.redis.Freeze()
	time.Sleep(6 * time.Second)
	thaw()
}

func (c *call) slowRedis() {
	c.delay.Store(int64(250 * time.Millisecond))
	time.Sleep(6 * time.Second)
	c.delay.Store(0)
}

func (c *call) fillRedis() {
	c.redis.Do("CONFIG SET maxmemory 1", "+OK")
	stranger := c.newcomer(1)
	if ack := stranger.enter("another room", 0); ack["error"] != "busy" {
		c.t.Errorf("a new room with a full Redis: %v", ack)
	}
	time.Sleep(6 * time.Second) // leases are renewed
	c.visitors[1].expectToEnter()
	c.redis.Do("CONFIG SET maxmemory 0", "+OK")
	stranger.mustEnter("another room")
}

// expireLeases is what a clock that jumps does to what has a short time to live.
func (c *call) expireLeases() {
	for _, key := range c.redis.Dump() {
		if strings.Contains(key.Name, ":node:") {
			c.redis.Do("DEL "+key.Name, ":")
		}
	}
}

// cutSubscribers is what Redis does to nodes that read too slowly.
func (c *call) cutSubscribers() {
	for range 5 {
		c.redis.Do("CLIENT KILL TYPE pubsub", ":")
		time.Sleep(300 * time.Millisecond)
	}
}
