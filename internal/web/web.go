// Package web answers everything over HTTP but signaling: pages and assets,
// errors as pages, TURN credentials, health and metrics.
//
// Read routes.go first: it lists what is served. headers.go and deadlines.go hold
// for every answer.
package web

import (
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/rs/zerolog"

	"vidchat/internal/config"
	"vidchat/internal/limit"
	"vidchat/internal/origin"
)

// Options are what a Site is made of.
type Options struct {
	Config config.Config
	Guard  *origin.Guard
	Log    zerolog.Logger
	Now    func() time.Time

	// Client is the compiled client, as the build leaves it. ClientDir has the
	// files that replace it below /call; nil keeps it.
	Client, ClientDir fs.FS

	// Signaling answers everything below /socket.io/.
	Signaling http.Handler

	// Collectors are metrics of other packages, shown beside those of HTTP.
	Collectors []prometheus.Collector

	// Draining reports whether the shutdown has begun.
	Draining func() bool

	// Cluster reports whether this process still waits to join the others, and why it
	// is not connected to them, if so.
	Cluster func() (waiting bool, reason error)

	// Verdict writes what the server found out about its installation.
	Verdict func(io.Writer) error
}

// Site is everything served over HTTP.
type Site struct {
	config      config.Config
	guard       *origin.Guard
	log         zerolog.Logger
	now         func() time.Time
	client      *fileCache // the built-in client
	replacement *fileCache // the client of CLIENT_DIR; nil without one
	errorFiles  *fileCache
	signaling   http.Handler
	metrics     *metrics
	draining    func() bool
	verdict     func(io.Writer) error
	cluster     func() (waiting bool, reason error)

	requestLimiter    *limit.Addresses
	credentialLimiter *limit.Addresses
	callStatsLimiter  *limit.Addresses
	proxyWarning      sync.Once

	landingMessages, callMessages messagePaths

	public, admin http.Handler
}

// New makes a site. It fails if the compiled client cannot be read or branded.
func New(o Options) (*Site, error) {
	s := &Site{
		config: o.Config, guard: o.Guard, log: o.Log, now: o.Now, signaling: o.Signaling, draining: o.Draining, verdict: o.Verdict, cluster: o.Cluster,
		client: newFileCache(o.Client), errorFiles: newFileCache(errorFiles),
		metrics:           newMetrics(o.Collectors, o.Config.CallStats),
		requestLimiter:    limit.NewAddresses(o.Config.Limits.Requests, 0),
		credentialLimiter: limit.NewAddresses(o.Config.Limits.Credentials, 0),
		callStatsLimiter:  limit.NewAddresses(callStatsRate, 0),
	}
	if o.ClientDir != nil {
		s.replacement = newFileCache(o.ClientDir)
	}
	if err := s.brandClient(o.Config.Brand); err != nil {
		return nil, err
	}
	if err := s.findMessages(o.Client); err != nil {
		return nil, fmt.Errorf("reading the compiled client: %w", err)
	}
	public, err := s.publicRoutes()
	if err != nil {
		return nil, fmt.Errorf("reading the compiled client: %w", err)
	}
	s.public, s.admin = public, s.adminRoutes()
	return s, nil
}

// Public answers on the main listener.
func (s *Site) Public() http.Handler { return s.public }

// Admin answers on the listener for operators. Whoever can connect may use it.
func (s *Site) Admin() http.Handler { return s.admin }

// HasPages reports whether there is a call page to serve: the client was compiled
// before the server was, or CLIENT_DIR has another.
func (s *Site) HasPages() bool {
	if s.replacement != nil {
		return true
	}
	_, landing := fs.Stat(s.client.files, "index.html")
	_, call := fs.Stat(s.client.files, "call/index.html")
	return landing == nil && call == nil
}
