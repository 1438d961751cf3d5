package link

import (
	"crypto/pbkdf2"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"regexp"
	"strings"
)

// ErrPassword is the error of Unlock if the link itself says that a password is wrong.
var ErrPassword = errors.New("the password is wrong")

// Iterations and bytes of PBKDF2: a proof, then a key.
const (
	iterations = 600_000
	proofBytes = 32
	keyBytes   = 32
)

// bound matches a room whose name ends in a hash of the proof.
var bound = regexp.MustCompile(`^(pw-[0-9a-f]{32})-([0-9a-f]{32})$`)

// Access is what opens a room: the proof for the server, empty without a password, and
// the secret that the members share, empty without a password and without a key.
type Access struct {
	Proof  string
	Secret []byte
}

// Unlock derives what the link and a password give access to.
func (l Link) Unlock(password string) (Access, error) {
	if password == "" {
		return Access{Secret: l.Key}, nil
	}
	parts := bound.FindStringSubmatch(l.Room)
	salt := []byte(l.Room)
	if parts != nil && l.Key != nil {
		salt = append([]byte(parts[1]), l.Key...)
	}
	derived, err := pbkdf2.Key(sha256.New, password, salt, iterations, proofBytes+keyBytes)
	if err != nil {
		return Access{}, err
	}
	proof := base64.RawURLEncoding.EncodeToString(derived[:proofBytes])
	if parts != nil && !strings.HasPrefix(hashOf(proof), parts[2]) {
		return Access{}, ErrPassword
	}
	return Access{Proof: proof, Secret: append(l.Key[:len(l.Key):len(l.Key)], derived[proofBytes:]...)}, nil
}

func hashOf(proof string) string {
	sum := sha256.Sum256([]byte("vidchat proof\n" + proof))
	return hex.EncodeToString(sum[:])
}
