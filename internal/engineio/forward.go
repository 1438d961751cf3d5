package engineio

import "net/http"

// forward lets the node answer that is named in the session's id, if it is another.
func (e *Server) forward(w http.ResponseWriter, r *http.Request, q query) bool {
	node, own := q.get("sid"), e.cfg.Node
	if own == "" || len(node) != len(own)+idSize || r.Method == http.MethodGet && r.ContentLength != 0 {
		return false
	}
	if node = node[:len(own)]; node == own {
		return false
	}
	// The body is held here too, in what is read and in what is sent.
	held := 0
	if r.Method == http.MethodPost {
		held = 2 * min(max(int(r.ContentLength), 0), e.cfg.MaxPacket)
		if r.ContentLength < 0 {
			held = 2 * e.cfg.MaxPacket
		}
	}
	usage := e.usages.Of(e.cfg.ClientAddr(r))
	defer usage.Hold(-held)
	if over := usage.Hold(held); over != nil && held > 0 {
		e.refuse(w, r, errTooMany)
		return true
	}
	return e.cfg.Forward(w, r, node)
}

// ServeForwarded answers a request that another node has forwarded. That has checked
// where it comes from.
func (e *Server) ServeForwarded(w http.ResponseWriter, r *http.Request) {
	e.poller.Disturb()
	q := query(r.URL.RawQuery)
	s, why := e.check(r, q)
	if s == nil && why == nil {
		why = &errUnknownSession // a session begins where the client is
	}
	e.serve(w, r, q, s, why)
}

// AnswerPoll lets the poll of a session that waits be answered at once.
func (e *Server) AnswerPoll(sid string) {
	s, ok := e.Session(sid)
	if !ok || s.polling == nil {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.polling.getting {
		s.polling.answerNow = true
		s.polling.wakePoll()
	}
}
