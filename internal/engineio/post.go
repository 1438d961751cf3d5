package engineio

import (
	"errors"
	"io"
	"net/http"
	"time"

	"vidchat/internal/engineio/wire"
)

// servePost takes a payload.
func (s *Session) servePost(w http.ResponseWriter, r *http.Request) {
	if refusal := s.beginPost(); refusal != nil {
		s.server.refuse(w, r, *refusal)
		return
	}
	refusal := s.post(w, r)
	s.mu.Lock()
	s.polling.posting = false
	if s.draining {
		s.wakeWorker() // the end has waited for this
	}
	s.mu.Unlock()
	if refusal != nil {
		s.server.refuse(w, r, *refusal)
		return
	}
	h := w.Header()
	s.server.allowOrigin(h, r)
	h.Set("Content-Type", "text/html") // as in Node: some browsers offer text/plain as a download
	h.Set("Content-Length", "2")
	h.Set("Cache-Control", "no-store")
	setAnswerDeadline(w)
	_, _ = io.WriteString(w, "ok")
}

// beginPost makes the request the one that posts. As with polls, there is only
// one at a time.
func (s *Session) beginPost() *refusal {
	s.mu.Lock()
	p := s.polling
	overlap := p.posting
	free := !s.ended && s.socket == nil && !overlap
	p.posting = overlap || free && !s.draining
	draining := s.draining
	s.mu.Unlock()
	switch {
	case overlap:
		s.End(ReasonOverlap)
		return &errBadRequest
	case !free:
		return &errBadRequest
	case draining:
		return &errDraining
	}
	return nil
}

// post reads a body and queues its packets.
func (s *Session) post(w http.ResponseWriter, r *http.Request) *refusal {
	body, err := s.readBody(w, r)
	var tooLarge *http.MaxBytesError
	switch {
	case errors.As(err, &tooLarge):
		s.End(ReasonTooLarge)
		return &errBodyTooLarge
	case err != nil:
		s.End(ReasonConnectionLost)
		return &errBadRequest
	}
	octets := r.Header.Get("Content-Type") == wire.OctetStream
	packets, err := s.dialect.DecodePayload(body, octets)
	if err != nil {
		s.End(ReasonMalformed)
		return &errBadRequest
	}
	if !s.queuePosted(r, packets, octets) {
		return &errBadRequest
	}
	return nil
}

func (s *Session) readBody(w http.ResponseWriter, r *http.Request) ([]byte, error) {
	limit := int64(s.server.cfg.MaxPacket)
	if r.ContentLength > limit {
		return nil, &http.MaxBytesError{Limit: limit}
	}
	if r.ContentLength >= 0 {
		limit = r.ContentLength
	}
	control := http.NewResponseController(w)
	if err := control.SetReadDeadline(time.Now().Add(bodyTime)); err != nil {
		return nil, err
	}
	defer s.holdRequest(int(limit))()
	s.setBody(control)
	body, err := io.ReadAll(http.MaxBytesReader(w, chargedBody{r.Body, s}, limit))
	s.setBody(nil)
	if err != nil {
		return nil, err
	}
	return body, control.SetReadDeadline(time.Time{})
}

// chargedBody is a body of which every read counts as a packet: a client may send it
// byte by byte.
type chargedBody struct {
	io.ReadCloser
	session *Session
}

var errTooManyReads = errors.New("the body came in too many parts")

func (b chargedBody) Read(p []byte) (int, error) {
	if !b.session.admitBarren(1) {
		return 0, errTooManyReads
	}
	return b.ReadCloser.Read(p)
}

// setBody lets the end of the session interrupt the request that is read.
func (s *Session) setBody(control *http.ResponseController) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.polling.body = control
}

// queuePosted puts packets into the inbox. They wait until those before them
// are taken, so that a session never holds more than one payload.
func (s *Session) queuePosted(r *http.Request, packets []wire.Packet, octets bool) bool {
	for {
		s.mu.Lock()
		if s.ended || s.socket != nil {
			s.mu.Unlock()
			return false
		}
		if !s.inbox.working {
			why := s.admitPosted(packets, octets)
			s.mu.Unlock()
			if why != "" {
				s.End(why)
			}
			return why == ""
		}
		s.mu.Unlock()
		select {
		case <-s.inbox.emptied:
		case <-r.Context().Done():
			s.End(ReasonConnectionLost)
			return false
		}
	}
}

// admitPosted puts posted packets into the empty inbox, unless they are more than
// the session may send. It is called with the lock held.
func (s *Session) admitPosted(packets []wire.Packet, octets bool) (why Reason) {
	now := s.markRead()
	for _, p := range packets {
		s.server.Metrics.countIn(len(p.Data))
		if why := s.charge(1, len(p.Data), now); why != "" {
			return why
		}
	}
	s.polling.framing.Learn(packets, octets)
	for _, p := range packets {
		s.inbox.tasks = append(s.inbox.tasks, task{packet: p, size: len(p.Data)})
		s.inbox.bytes += len(p.Data)
	}
	if len(packets) > 0 {
		s.wakeWorker()
	}
	return ""
}
