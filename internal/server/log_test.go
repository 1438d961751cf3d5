package server_test

import (
	"encoding/json"
	"io"
	"regexp"
	"slices"
	"strings"
	"testing"

	"vidchat/internal/ice"
	"vidchat/internal/servertest"
)

const metricsToken = "sixteen bytes!!!"

// A whole run at the level that logs most, with everything that can go well or
// wrong: what happened to each connection is in the log, and no secret, name or
// address.
func TestTheLogTellsWhatHappenedAndNoSecrets(t *testing.T) {
	t.Parallel() // it mostly waits
	env := map[string]string{
		"TURN_SERVER_URL": "turn.example", "TURN_SECRET": "north-of-the-wall", "METRICS_TOKEN": metricsToken,
		"TRUST_PROXY": "true", "NEW_SESSIONS_PER_ADDRESS": "0.1/1", "CREDENTIALS_PER_ADDRESS": "0.1/1", "PACKETS_PER_SESSION": "1/50",
	}
	s := servertest.Start(t, env)
	secrets := []string{"north-of-the-wall", metricsToken, "192.0.2.77", "room-of-alice", "v=0 secret", "127.0.0.1", "[::1]", "wormhole"}
	keep := func(found ...string) { secrets = append(secrets, found...) }

	for _, version := range []int{3, 4} {
		for _, transport := range servertest.Transports {
			keep(misbehave(t, s, version, transport)...)
		}
	}
	var answer struct {
		ICEServers []ice.Server
	}
	if err := json.Unmarshal([]byte(s.Ask("GET", "/turn-server-config", servertest.BehindProxy("192.0.2.77")...).Text), &answer); err != nil {
		t.Fatal(err)
	}
	keep(answer.ICEServers[0].Credential, answer.ICEServers[0].Username)
	for _, path := range []string{"/turn-server-config", servertest.Handshake, servertest.Handshake, "/call?room=room-of-alice", "/wormhole", "/metrics"} {
		s.Ask("GET", path, servertest.BehindProxy("192.0.2.77")...)
	}
	s.Ask("GET", "/metrics", "Authorization", "Bearer "+metricsToken)
	s.StopCleanly()

	text := regexp.MustCompile(`(?m)^.*"message":"listening.*"}$`).ReplaceAllString(s.Log.String(), "") // the server's own addresses
	for line := range strings.SplitSeq(text, "\n") {
		if i := slices.IndexFunc(secrets, func(secret string) bool { return strings.Contains(line, secret) }); i >= 0 {
			t.Errorf("%q is in the line %s", secrets[i], line)
		}
	}
	for _, want := range []string{
		`"eio":3,"transport":"polling",.*"session opened"`,
		`"eio":4,"transport":"websocket",.*"session opened"`,
		`"others":1,.*"joined a room"`,
		`"goodbye":true,.*"left a room"`,
		`"reason":"full",.*"turned away"`,
		`"reason":"too_many_packets","duration_ms":[\d.]+,.*"session ended"`,
		`"reason":"closed_by_client","duration_ms":[\d.]+,.*"session ended"`,
		`"reason":"new_sessions_of_address",.*"sessions are refused"`,
		`"route":"/turn-server-config","status":429,`,
		`"packet refused"`,
		`"stopped"`,
	} {
		if !regexp.MustCompile(want).MatchString(text) {
			t.Errorf("%s is not in the log", want)
		}
	}
}

// misbehave has three peers join a room for two, talk, and leave in different
// ways. It returns all ids that they were given.
func misbehave(t *testing.T, s *servertest.Server, version int, transport string) (ids []string) {
	t.Helper()
	var peers []*servertest.Peer
	for range 3 {
		p := s.Dial(version, transport)
		p.Join("room-of-alice")
		peers, ids = append(peers, p), append(ids, p.SID, p.ID)
	}
	peers[0].MustSend(`2["message",{"room":"room-of-alice","sdp":{"sdp":"v=0 secret"}}]`)
	peers[0].MustSend(`2["wormhole"]`)
	peers[0].MustSend(`0/wormhole,`)
	peers[1].MustSend(`2["create or join",5]`)
	peers[2].Flood(`2["message","v=0 secret"]`)
	peers[1].Close()
	conn := s.DialTCP()
	_, _ = io.WriteString(conn, "GET "+servertest.Handshake+"&sid="+peers[0].SID+" HTTP/9\r\n\r\n")
	_, _ = io.Copy(io.Discard, conn)
	peers[0].Abort()
	return ids
}
