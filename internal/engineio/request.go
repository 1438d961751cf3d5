package engineio

import (
	"cmp"
	"encoding/json"
	"fmt"
	"net/http"
	"net/netip"
	"strconv"
	"strings"

	"vidchat/internal/engineio/wire"
)

// refusal is an answer to a request that cannot be served: Node's error codes
// and words, with a message that says more where Node has none. The label is for
// metrics.
type refusal struct {
	status  int
	code    int
	label   string
	message string
}

// The codes 0 to 5 are those of engine.io; 6 and 7 are ours.
var (
	errUnknownTransport   = refusal{http.StatusBadRequest, 0, "unknown_transport", "Transport unknown"}
	errUnknownSession     = refusal{http.StatusBadRequest, 1, "unknown_session", "Session ID unknown"}
	errHandshakeMethod    = refusal{http.StatusBadRequest, 2, "handshake_method", "Bad handshake method"}
	errBadRequest         = refusal{http.StatusBadRequest, 3, "bad_request", "Bad request"}
	errJSONP              = refusal{http.StatusBadRequest, 3, "jsonp", "Bad request: JSONP is not supported, use XHR polling or WebSocket"}
	errBodyTooLarge       = refusal{http.StatusRequestEntityTooLarge, 3, "body_too_large", "Bad request: payload too large"}
	errForbidden          = refusal{http.StatusForbidden, codeForbidden, "forbidden", "Forbidden"}
	errUnsupportedVersion = refusal{http.StatusBadRequest, 5, "unsupported_version", "Unsupported protocol version"}
	errDraining           = refusal{http.StatusServiceUnavailable, 6, "draining", "Server is restarting"}
	errTooMany            = refusal{http.StatusTooManyRequests, 7, "too_many", "Too many sessions, try again later"}
)

const codeForbidden = 4

// forbidden is errForbidden with the reason, for the person who set up a proxy.
func forbidden(reason error) refusal {
	why := errForbidden
	why.message += ": " + reason.Error()
	return why
}

// retryAfterSeconds is when a client that came during a shutdown should try again.
const retryAfterSeconds = 5

func (e *Server) refuse(w http.ResponseWriter, r *http.Request, why refusal) {
	e.Metrics.denied.WithLabelValues(why.label).Inc()
	e.answerRefusal(w, r, why)
}

func (e *Server) answerRefusal(w http.ResponseWriter, r *http.Request, why refusal) {
	h := w.Header()
	if why.code != codeForbidden {
		e.allowOrigin(h, r)
	}
	if why.code == errDraining.code {
		h.Set("Retry-After", strconv.Itoa(retryAfterSeconds))
	}
	h.Set("Content-Type", "application/json")
	h.Set("Cache-Control", "no-store")
	setAnswerDeadline(w)
	w.WriteHeader(why.status)
	message, _ := json.Marshal(why.message) // a string has a JSON form
	_, _ = fmt.Fprintf(w, `{"code":%d,"message":%s}`, why.code, message)
}

// allowOrigin sets the headers that let a page of another, allowed origin read
// the answer.
func (e *Server) allowOrigin(h http.Header, r *http.Request) {
	origin := r.Header.Get("Origin")
	if origin == "" {
		h.Set("Access-Control-Allow-Origin", "*")
		return
	}
	h.Set("Access-Control-Allow-Origin", origin)
	h.Set("Access-Control-Allow-Credentials", "true")
	h.Add("Vary", "Origin")
}

// ServeHTTP answers every request below the path it is mounted at.
func (e *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	e.poller.Disturb()
	if err := e.cfg.CheckOrigin(r); err != nil {
		e.refuse(w, r, forbidden(err))
		return
	}
	if r.Method == http.MethodOptions {
		e.preflight(w, r)
		return
	}
	q := query(r.URL.RawQuery)
	s, why := e.check(r, q)
	if why == &errUnknownSession && e.forward(w, r, q) {
		return
	}
	e.serve(w, r, q, s, why)
}

