package trust

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"fmt"
	"strings"
)

// ErrExchange means that the peer does not keep to the exchange of a code: somebody may
// be in the middle.
var ErrExchange = errors.New("the exchange of the security code is wrong")

// nonceBytes is how much each side draws.
const nonceBytes = 16

// CodeExchange is that of one connection between two who share no key.
type CodeExchange struct {
	local, remote string // fingerprints
	nonce         string
	commitment    string // of the peer; empty until it has arrived
	ended         bool
}

// NewCodeExchange begins an exchange over the connection with these fingerprints.
func NewCodeExchange(local, remote string) *CodeExchange {
	random := make([]byte, nonceBytes)
	_, _ = rand.Read(random) // it never fails
	return &CodeExchange{local: local, remote: remote, nonce: base64.RawURLEncoding.EncodeToString(random)}
}

// Commit is what is sent first.
func (e *CodeExchange) Commit() string { return commitment(e.local, e.remote, e.nonce) }

// Reveal takes the peer's commitment, and returns what is sent then; empty if it was sent.
func (e *CodeExchange) Reveal(commit string) (string, error) {
	switch {
	case e.ended || e.commitment == commit:
		return "", nil
	case e.commitment != "":
		return "", ErrExchange
	}
	e.commitment = commit
	return e.nonce, nil
}

// Code takes what the peer reveals, and returns the code; empty if there was one.
func (e *CodeExchange) Code(nonce string) (string, error) {
	if e.ended {
		return "", nil
	}
	random, err := base64.RawURLEncoding.DecodeString(nonce)
	if err != nil || len(random) != nonceBytes || e.commitment != commitment(e.remote, e.local, nonce) {
		return "", ErrExchange
	}
	e.ended = true
	first, second := []string{e.local, e.nonce}, []string{e.remote, nonce}
	if e.remote < e.local {
		first, second = second, first
	}
	sum := digest("vidchat code 2", first[0], first[1], second[0], second[1])
	code := (binary.BigEndian.Uint32(sum) >> 2) % 1_000_000
	return fmt.Sprintf("%03d %03d", code/1000, code%1000), nil
}

func commitment(from, to, nonce string) string {
	return base64.RawURLEncoding.EncodeToString(digest("vidchat commit", from, to, nonce))
}

// digest hashes parts, none of which has a line end.
func digest(parts ...string) []byte {
	sum := sha256.Sum256([]byte(strings.Join(parts, "\n")))
	return sum[:]
}
