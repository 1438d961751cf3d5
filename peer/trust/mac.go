// Package trust keeps the server out of the media, as section 6 of PROTOCOL.md says:
// MACs of session descriptions, their order, and the one form they may have.
package trust

import (
	"crypto/hkdf"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"strconv"
	"strings"
)

const (
	version = "vidchat 2"
	macInfo = "vidchat mac"
)

// Signed is all that the MAC of a session description covers, apart from the room.
type Signed struct {
	From, To string // ids of the sender and the receiver
	Type     string // offer or answer
	Epoch    string // of the sender
	Offer    int64  // number of the offer, or of the one that is answered
	Answers  string // of an answer, the epoch of whoever made the offer
	Name     string
	SDP      string
}

// Key signs and verifies the session descriptions of one room.
type Key struct {
	room string
	key  []byte
}

// NewKey derives the key from what the members share.
func NewKey(room string, secret []byte) (Key, error) {
	key, err := hkdf.Key(sha256.New, secret, nil, macInfo, sha256.Size)
	return Key{room: room, key: key}, err
}

// Sign returns the MAC.
func (k Key) Sign(s Signed) string { return base64.RawURLEncoding.EncodeToString(k.sum(s)) }

// Verify reports whether this is the MAC.
func (k Key) Verify(s Signed, mac string) bool {
	sum, err := base64.RawURLEncoding.DecodeString(mac)
	return err == nil && hmac.Equal(sum, k.sum(s))
}

func (k Key) sum(s Signed) []byte {
	mac := hmac.New(sha256.New, k.key)
	mac.Write([]byte(k.text(s)))
	return mac.Sum(nil)
}

// text writes the fields as netstrings.
func (k Key) text(s Signed) string {
	var text strings.Builder
	number := strconv.FormatInt(s.Offer, 10)
	for _, field := range []string{version, k.room, s.From, s.To, s.Type, s.Epoch, number, s.Answers, s.Name, s.SDP} {
		fmt.Fprintf(&text, "%d:%s,", len(field), field)
	}
	return text.String()
}

// NewEpoch draws the epoch of a call that is joined.
func NewEpoch() string {
	random := make([]byte, 16)
	_, _ = rand.Read(random) // it never fails
	return base64.RawURLEncoding.EncodeToString(random)
}
