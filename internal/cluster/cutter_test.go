package cluster

import (
	"testing"

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