// serve answers a request for a session, or a handshake if there is none.
func (e *Server) serve(w http.ResponseWriter, r *http.Request, q query, s *Session, why *refusal) {
	switch {
	case why != nil:
		e.refuse(w, r, *why)
	case r.Method == http.MethodGet && r.ContentLength != 0:
		w.Header().Set("Connection", "close") // a body nobody reads would hide the client's end
		e.refuse(w, r, errBadRequest)
	case s == nil:
		e.handshake(w, r, q)
	case q.get("transport") == websocketName:
		s.serveUpgrade(w, r)
	case r.Method == http.MethodPost:
		s.servePost(w, r)
	default:
		s.serveGet(w, r)
	}
}

func (e *Server) handshake(w http.ResponseWriter, r *http.Request, q query) {
	addr := e.cfg.ClientAddr(r)
	held, over := e.hold(addr)
	if over != nil {
		e.tooMany(w, r, over)
		return
	}
	if !e.register() {
		held()
		e.refuse(w, r, errDraining)
		return
	}
	release := func() { held(); e.opening.Done() }
	d, _ := wire.DialectOf(q.get("EIO")) // check has seen that there is one
	if q.get("transport") == websocketName {
		e.openWebSocket(w, r, d, addr, release)
		return
	}
	f := wire.Framing{Base64: q.get("b64") != "", JSON: e.cfg.JSON}
	s := e.newSession(r, d, addr, release, newPolling(f))
	s.open()
	s.serveGet(w, r)
}

// openWebSocket opens a session that a WebSocket carries from the beginning.
func (e *Server) openWebSocket(w http.ResponseWriter, r *http.Request, d wire.Dialect, addr netip.Addr, release func()) {
	conn, err := hijack(w, r)
	if err != nil {
		release()
		return
	}
	s := e.newSession(r, d, addr, release, nil)
	s.carryBy(s.newWebSocket(e.poller.Adopt(conn), carrying))
	s.open()
}

// preflight allows a page, whose origin is allowed, the headers it asks for, as
// Node does: an app may be told to send more (extraHeaders).
func (e *Server) preflight(w http.ResponseWriter, r *http.Request) {
	h := w.Header()
	e.allowOrigin(h, r)
	h.Set("Access-Control-Allow-Methods", "GET, POST")
	h.Add("Vary", "Access-Control-Request-Headers")
	asked := strings.Join(r.Header.Values("Access-Control-Request-Headers"), ", ")
	h.Set("Access-Control-Allow-Headers", cmp.Or(asked, "Content-Type"))
	w.WriteHeader(http.StatusNoContent)
}

// check finds the session a request is for, or why it cannot be served. With
// neither, it is a handshake.
func (e *Server) check(r *http.Request, q query) (*Session, *refusal) {
	name := q.get("transport")
	if name != pollingName && name != websocketName {
		return nil, &errUnknownTransport
	}
	if _, ok := wire.DialectOf(q.get("EIO")); !ok {
		return nil, &errUnsupportedVersion
	}
	if name == pollingName && q.has("j") {
		return nil, &errJSONP
	}
	if sid := q.get("sid"); sid != "" {
		return e.checkSession(r, sid, name)
	}
	return nil, e.checkHandshake(r, name)
}

func (e *Server) checkSession(r *http.Request, sid, name string) (*Session, *refusal) {
	s, ok := e.Session(sid)
	switch {
	case !ok:
		return nil, &errUnknownSession
	case name == websocketName && !isUpgrade(r):
		return nil, &errBadRequest
	case name == pollingName && (s.polling == nil || r.Method != http.MethodGet && r.Method != http.MethodPost):
		return nil, &errBadRequest
	}
	return s, nil
}

func (e *Server) checkHandshake(r *http.Request, name string) *refusal {
	switch {
	case r.Method != http.MethodGet:
		return &errHandshakeMethod
	case e.Draining():
		return &errDraining
	case name == websocketName && !isUpgrade(r):
		return &errBadRequest
	}
	return nil
}
