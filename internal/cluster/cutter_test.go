package cluster

import (
	"testing"
	"time"

	"vidchat/internal/enginetest/redis"
	"vidchat/internal/enginetest/tcpproxy"
	"vidchat/internal/enginetest/wait"
)

func startCutter(t *testing.T, server *redis.Server) *tcpproxy.Proxy {
	t.Helper()
	return tcpproxy.Start(t, server.Address(), tcpproxy.Constant(0))
}

// Connections that are reset, or dead without anyone being told, cost no body.
func TestCuts(t *testing.T) {
	server := redis.Start(t)
	p := startCutter(t, server)
	a, b := startNode(t, "redis://"+p.Address()), startNode(t, server.URL())
	count := 0
	for name, cut := range map[string]func(){"reset": p.Reset, "half-open": p.Abandon} {
		for range 2 {
			cut()
			a.send(b, count, 50)
			b.send(a, count, 50)
			count += 50
			wantNumbers(t, b, a, count)
			wantNumbers(t, a, b, count)
			wait.Until(t, name+": the node serves", a.Serving)
		}
	}
	if a.hasLost(b) || b.hasLost(a) {
		t.Error("nodes lost each other")
	}
}

// awaitsNoAnswer reports whether Redis was asked for no answer to what was sent last.
func (n *testNode) awaitsNoAnswer() bool {
	n.publisher.mu.Lock()
	defer n.publisher.mu.Unlock()
	return n.publisher.unaskedBytes > 0
}

// What is sent now and then, to which Redis is asked for no answer, arrives too if the
// connection is lost.
func TestCutsBetweenSingleBodies(t *testing.T) {
	server := redis.Start(t)
	p := startCutter(t, server)
	a, b := startNode(t, "redis://"+p.Address()), startNode(t, server.URL())
	count := 0
	for range 3 {
		wait.Until(t, "Redis is asked for no answer", func() bool {
			a.send(b, count, 1)
			count++
			return a.awaitsNoAnswer()
		})
		p.Reset()
		for range 10 {
			a.send(b, count, 1)
			count++
			time.Sleep(2 * time.Millisecond)
		}
		wantNumbers(t, b, a, count)
	}
	if a.hasLost(b) || b.hasLost(a) {
		t.Error("nodes lost each other")
	}
}

// A Redis that cannot be asked for no answer gives all answers.
func TestRedisThatAlwaysAnswers(t *testing.T) {
	server := redis.Start(t)
	server.Do("ACL SETUSER default -client|reply", "+OK")
	a, b := startNode(t, server.URL()), startNode(t, server.URL())
	for i := range 20 {
		a.send(b, i, 1)
		if a.awaitsNoAnswer() {
			t.Error("Redis was asked not to answer")
		}
		time.Sleep(time.Millisecond)
	}
	wantNumbers(t, b, a, 20)
	a.publisher.mu.Lock()
	defer a.publisher.mu.Unlock()
	if a.publisher.quiet {
		t.Error("Redis would be asked not to answer")
	}
}
