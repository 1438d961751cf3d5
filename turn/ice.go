// Package turn makes the list of ICE servers a browser needs to get media
// through NATs: STUN servers as they are, TURN servers with credentials that
// expire.
//
// The credentials follow the TURN REST scheme (draft-uberti-behave-turn-rest-00),
// which coturn knows as use-auth-secret: server and TURN server share a secret,
// nothing is stored, and what leaks is worthless after its time. Read ice.go
// first; url.go reads the addresses an operator writes.
package turn

import (
	"crypto/hmac"
	"crypto/sha1"
	"encoding/base64"
	"strconv"
	"time"
)

// service is the name behind the expiry in a username. Clients and TURN servers
// ignore it; it is the one that existing deployments of this app write.
const service = "CHATSERVICE"

// ICEServer is one entry of the iceServers list of an RTCConfiguration (W3C
// WebRTC, RTCIceServer). STUN entries have no credential and no username.
type ICEServer struct {
	URLs       string `json:"urls"`
	Credential string `json:"credential,omitempty"`
	Username   string `json:"username,omitempty"`
}

// Servers says where the STUN and TURN servers are. The zero value has none.
type Servers struct {
	TURN   []string      // URLs as ParseTURN returns them
	STUN   []string      // URLs as ParseSTUN returns them
	Secret string        // shared with every server in TURN (coturn: static-auth-secret)
	TTL    time.Duration // how long a credential is good for
}

// ICE lists the servers, TURN first, with credentials that expire TTL after now.
// The list is never nil, so that it is a list in JSON too.
func (s Servers) ICE(now time.Time) []ICEServer {
	list := make([]ICEServer, 0, len(s.TURN)+len(s.STUN))
	if len(s.TURN) > 0 {
		username, credential := Credential(s.Secret, now.Add(s.TTL))
		for _, url := range s.TURN {
			list = append(list, ICEServer{URLs: url, Credential: credential, Username: username})
		}
	}
	for _, url := range s.STUN {
		list = append(list, ICEServer{URLs: url})
	}
	return list
}

// Credential makes a user name that carries its own end, in Unix seconds, and
// the password that belongs to it: the padded base64 of HMAC-SHA1(secret,
// username). SHA-1 is what the scheme and its servers speak; as an HMAC it holds.
func Credential(secret string, expires time.Time) (username, credential string) {
	username = strconv.FormatInt(expires.Unix(), 10) + ":" + service
	mac := hmac.New(sha1.New, []byte(secret))
	mac.Write([]byte(username))
	return username, base64.StdEncoding.EncodeToString(mac.Sum(nil))
}
