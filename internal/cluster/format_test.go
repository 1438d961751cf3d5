package cluster

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/rs/zerolog"

	"vidchat/internal/enginetest/redis"
	"vidchat/internal/enginetest/wait"
)

// logText is what was logged.
type logText struct {
	mu   sync.Mutex // guards text
	text strings.Builder
}

func (l *logText) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(p)
}

func (l *logText) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}

// awaitRenewals waits until the only node of a server, which runs no other script, has dealt
// with the answers to two renewals.
func awaitRenewals(t *testing.T, server *redis.Server) {
	t.Helper()
	const count = 3
	before := server.Calls("evalsha")
	wait.Until(t, "the lease is renewed", func() bool { return server.Calls("evalsha") >= before+count })
}

// A node does not join those of another format, and says why, once in the log and on /readyz.
// It joins when they are gone, with what they have left on record.
func TestNodesOfAnotherFormat(t *testing.T) {
	server := redis.Start(t)
	server.Do("SADD test:nodes oldnode1", ":1")
	server.Do("SET test:node:oldnode1 1 PX 60000", "+OK") // as the first format has it
	log := new(logText)
	n := runLoggedNode(t, server.URL(), quick, zerolog.New(log))
	wait.Until(t, "the node says why it waits", func() bool {
		err := n.Ready()
		return err != nil && strings.Contains(err.Error(), fmt.Sprintf("format 1; this one has format %d", Format))
	})
	awaitRenewals(t, server)
	if n.Serving() || n.Joined() || server.Has("test:node:"+string(n.Self())) {
		t.Error("the node has joined")
	}
	if got := strings.Count(log.String(), "once they have been stopped"); got != 1 {
		t.Errorf("told %d times: %s", got, log)
	}
	ctx, cancel := context.WithTimeout(context.Background(), 50*time.Millisecond)
	defer cancel()
	if _, err := n.Claim(ctx, n.Key("room"), 0); err != ErrUnreachable {
		t.Errorf("claim: %v", err)
	}
	server.Do("DEL test:node:oldnode1", ":1")
	wait.Until(t, "the node serves", func() bool { return n.Serving() && n.Ready() == nil })

	// One that joins nevertheless is ignored, and told of.
	const packet = "\x01oldnode1-and-something-sealed"
	server.Do("PUBLISH test:inbox:"+string(n.Self())+" "+packet, ":1")
	wait.Until(t, "the packet is told of", func() bool { return strings.Contains(log.String(), "packets that cannot be read") })
	n.take(packet, nil)
	if got := strings.Count(log.String(), "packets that cannot be read"); got != 1 {
		t.Errorf("told %d times: %s", got, log)
	}
}

// Nodes whose leases ended while another format took their place do not come back beside it.
func TestAnotherFormatTakesOver(t *testing.T) {
	server, nodes := startNodes(t, 1)
	n := nodes[0]
	server.Do("SADD test:nodes newnode1", ":1")
	server.Do("SET test:node:newnode1 99 PX 60000", "+OK")
	awaitRenewals(t, server)
	if !n.Serving() {
		t.Error("a node that was first has stopped serving")
	}
	server.Do("DEL test:node:"+string(n.Self()), ":1")
	wait.Until(t, "the node says why it serves no longer", func() bool {
		err := n.Ready()
		return !n.Serving() && err != nil && strings.Contains(err.Error(), "format 99")
	})
}
