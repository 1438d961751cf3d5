package rtc

import (
	"encoding/json"
	"io"
	"os"
	"sync"

	"github.com/pion/webrtc/v4"

	"vidchat/peer/file"
)

// maxOnTheWay is how much of a file may be sent that is not written, and piece the
// length of a message.
const (
	maxOnTheWay = 16 << 20
	piece       = 64 << 10
)

// Upload is a file on its way to the peer.
type Upload struct {
	mu      sync.Mutex // guards the fields below
	changed *sync.Cond
	written int64
	open    bool
	over    bool
}

// Written says how much of the file the peer has written.
func (u *Upload) Written(bytes int64) { u.change(func() { u.written = max(u.written, bytes) }) }

// Cancel ends the upload.
func (u *Upload) Cancel() { u.change(func() { u.over = true }) }

func (u *Upload) change(how func()) {
	u.mu.Lock()
	how()
	u.mu.Unlock()
	u.changed.Broadcast()
}

// waits until that much may be sent. It returns false if the upload is over.
func (u *Upload) wait(sent int64) bool {
	u.mu.Lock()
	defer u.mu.Unlock()
	for !u.over && (!u.open || sent-u.written > maxOnTheWay-piece) {
		u.changed.Wait()
	}
	return !u.over
}

// Upload sends a file, from a byte on, over a channel of its own.
func (c *Connection) Upload(label, path string, from int64) *Upload {
	u := &Upload{written: from}
	u.changed = sync.NewCond(&u.mu)
	channel, err := c.pc.CreateDataChannel(label, nil)
	if err != nil {
		return u // the connection is being closed
	}
	channel.OnOpen(func() { u.change(func() { u.open = true }) })
	channel.OnClose(u.Cancel)
	c.mu.Lock()
	c.uploads = append(c.uploads, u)
	c.mu.Unlock()
	c.read(func() {
		// If it fails, the connection or the channel is closed: the peer has no hash.
		_ = u.run(channel, path, from)
		_ = channel.GracefulClose()
	})
	return u
}

func (u *Upload) run(channel *webrtc.DataChannel, path string, from int64) error {
	source, err := os.Open(path)
	if err != nil {
		return err
	}
	defer source.Close()
	hash, buffer := file.NewHash(), make([]byte, piece)
	if _, err := io.CopyN(hash, source, from); err != nil {
		return err
	}
	for sent := from; u.wait(sent); {
		n, err := source.Read(buffer)
		if err == io.EOF {
			end, err := json.Marshal(map[string]string{"sha256": hash.Hex()})
			if err != nil {
				return err
			}
			return channel.SendText(string(end))
		}
		if err != nil {
			return err
		}
		_, _ = hash.Write(buffer[:n])
		sent += int64(n)
		if err := channel.Send(buffer[:n]); err != nil {
			return err
		}
	}
	return nil
}
