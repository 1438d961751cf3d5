package call

import (
	"encoding/json"

	"vidchat/peer/trust"
)

// MaxText is how many characters a text has at most.
const MaxText = 4000

// maxEarly is how many messages wait until the checks of the connection are over.
const maxEarly = 64

// introduce says the first messages on the data channel.
func (m *member) introduce() {
	yes, no := true, false
	m.say(channelMessage{Muted: &no, Camera: &yes})
	if m.call.key == nil {
		commit := m.codeExchange().Commit()
		m.say(channelMessage{Commit: &commit})
	} else {
		m.talk()
	}
}

// talk begins when the checks of the connection are over.
func (m *member) talk() {
	m.talks = true
	largest, down := int64(0), 0
	if m.call.Receive != "" {
		largest = maxFileSize
	}
	m.say(channelMessage{Talk: 1, Files: &largest, Hand: &down})
	if m.call.Text != "" && !m.confirmed {
		m.say(channelMessage{Text: &m.call.Text, Page: m.call.page, N: 1})
	}
	early := m.early
	m.early = nil
	for _, text := range early {
		m.onChannelMessage(text)
	}
}

func (m *member) say(message channelMessage) {
	// If it fails, the connection is being closed.
	_ = m.conn.Send(message)
}

// onChannelMessage handles a message of the data channel. What it does not know is of
// later versions.
func (m *member) onChannelMessage(text string) {
	var message channelMessage
	if m.conn == nil || json.Unmarshal([]byte(text), &message) != nil || !m.checkCertificate() {
		return
	}
	switch {
	case message.Commit != nil:
		m.onCommit(*message.Commit)
	case message.Reveal != nil:
		m.onReveal(*message.Reveal)
	case !m.talks:
		if len(m.early) < maxEarly {
			m.early = append(m.early, text)
		}
	case message.Text != nil:
		m.onText(message)
	case message.Talk > 0 && message.Files != nil:
		m.offerFile(*message.Files)
	case message.File != "":
		m.onFile(message)
	case message.Got == 1 && !m.confirmed:
		m.confirmed = true
		m.call.happened("text confirmed", m.id)
	}
}

// onText confirms a text, and shows it unless it is the repetition of one that was shown.
func (m *member) onText(message channelMessage) {
	m.say(channelMessage{Got: message.N})
	if message.Page == m.textPage && message.N <= m.textNumber {
		return
	}
	m.textPage, m.textNumber = message.Page, message.N
	if m.call.Said != nil {
		characters := []rune(*message.Text)
		m.call.Said(m.id, string(characters[:min(len(characters), MaxText)]))
	}
}

// codeExchange returns that of this connection.
func (m *member) codeExchange() *trust.CodeExchange {
	if m.exchange == nil {
		_, local, _ := trust.Canonical(m.conn.LocalSDP()) // pion writes that form
		m.exchange = trust.NewCodeExchange(local, m.remote)
	}
	return m.exchange
}

func (m *member) onCommit(commit string) {
	if m.call.key != nil || m.call.codes == 0 {
		return
	}
	reveal, err := m.codeExchange().Reveal(commit)
	switch {
	case err != nil:
		m.tellRefused()
	case reveal != "":
		m.call.codes--
		m.say(channelMessage{Reveal: &reveal})
	}
}

func (m *member) onReveal(nonce string) {
	if m.call.key != nil {
		return
	}
	code, err := m.codeExchange().Code(nonce)
	switch {
	case err != nil:
		m.tellRefused()
	case code != "":
		m.call.codes++
		m.call.happened("code "+code, m.id)
		m.talk()
	}
}
