// Package forward brings requests of Engine.IO sessions to the node that has the
// session. A balancer sends the polls of a client, and the WebSocket it upgrades to,
// to any node; the session id names the right one.
//
// The node that got a request is its edge: it has checked the origin and the limits
// of the address, and reads the body. The home, which has the session, answers
// through the link between nodes.
//
// Read edge.go and home.go, which are the two sides, and frame.go for what they tell
// each other.
package forward

import (
	"context"
	"net/http"
	"sync"
	"time"

	"vidchat/internal/cluster"
)

// Channel is that of the cluster's link.
const Channel = 1

// Link is what this package needs of a cluster.Node.
type Link interface {
	Send(to cluster.NodeID, channel byte, body []byte)
	Handle(channel byte, receive func(from cluster.NodeID, body []byte))
	OnLost(func(cluster.NodeID))
	// Knows reports whether a node is alive, as far as this one can tell.
	Knows(cluster.NodeID) bool
	// Backlog is how many bytes a node has not confirmed.
	Backlog(cluster.NodeID) int
}

// Sessions are those of this node.
type Sessions interface {
	// ServeForwarded answers a request for a session of this node.
	ServeForwarded(w http.ResponseWriter, r *http.Request)
	// AnswerPoll lets the poll of a session that waits be answered at once.
	AnswerPoll(sid string)
}

const (
	// window is how many bytes of a WebSocket are on their way in one direction.
	window = 32 << 10
	// maxBacklog is how far a node may be behind before it gets no more from here. It
	// is less than what makes the cluster give the node up.
	maxBacklog = 4 << 20
	// backlogCheck is the time between two looks at the backlog.
	backlogCheck = 10 * time.Millisecond
	// sendTime is how long a request waits for a backlog to become smaller.
	sendTime = 5 * time.Second
	// answerTime is how long an edge waits for an answer. The longest poll takes 25 s,
	// and Heroku's router gives up after 30 s.
	answerTime = 28 * time.Second
	// bodyTime is how long a client may take to send a body.
	bodyTime = 15 * time.Second
	// writeTime is how long a client may take to read an answer.
	writeTime = 30 * time.Second
)

// Server is both sides of a node.
type Server struct {
	link     Link
	sessions Sessions
	maxBody  int
	Metrics  Metrics
	running  sync.WaitGroup

	mu     sync.Mutex // guards what follows
	last   uint64     // the last id that was given
	edges  map[uint64]*edge
	homes  map[homeKey]*home
	drains bool // nothing more is forwarded
	closed bool // nothing more is answered
}

// homeKey names a request at its home.
type homeKey struct {
	edge cluster.NodeID
	id   uint64
}

// New makes both sides of a node. It is called before the cluster's Run.
func New(link Link, maxBody int) *Server {
	s := &Server{link: link, maxBody: maxBody, edges: make(map[uint64]*edge), homes: make(map[homeKey]*home)}
	s.Metrics = newMetrics(s)
	link.Handle(Channel, s.receive)
	link.OnLost(s.lose)
	return s
}

// Serve says who has the sessions of this node. It is called before the cluster's Run.
func (s *Server) Serve(sessions Sessions) { s.sessions = sessions }

// receive gets a frame of another node.
func (s *Server) receive(from cluster.NodeID, body []byte) {
	f, err := parseFrame(body)
	if err != nil {
		s.Metrics.damaged.Inc()
		return
	}
	if f.kind.ofEdge() {
		s.receiveAtHome(from, f)
	} else {
		s.receiveAtEdge(from, f)
	}
}

// lose ends what depends on a node that is gone.
func (s *Server) lose(node cluster.NodeID) {
	s.mu.Lock()
	var ends []func()
	for id, e := range s.edges {
		if e.home == node {
			delete(s.edges, id)
			ends = append(ends, e.lost)
		}
	}
	for key, h := range s.homes {
		if key.edge == node {
			delete(s.homes, key)
			ends = append(ends, h.end)
		}
	}
	s.mu.Unlock()
	for _, end := range ends {
		end()
	}
}

// Drain lets the polls that wait here be answered, so that they go to other nodes,
// and closes the WebSockets of sessions of other nodes. No new request is forwarded.
// It returns when none is left, or ctx ends.
func (s *Server) Drain(ctx context.Context) {
	s.drain()
	tick := time.NewTicker(backlogCheck)
	defer tick.Stop()
	for s.open() > 0 {
		select {
		case <-tick.C:
		case <-ctx.Done():
			return
		}
	}
}

// open is how many requests are forwarded at the moment.
func (s *Server) open() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.edges)
}

func (s *Server) drain() {
	s.mu.Lock()
	s.drains = true
	var edges []*edge
	for _, e := range s.edges {
		edges = append(edges, e)
	}
	s.mu.Unlock()
	for _, e := range edges {
		if st := e.stream.Load(); st != nil {
			st.close()
		} else {
			s.link.Send(e.home, Channel, frame{kind: release, id: e.id}.append(nil))
		}
	}
}

// Close ends everything, and waits for it.
func (s *Server) Close() {
	s.drain()
	s.mu.Lock()
	s.closed = true
	var ends []func()
	for _, e := range s.edges {
		ends = append(ends, e.lost)
	}
	for _, h := range s.homes {
		ends = append(ends, h.end)
	}
	clear(s.edges)
	clear(s.homes)
	s.mu.Unlock()
	for _, end := range ends {
		end()
	}
	s.running.Wait()
}

// awaitRoom waits until the link to a node has room.
func (s *Server) awaitRoom(ctx context.Context, node cluster.NodeID) error {
	if s.link.Backlog(node) < maxBacklog {
		return nil
	}
	tick := time.NewTicker(backlogCheck)
	defer tick.Stop()
	for s.link.Backlog(node) >= maxBacklog {
		select {
		case <-tick.C:
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
	return nil
}
