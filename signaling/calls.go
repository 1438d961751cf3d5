package signaling

import (
	"errors"
	"time"

	"vidchat/rooms"
)

// How long a client waits for the answer of a node, at most. A node that has died is known
// to be lost after 5 s, and another one then has its rooms.
const (
	answerTime = 8 * time.Second
	// servingCheck is how soon a client hears that its own node is cut off.
	servingCheck = 500 * time.Millisecond
	retryDelay   = 100 * time.Millisecond
)

// call is a request to another node that waits for its answer.
type call struct {
	number  uint64
	member  *participant
	options rooms.Options // of an entry
	done    chan error    // has room for one

	answered bool // the client has entered; guarded by the mutex of the home
}

// errLost means that the node which was asked is lost, or has the room no longer.
var errLost = errors.New("signaling: the room has another owner")

func (c *cluster) newCall(p *participant, o rooms.Options) *call {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.last++
	k := &call{number: c.last, member: p, options: o, done: make(chan error, 1)}
	c.calls[k.number] = k
	return k
}

func (c *cluster) takeCall(number uint64) *call {
	c.mu.Lock()
	defer c.mu.Unlock()
	k := c.calls[number]
	delete(c.calls, number)
	return k
}

func (c *cluster) callOf(number uint64) *call {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.calls[number]
}

func (k *call) end(err error) {
	select {
	case k.done <- err:
	default:
	}
}
