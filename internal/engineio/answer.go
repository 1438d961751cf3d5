package engineio

import (
	"errors"
	"net"
	"net/http"
	"time"
)

// writeAnswer writes the answer to a poll. Until it is written, the next poll waits: a
// client that reads no answer would otherwise get one on each of many connections.
// What was not written is lost, and the session with it.
func (s *Session) writeAnswer(w http.ResponseWriter, body []byte) {
	defer s.holdRequest(2 * len(body))() // the packets and the body
	control := http.NewResponseController(bare(w))
	_ = control.SetWriteDeadline(time.Now().Add(answerTime)) // as setAnswerDeadline
	s.beginAnswer(control)
	_, err := w.Write(body)
	if err == nil {
		err = control.Flush()
	}
	n := s.endAnswer()
	var failure net.Error
	switch {
	case err == nil, errors.Is(err, http.ErrNotSupported):
		s.confirm(n)
	case errors.As(err, &failure) && failure.Timeout():
		s.End(ReasonSlowReader)
	default:
		s.End(ReasonConnectionLost)
	}
}

// bare is the writer of net/http, which tells of errors when it flushes.
func bare(w http.ResponseWriter) http.ResponseWriter {
	for {
		over, ok := w.(interface{ Unwrap() http.ResponseWriter })
		if !ok {
			return w
		}
		w = over.Unwrap()
	}
}

func (s *Session) beginAnswer(control *http.ResponseController) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.polling.answering++
	s.polling.answer = control
}

// endAnswer lets the next poll be answered. It returns how many packets have arrived,
// if that poll came before the answer was known to be written.
func (s *Session) endAnswer() (arrived uint64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	p := s.polling
	p.answering--
	p.answer = nil
	p.wakePoll()
	if p.early && p.answering == 0 {
		p.early, arrived = false, s.tracking.asked
	}
	return arrived
}

// cutAnswer ends the writing of an answer.
func (s *Session) cutAnswer() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.polling != nil && s.polling.answer != nil {
		_ = s.polling.answer.SetWriteDeadline(time.Unix(1, 0))
	}
}
