package web

import (
	"errors"
	stdlog "log"
	"net"
	"net/http"
	"runtime"
	"time"

	"github.com/labstack/echo/v4"
	"github.com/rs/zerolog"

	"vidchat/internal/logging"
)

const (
	// headerTimeout is how long a client may take to send the headers of a request.
	headerTimeout = 10 * time.Second
	// idleTimeout is longer than the 90 s for which Heroku's router keeps a
	// connection, so the router never finds one that is already closed.
	idleTimeout = 2 * time.Minute
	// maxHeaderBytes is enough for cookies and what proxies add.
	maxHeaderBytes = 16 << 10

	// maxStreams is how many requests a connection of HTTP/2 may have at once: limits
	// of connections would mean little with the usual hundreds. A page asks for fewer
	// files. streamBuffer bounds what is received that no handler has read.
	maxStreams   = 8
	streamBuffer = 64 << 10

	// bodyTimeout is how long a client may take to send a body that nobody asked
	// for, and answerTimeout how long to read a page over a slow line.
	bodyTimeout   = 10 * time.Second
	answerTimeout = 2 * time.Minute
)

// NewServer makes an HTTP server for a handler of a Site. It has no ReadTimeout
// and no WriteTimeout: these would cut polls, which last 25 s, and slow uploads
// of packets. Each request gets its own deadlines for body and answer, those of
// pages from setDeadlines and those of polls from signaling.
func NewServer(h http.Handler, log zerolog.Logger) *http.Server {
	return &http.Server{
		Handler:           withStack(h),
		ReadHeaderTimeout: headerTimeout,
		IdleTimeout:       idleTimeout,
		MaxHeaderBytes:    maxHeaderBytes,
		HTTP2: &http.HTTP2Config{
			MaxConcurrentStreams:          maxStreams,
			MaxReceiveBufferPerConnection: streamBuffer,
			MaxReceiveBufferPerStream:     streamBuffer,
		},
		ErrorLog: stdlog.New(logging.ForLibrary(log, "http"), "", 0),
	}
}

// withStack answers on a stack that has grown before there is much on it to copy.
// net/http's begins too small for any answer and would grow deep in the first, which takes
// 3 % of what a connection costs. More room than this would be more memory for each.
func withStack(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		growStack()
		next.ServeHTTP(w, r)
	})
}

// growStack needs the room that answers take, for itself: it must not be inlined.
//
//go:noinline
func growStack() {
	var room [4 << 10]byte
	runtime.KeepAlive(&room)
}

// setDeadlines bounds how long a client may take with an answer of this package.
// Polls last as long as signaling wants. It sets their deadlines itself, so only
// the write deadline that an earlier answer left on the connection is removed.
// (net/http removes the read deadline at the end of each request.)
func setDeadlines(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		conn := http.NewResponseController(c.Response().Writer)
		if isSignaling(c.Request()) {
			if err := conn.SetWriteDeadline(time.Time{}); failed(err) {
				return err
			}
			return next(c)
		}
		if err := conn.SetWriteDeadline(time.Now().Add(answerTimeout)); failed(err) {
			return err
		}
		if c.Request().ContentLength != 0 {
			if err := conn.SetReadDeadline(time.Now().Add(bodyTimeout)); failed(err) {
				return err
			}
		}
		return next(c)
	}
}

// failed reports whether a deadline could not be set. A connection that was closed in
// the meantime needs none: it may have made room for another of its address.
func failed(err error) bool { return err != nil && !errors.Is(err, net.ErrClosed) }
