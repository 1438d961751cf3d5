package engine

import (
	"errors"
	"io"
	"net/http"
	"time"
)

// servePost takes a payload.
func (s *Session) servePost(w http.ResponseWriter, r *http.Request) {
	if refusal := s.beginPost(); refusal != nil {
		s.engine.refuse(w, r, *refusal)
		return
	}
	refusal := s.post(w, r)
	s.mu.Lock()
	s.polling.posting = false
	if s.frozen {
		s.wake() // the end has waited for this
	}
	s.mu.Unlock()
	if refusal != nil {
		s.engine.refuse(w, r, *refusal)
		return
	}
	h := w.Header()
	s.engine.allowOrigin(h, r)
	h.Set("Content-Type", "text/html") // as in Node: some browsers offer text/plain as a download
	h.Set("Content-Length", "2")
	h.Set("Cache-Control", "no-store")
	hasten(w)
	_, _ = io.WriteString(w, "ok")
}

// beginPost makes the request the one that posts. As with polls, there is only
// one at a time.
func (s *Session) beginPost() *refusal {
	s.mu.Lock()
	p := s.polling
	overlap := p.posting
	free := !s.ended && s.carrier == nil && !overlap
	p.posting = overlap || free && !s.frozen
	frozen := s.frozen
	s.mu.Unlock()
	switch {
	case overlap:
		s.end(ReasonOverlap)
		return &errBadRequest
	case !free:
		return &errBadRequest
	case frozen:
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
		s.end(ReasonTooLarge)
		return &errBodyTooLarge
	case err != nil:
		s.end(ReasonConnectionLost)
		return &errBadRequest
	}
	octets := r.Header.Get("Content-Type") == octetStream
	packets, err := s.dialect.decodePayload(body, octets)
	if err != nil {
		s.end(ReasonMalformed)
		return &errBadRequest
	}
	if !s.queuePosted(r, packets, octets) {
		return &errBadRequest
	}
	return nil
}

func (s *Session) readBody(w http.ResponseWriter, r *http.Request) ([]byte, error) {
	limit := int64(s.engine.cfg.MaxPacket)
	if r.ContentLength > limit {
		return nil, &http.MaxBytesError{Limit: limit}
	}
	control := http.NewResponseController(w)
	if err := control.SetReadDeadline(time.Now().Add(bodyTime)); err != nil {
		return nil, err
	}
	s.setBody(control)
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, limit))
	s.setBody(nil)
	if err != nil {
		return nil, err
	}
	return body, control.SetReadDeadline(time.Time{})
}

// setBody lets the end of the session interrupt the request that is read.
func (s *Session) setBody(control *http.ResponseController) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.polling.body = control
}

// queuePosted puts packets into the inbox. They wait until those before them
// are taken, so that a session never holds more than one payload.
func (s *Session) queuePosted(r *http.Request, packets []Packet, octets bool) bool {
	for {
		s.mu.Lock()
		if s.ended || s.carrier != nil {
			s.mu.Unlock()
			return false
		}
		if !s.inbox.working {
			why := s.admit(packets, octets)
			s.mu.Unlock()
			if why != "" {
				s.end(why)
			}
			return why == ""
		}
		s.mu.Unlock()
		select {
		case <-s.inbox.taken:
		case <-r.Context().Done():
			s.end(ReasonConnectionLost)
			return false
		}
	}
}

// admit puts posted packets into the empty inbox, unless they are more than the
// session may send. It is called with the lock held.
func (s *Session) admit(packets []Packet, octets bool) (why Reason) {
	now := s.seen()
	for _, p := range packets {
		if why := s.charge(len(p.Data), now); why != "" {
			return why
		}
	}
	f := &s.polling.framing
	if octets && !hasBinary(packets) {
		f.octets = true
	} else if f.base64 {
		f.learn(packets)
	}
	if len(packets) > 0 {
		s.inbox.packets = packets
		for _, p := range packets {
			s.inbox.bytes += len(p.Data)
		}
		s.wake()
	}
	return ""
}

func hasBinary(packets []Packet) bool {
	for _, p := range packets {
		if p.Binary {
			return true
		}
	}
	return false
}
