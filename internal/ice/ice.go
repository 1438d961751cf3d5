// Package ice makes the list of ICE servers that a browser needs to get media
// through NATs: STUN servers as they are, TURN servers with credentials that
// expire.
//
// The credentials follow the TURN REST scheme (draft-uberti-behave-turn-rest-00),
// which coturn calls use-auth-secret. This server and the TURN server share a
// secret, nothing is stored, and a leaked credential is worthless after its
// time. Read ice.go first; user.go says whom a credential is for, and url.go reads
// the addresses that an operator writes.
package ice

import (
	"crypto/hmac"
	"crypto/sha1"
	"encoding/base64"
	"net/netip"
	"strconv"
	"time"
)

// Server is one entry of the iceServers list of an RTCConfiguration (W3C WebRTC,
// RTCIceServer). STUN entries have no credential and no username.
type Server struct {
	URLs       string `json:"urls"`
	Credential string `json:"credential,omitempty"`
	Username   string `json:"username,omitempty"`
}

// Config says where the STUN and TURN servers are. The zero value has none.
type Config struct {
	TURN   []string      // URLs as ParseTURN returns them
	STUN   []string      // URLs as ParseSTUN returns them
	Secret string        // shared with every server in TURN (coturn: static-auth-secret)
	TTL    time.Duration // how long a credential is valid
}

// Servers lists the servers, TURN first, with the credentials of a session of a
// client. The list is never nil, so it is a list in JSON too.
//
// A client that asks again gets the same credentials until they have lived for
// half of TTL, so whoever asks a thousand times has no more than after asking once.
func (c Config) Servers(client netip.Prefix, session string, now time.Time) []Server {
	list := make([]Server, 0, len(c.TURN)+len(c.STUN))
	if len(c.TURN) > 0 {
		username, credential := Credential(c.Secret, user(c.Secret, client, session), c.expiry(now))
		for _, url := range c.TURN {
			list = append(list, Server{URLs: url, Credential: credential, Username: username})
		}
	}
	for _, url := range c.STUN {
		list = append(list, Server{URLs: url})
	}
	return list
}

// expiry is between a half of TTL and TTL after now.
func (c Config) expiry(now time.Time) time.Time {
	return now.Truncate(c.TTL / 2).Add(c.TTL)
}

// Credential makes a username that carries its expiry, in Unix seconds, before the
// name of a user, and the password that belongs to it: the padded base64 of
// HMAC-SHA1(secret, username). The scheme and its servers know no other hash; as an
// HMAC, SHA-1 is still safe.
func Credential(secret, user string, expires time.Time) (username, credential string) {
	username = strconv.FormatInt(expires.Unix(), 10) + ":" + user
	return username, Password(secret, username)
}

// Password is the password of a username.
func Password(secret, username string) string {
	mac := hmac.New(sha1.New, []byte(secret))
	mac.Write([]byte(username))
	return base64.StdEncoding.EncodeToString(mac.Sum(nil))
}
