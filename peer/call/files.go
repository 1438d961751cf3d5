package call

import (
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"vidchat/peer/file"
	"vidchat/peer/rtc"
)

// Limits of what one member may send.
const (
	maxFileSize  = 200 << 20
	maxFilesOpen = 20
	maxOffers    = 200
)

const fileLabel = "file:"

// files are those to and from a member.
type files struct {
	id      string // of ours
	ended   bool   // whether ours is
	sending *rtc.Upload

	offers   int
	incoming map[string]*file.Incoming
	done     map[string]bool
}

// offerFile offers our file, on each connection until it has ended.
func (m *member) offerFile(largest int64) {
	path := m.call.Send
	if path == "" || m.files.ended {
		return
	}
	info, err := os.Stat(path)
	if err != nil || info.Size() > largest {
		m.files.ended = true
		m.call.happened("file not offered: it cannot be read, or the member takes none of this size", m.id)
		return
	}
	if m.files.id == "" {
		random := make([]byte, 16)
		_, _ = rand.Read(random) // it never fails
		m.files.id = base64.RawURLEncoding.EncodeToString(random)
	}
	size := info.Size()
	m.say(channelMessage{File: "offer", ID: m.files.id, Name: filepath.Base(path), Size: &size})
}

func (m *member) onFile(message channelMessage) {
	ours := message.ID == m.files.id && m.files.id != "" && !m.files.ended
	switch {
	case message.File == "offer" && message.Size != nil:
		m.onFileOffer(message.ID, message.Name, *message.Size)
	case message.File == "accept" && ours && message.From != nil && m.files.sending == nil:
		m.files.sending = m.conn.Upload(fileLabel+message.ID, m.call.Send, *message.From)
	case message.File == "written" && ours && message.Bytes != nil && m.files.sending != nil:
		m.files.sending.Written(*message.Bytes)
	case message.File == "done" && ours:
		m.files.ended = true
		m.call.happened("file sent", m.id)
	case message.File == "cancel" && ours:
		m.files.ended = true
		if m.files.sending != nil {
			m.files.sending.Cancel()
		}
		m.call.happened(fmt.Sprintf("file refused: %q", message.Reason), m.id)
	case message.File == "cancel":
		m.dropFile(message.ID)
	}
}

func (m *member) onFileOffer(id, name string, size int64) {
	random, err := base64.RawURLEncoding.DecodeString(id)
	m.files.offers++
	switch {
	case err != nil || len(random) != 16:
	case m.files.done[id]:
		m.say(channelMessage{File: "done", ID: id})
	case m.call.Receive == "" || size < 0 || size > maxFileSize:
		m.cancelFile(id, "declined")
	case m.files.incoming[id] != nil || len(m.files.incoming) >= maxFilesOpen || m.files.offers > maxOffers:
		m.cancelFile(id, "failed")
	default:
		incoming, err := file.Create(m.call.Receive, id, name, size)
		if err != nil {
			m.cancelFile(id, "failed")
			return
		}
		if m.files.incoming == nil {
			m.files.incoming, m.files.done = make(map[string]*file.Incoming), make(map[string]bool)
		}
		m.files.incoming[id] = incoming
		from := int64(0)
		m.say(channelMessage{File: "accept", ID: id, From: &from})
	}
}

// onFileMessage handles what arrives on the channel of a file.
func (m *member) onFileMessage(label string, data []byte, isText bool) {
	id := strings.TrimPrefix(label, fileLabel)
	incoming := m.files.incoming[id]
	if incoming == nil {
		return
	}
	if !isText {
		have, err := incoming.Add(data)
		if err != nil {
			m.cancelFile(id, "damaged")
			return
		}
		m.say(channelMessage{File: "written", ID: id, Bytes: &have})
		return
	}
	var end struct{ SHA256 string }
	_ = json.Unmarshal(data, &end) // without a hash, it is damaged
	name, err := incoming.Finish(end.SHA256)
	switch {
	case errors.Is(err, file.ErrDamaged):
		m.cancelFile(id, "damaged")
	case err != nil: // such as a file of that name
		m.cancelFile(id, "failed")
	default:
		m.dropFile(id)
		m.files.done[id] = true
		m.say(channelMessage{File: "done", ID: id})
		m.call.happened(fmt.Sprintf("file received: %q", name), m.id)
	}
}

func (m *member) cancelFile(id, reason string) {
	m.dropFile(id)
	m.say(channelMessage{File: "cancel", ID: id, Reason: reason})
	m.call.happened("file not received: "+reason, m.id)
}

func (m *member) dropFile(id string) {
	if incoming := m.files.incoming[id]; incoming != nil {
		delete(m.files.incoming, id)
		if err := incoming.Close(); err != nil {
			m.call.happened("a part of a file could not be removed", m.id)
		}
	}
}

// dropFiles forgets what the connection that ends has not brought to an end.
func (m *member) dropFiles() {
	m.files.sending = nil
	for id := range m.files.incoming {
		m.dropFile(id)
	}
}
