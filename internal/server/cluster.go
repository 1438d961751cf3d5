package server

import (
	"context"
	"net/http"
	"slices"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/rs/zerolog"

	"vidchat/internal/cluster"
	"vidchat/internal/config"
	"vidchat/internal/forward"
)

// nodes are this process and the others. It is nil for a process alone, of which all
// methods do nothing.
type nodes struct {
	self     *cluster.Node
	requests *forward.Server
}

func newNodes(c config.Config, log zerolog.Logger) (*nodes, error) {
	if !c.Cluster.Enabled() {
		return nil, nil
	}
	self, err := cluster.New(clusterOptions(c, log))
	if err != nil {
		return nil, err
	}
	return &nodes{self, forward.New(self, c.MaxPacketBytes)}, nil
}

func clusterOptions(c config.Config, log zerolog.Logger) cluster.Options {
	return cluster.Options{
		URL: c.Cluster.RedisURL, Secret: c.Cluster.Secret, Prefix: c.Cluster.Prefix, InsecureTLS: c.Cluster.InsecureTLS, Log: log,
	}
}

// name is what session ids begin with.
func (n *nodes) name() string {
	if n == nil {
		return ""
	}
	return string(n.self.Self())
}

func (n *nodes) forward(w http.ResponseWriter, r *http.Request, node string) bool {
	return n != nil && n.requests.Forward(w, r, node)
}

func (n *nodes) serve(s forward.Sessions) {
	if n != nil {
		n.requests.Serve(s)
	}
}

func (n *nodes) collectors() []prometheus.Collector {
	if n == nil {
		return nil
	}
	return slices.Concat(n.self.Collectors(), n.requests.Collectors())
}

// state is for /readyz.
func (n *nodes) state() (waiting bool, reason error) {
	if n == nil {
		return false, nil
	}
	reason = n.self.Ready()
	return reason != nil && !n.self.Joined(), reason
}

// run is a member of the cluster until ctx ends.
func (n *nodes) run(ctx context.Context) {
	if n == nil {
		<-ctx.Done()
		return
	}
	n.self.Run(ctx)
}

// drain lets requests for other nodes' sessions go to other nodes.
func (n *nodes) drain(ctx context.Context) {
	if n != nil {
		n.requests.Drain(ctx)
	}
}

func (n *nodes) close() {
	if n != nil {
		n.requests.Close()
	}
}
