package rooms

import (
	"crypto/sha256"
	"crypto/subtle"
	"encoding/hex"
	"regexp"
	"strings"
)

// passwordPrefix starts the names of rooms that require a proof.
const passwordPrefix = "pw-"

// boundName is the form of the names that are bound to a proof: the prefix, 128 random
// bits and half of a hash of the proof, both in hex.
var boundName = regexp.MustCompile(`^pw-[0-9a-f]{32}-([0-9a-f]{32})$`)

// proofHashPrefix keeps the hash in a name apart from other hashes of a proof.
const proofHashPrefix = "vidchat proof\n"

// fitsName reports whether a proof may open the room of this name. Nobody can make a
// name that fits a proof afterwards, so a wrong proof cannot even open an empty room.
func fitsName(name, proof string) bool {
	if !strings.HasPrefix(name, passwordPrefix) {
		return true
	}
	if proof == "" {
		return false
	}
	bound := boundName.FindStringSubmatch(name)
	return bound == nil || equal(bound[1], proofHash(proof))
}

// proofHash returns what a name that is bound to a proof ends in.
func proofHash(proof string) string {
	sum := sha256.Sum256([]byte(proofHashPrefix + proof))
	return hex.EncodeToString(sum[:16])
}

// equal compares secrets in constant time.
func equal(a, b string) bool { return subtle.ConstantTimeCompare([]byte(a), []byte(b)) == 1 }
