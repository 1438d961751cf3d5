package trust

import (
	"crypto/sha256"
	"crypto/sha512"
	"encoding/hex"
	"errors"
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"
)

// ErrDescription is the error of Canonical.
var ErrDescription = errors.New("parsers may read the session description in different ways")

var (
	attribute   = regexp.MustCompile(`^a=[\w-]+(:|$)`)
	fingerprint = regexp.MustCompile(`^a=fingerprint:((?i:sha-(?:256|384|512))) ([\dA-Fa-f]{2}(?::[\dA-Fa-f]{2})+)$`)
	identity    = regexp.MustCompile(`(?i)^a=identity\b`)
)

// Canonical returns a session description in the one form that every parser reads
// alike, and its fingerprint in lower case.
func Canonical(sdp string) (text, print string, err error) {
	var rebuilt strings.Builder
	lines := strings.Split(strings.TrimSuffix(sdp, "\n"), "\n")
	for _, line := range lines {
		line = strings.TrimSuffix(line, "\r")
		found, ok := readLine(line)
		if !ok || found != "" && print != "" && found != print {
			return "", "", ErrDescription
		}
		if found != "" {
			print = found
		}
		if !identity.MatchString(line) {
			rebuilt.WriteString(line + "\r\n")
		}
	}
	if print == "" {
		return "", "", ErrDescription
	}
	return rebuilt.String(), print, nil
}

// readLine reports whether a line can be read in one way only, and the fingerprint in it.
func readLine(line string) (print string, ok bool) {
	if len(line) < 2 || line[0] < 'a' || line[0] > 'z' || line[1] != '=' || !utf8.ValidString(line) ||
		strings.ContainsFunc(line, breaksLines) || line[0] == 'a' && !attribute.MatchString(line) {
		return "", false
	}
	if !strings.Contains(strings.ToLower(line), "fingerprint") {
		return "", true
	}
	match := fingerprint.FindStringSubmatch(line)
	if match == nil {
		return "", false
	}
	return strings.ToLower(match[1] + " " + match[2]), true
}

func breaksLines(c rune) bool {
	return unicode.IsControl(c) || c == '\u2028' || c == '\u2029' || c == utf8.RuneError
}

// Matches reports whether a fingerprint is that of a certificate in DER.
func Matches(print string, certificate []byte) bool {
	hash, pairs, _ := strings.Cut(print, " ")
	var sum []byte
	switch hash {
	case "sha-256":
		sum256 := sha256.Sum256(certificate)
		sum = sum256[:]
	case "sha-384":
		sum384 := sha512.Sum384(certificate)
		sum = sum384[:]
	case "sha-512":
		sum512 := sha512.Sum512(certificate)
		sum = sum512[:]
	default:
		return false
	}
	return strings.ReplaceAll(pairs, ":", "") == hex.EncodeToString(sum)
}
