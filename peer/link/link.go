// Package link reads links to calls, as section 6 of PROTOCOL.md describes them.
package link

import (
	"encoding/base64"
	"errors"
	"net"
	"net/url"
	"regexp"
	"strings"
)

// Errors of Parse.
var (
	ErrNoRoom  = errors.New("the link names no room")
	ErrDamaged = errors.New("the link is damaged: what is left may be part of a key, so it is sent to nobody")
	ErrOrigin  = errors.New("the link does not start with http:// or https:// and a host")
)

// maxRoom is the longest name that a server accepts, in bytes.
const maxRoom = 256

// maxEncodings is how often a link may have been percent-encoded.
const maxEncodings = 3

// Link says where a call is. Key is nil if the link has none.
type Link struct {
	Origin *url.URL // scheme and host alone
	Room   string
	Key    []byte
}

var (
	escapes  = regexp.MustCompile(`(?:%[0-9A-Fa-f]{2})+`)
	tracking = regexp.MustCompile(`(?:[?&](?:amp;)?(?:utm_\w+|\w*clid|mc_[ce]id|igsh\w*|ref|ref_src|source|si)=|:~:)[^#]*$`)
)

const (
	clingsBefore = " \t\r\n'\"`*~|<([{“„‘«"
	clingsAfter  = " \t\r\n.,;:!?'\"`*~|>)]}…”’»"
)

// Parse reads a link such as https://calls.example.com/call/#room,key.
func Parse(text string) (Link, error) {
	text = strings.Trim(text, clingsBefore)
	origin, fragment, found := strings.Cut(decode(text), "#")
	parsed, err := url.Parse(origin)
	if err != nil || parsed.Host == "" || parsed.Scheme != "http" && parsed.Scheme != "https" {
		return Link{}, ErrOrigin
	}
	link := Link{Origin: &url.URL{Scheme: parsed.Scheme, Host: parsed.Host}}
	if !found {
		return Link{}, ErrNoRoom
	}
	fragment = strings.TrimRight(tracking.ReplaceAllString(fragment, ""), clingsAfter)
	room, key, hasKey := strings.Cut(strings.TrimLeft(fragment, clingsBefore), ",")
	if hasKey {
		if link.Key, err = parseKey(key); err != nil {
			return Link{}, err
		}
	}
	link.Room = room
	return link, checkRoom(room, hasKey)
}

// OnThisMachine reports whether the link leads to a loopback address.
func (l Link) OnThisMachine() bool {
	host := l.Origin.Hostname()
	return host == "localhost" || net.ParseIP(host).IsLoopback()
}

// decode undoes percent-encoding. What is malformed stays.
func decode(text string) string {
	for range maxEncodings {
		text = escapes.ReplaceAllStringFunc(text, func(escaped string) string {
			if plain, err := url.PathUnescape(escaped); err == nil && strings.ToValidUTF8(plain, "") == plain {
				return plain
			}
			return escaped
		})
	}
	return text
}

func parseKey(text string) ([]byte, error) {
	key, err := base64.RawURLEncoding.Strict().DecodeString(text)
	if err != nil || len(key) != 16 || strings.ToLower(text) == text || strings.ToUpper(text) == text {
		return nil, ErrDamaged
	}
	return key, nil
}

func checkRoom(room string, hasKey bool) error {
	switch {
	case room == "":
		return ErrNoRoom
	case len(room) > maxRoom, looksLikeKey(room), !hasKey && generated.MatchString(room):
		return ErrDamaged
	}
	return nil
}
