package call

import (
	"context"
	"fmt"
	"time"

	"github.com/pion/webrtc/v4"

	"vidchat/peer/rtc"
	"vidchat/peer/trust"
)

// offerTimeout is how long the offer of a new member is awaited before one is made.
const offerTimeout = 5 * time.Second

// returnTimeout is how long a member may be unknown to the server while media go on.
const returnTimeout = 10 * time.Second

// maxPending is how many candidates are kept that arrive before the description.
const maxPending = 64

// member is another member, with the connection to it.
type member struct {
	call       *Call
	id         string
	name       string
	nameSigned bool
	polite     bool
	order      trust.Order
	refused    bool        // by either side: nothing is tried again
	timer      *time.Timer // until the offer, or the return, was awaited long enough

	// Of the chat, which goes on over the next connection.
	confirmed  bool   // whether our text has arrived
	textPage   string // of the member's last text
	textNumber int
	files      files

	// Of the present connection; conn is nil if there is none.
	conn       *rtc.Connection
	cancel     context.CancelFunc
	remote     string // fingerprint
	offer      int64  // number of our last offer
	answered   *int64 // number of the peer's offer that was answered last
	isAnswerer bool   // whether the last negotiation was the peer's
	verified   bool
	exchange   *trust.CodeExchange // without a key
	talks      bool                // whether the checks of the connection are over
	early      []string            // messages that came before that
	quality    rtc.Quality         // when the first picture arrived
	pending    []webrtc.ICECandidateInit
}

// initiate makes the offer: whoever comes, or comes back, makes it to all who are there.
func (m *member) initiate() {
	m.stopTimer()
	switch {
	case m.refused:
	case m.conn == nil:
		m.open()
		m.makeOffer(false)
	case m.conn.Unanswered():
		m.resendOffer()
	case !m.conn.Connected():
		m.makeOffer(true)
	}
}

// awaitOffer waits for the offer of a new member.
func (m *member) awaitOffer() {
	m.after(offerTimeout, func() {
		if m.conn == nil {
			m.initiate()
		}
	})
}

// awaitReturn waits for a member that the server does not know: after a restart, it may
// be about to return, while media go on.
func (m *member) awaitReturn() {
	m.after(returnTimeout, func() { m.call.remove(m) })
}

// after has a task run later, instead of the one before.
func (m *member) after(delay time.Duration, task func()) {
	m.stopTimer()
	c := m.call
	var timer *time.Timer
	timer = time.AfterFunc(delay, func() {
		c.post(c.ctx, func() {
			if m.timer == timer && c.members[m.id] == m {
				task()
			}
		})
	})
	m.timer = timer
}

func (m *member) stopTimer() {
	if m.timer != nil {
		m.timer.Stop()
		m.timer = nil
	}
}

// resendOffer sends the last offer again if it, or its answer, may be lost.
func (m *member) resendOffer() {
	if m.conn != nil && m.conn.Unanswered() {
		m.sendDescription("offer", &m.offer)
	}
}

func (m *member) makeOffer(restart bool) {
	if m.conn == nil {
		return
	}
	if err := m.conn.Offer(restart); err != nil {
		m.call.happened("offer failed: "+err.Error(), m.id)
		return
	}
	m.offer, m.isAnswerer = m.call.nextOffer(), false
	m.sendDescription("offer", &m.offer)
}

// sendDescription sends this side's description as it is now, signed if there is a key.
func (m *member) sendDescription(kind string, number *int64) {
	d := details{SDP: &description{Type: kind, SDP: m.conn.LocalSDP()}, Offer: number}
	if m.call.key != nil && number != nil {
		s := trust.Signed{
			From: m.call.id, To: m.id, Type: kind, Epoch: m.call.epoch, Offer: *number, Name: m.call.Name, SDP: d.SDP.SDP,
		}
		if kind == "answer" {
			s.Answers = m.order.Epoch()
		}
		d.sign(*m.call.key, s)
	}
	m.call.send(d, m.id)
	m.call.happened(kind+" sent", m.id)
}

// receive handles what the member sent.
func (m *member) receive(d details) {
	switch {
	case d.Refused:
		m.refuse()
	case m.refused:
	case d.SDP != nil:
		m.onDescription(d)
	case d.Candidate != nil:
		m.onCandidate(*d.Candidate)
	}
}

func (m *member) onDescription(d details) {
	if d.SDP.Type != "offer" && d.SDP.Type != "answer" {
		return // of a client that says something else
	}
	if m.call.key != nil {
		s, complete := d.signed(m.id, m.call.id)
		if !complete || !m.call.key.Verify(s, *d.MAC) {
			m.tellRefused()
			return
		}
		if !m.order.Newest(s, m.call.epoch) {
			return
		}
		m.name, m.nameSigned = s.Name, true
	}
	sdp, print, err := trust.Canonical(d.SDP.SDP)
	if err != nil {
		m.tellRefused()
		return
	}
	m.call.happened(d.SDP.Type+" received", m.id)
	m.stopTimer()
	if d.SDP.Type == "offer" {
		m.onOffer(sdp, print, d.Offer)
	} else {
		m.onAnswer(sdp, print, d.Offer)
	}
}

func (m *member) onOffer(sdp, print string, number *int64) {
	if m.conn != nil && m.remote != "" && m.remote != print {
		m.open() // the member has another connection
	}
	switch {
	case m.conn == nil:
		m.open()
	case m.hasAnswered(number):
		m.sendDescription("answer", m.answered)
		return
	case m.conn.Unanswered() && !m.polite:
		return // the member takes ours
	case m.conn.Unanswered():
		m.open() // pion cannot roll an offer back
	}
	if m.conn == nil {
		return // there is no new connection
	}
	if err := m.conn.Answer(sdp); err != nil { // which may quote the offer
		m.call.happened(fmt.Sprintf("answer failed: %q", err), m.id)
		return
	}
	m.remote, m.answered, m.isAnswerer = print, number, true
	m.sendDescription("answer", number)
	m.addPending()
}

// hasAnswered reports whether this is a repetition of the offer that was answered last.
func (m *member) hasAnswered(number *int64) bool {
	return m.isAnswerer && number != nil && m.answered != nil && *number == *m.answered
}

func (m *member) onAnswer(sdp, print string, number *int64) {
	if m.conn == nil || !m.conn.Unanswered() || number != nil && *number != m.offer {
		return
	}
	if m.remote != "" && m.remote != print {
		m.open() // answered by a page that was reloaded
		m.makeOffer(false)
		return
	}
	if err := m.conn.Accept(sdp); err != nil {
		m.call.happened(fmt.Sprintf("answer refused: %q", err), m.id)
		return
	}
	m.remote = print
	m.addPending()
}

func (m *member) onCandidate(candidate webrtc.ICECandidateInit) {
	if len(m.pending) < maxPending {
		m.pending = append(m.pending, candidate)
	}
	if m.conn != nil && m.conn.Described() {
		m.addPending()
	}
}

func (m *member) addPending() {
	for _, candidate := range m.pending {
		// Those of an offer that was not taken do not fit.
		_ = m.conn.AddCandidate(candidate)
	}
	m.pending = nil
}

// tellRefused refuses the connection, and has the member do so too.
func (m *member) tellRefused() {
	m.call.send(details{Refused: true}, m.id)
	m.refuse()
}

func (m *member) refuse() {
	m.close()
	m.refused = true
	m.call.happened("refused", m.id)
}

// open replaces the connection with a new one.
func (m *member) open() {
	pending := m.pending
	m.close()
	m.pending = pending
	ctx, cancel := context.WithCancel(m.call.ctx)
	handle := func(task func()) { m.call.post(ctx, task) }
	conn, err := rtc.New(m.call.API, rtc.Servers{ICE: m.call.servers, RelayOnly: m.call.RelayOnly}, m.call.Sender, rtc.Events{
		Candidate: func(candidate webrtc.ICECandidateInit) {
			handle(func() { m.call.send(details{Candidate: &candidate}, m.id) })
		},
		State:   func(state rtc.State) { handle(func() { m.onState(state) }) },
		Message: func(text string) { handle(func() { m.onChannelMessage(text) }) },
		File: func(label string, data []byte, isText bool) {
			handle(func() { m.onFileMessage(label, data, isText) })
		},
	})
	if err != nil {
		cancel()
		m.call.happened("connection failed: "+err.Error(), m.id)
		return
	}
	m.conn, m.cancel = conn, cancel
}

// close closes the connection. Its goroutines end first, since they may be waiting for
// this one.
func (m *member) close() {
	m.stopTimer()
	if m.conn == nil {
		return
	}
	m.cancel()
	m.dropFiles()
	if err := m.conn.Close(); err != nil {
		m.call.happened("close failed: "+err.Error(), m.id)
	}
	m.conn, m.remote, m.answered, m.isAnswerer, m.pending = nil, "", nil, false, nil
	m.verified, m.talks, m.exchange, m.early, m.quality = false, false, nil, nil, rtc.Quality{}
}

func (m *member) onState(state rtc.State) {
	m.call.happened(string(state), m.id)
	switch state {
	case rtc.DTLSConnected:
		m.checkCertificate()
	case rtc.ChannelOpen:
		if m.checkCertificate() {
			m.introduce()
		}
	case rtc.FirstFrame:
		m.quality = m.conn.Quality()
	case rtc.Interrupted:
		if !m.polite && !m.conn.Unanswered() {
			m.makeOffer(true)
		}
	case rtc.Failed:
		if !m.conn.Unanswered() {
			m.makeOffer(true)
		}
	}
}

// checkCertificate reports whether the connection is the one that was described. The data
// channel may open before the state of DTLS is reported.
func (m *member) checkCertificate() bool {
	if !trust.Matches(m.remote, m.conn.RemoteCertificate()) {
		m.tellRefused()
		return false
	}
	m.verified = m.call.key != nil
	return true
}

// report says what the connection was like. A member that has left may have closed it.
func (m *member) report() PeerReport {
	quality := m.conn.Quality()
	if quality.Path == "" {
		quality.Path, quality.RTTMS = m.quality.Path, m.quality.RTTMS
	}
	return PeerReport{ID: m.id, Name: m.name, Verified: m.verified, Quality: quality}
}
