package server_test

import (
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"

	"vidchat/internal/servertest"
)

// Whatever a client does over and over, it causes a few lines of the log, and none for
// each time.
func TestNobodyFloodsTheLog(t *testing.T) {
	const times, most = 60, 10
	address := servertest.BehindProxy("192.0.2.1")
	asks := func(method, path string, headers ...string) func(*servertest.Server) {
		return func(s *servertest.Server) {
			for range times {
				s.Ask(method, path, append(headers, address...)...)
			}
		}
	}
	// inRoom sends packets over and over, as a member of a room, and waits for the last.
	inRoom := func(packets ...string) func(*servertest.Server) {
		return func(s *servertest.Server) {
			p := s.Dial(4, servertest.Transports[1])
			p.Join("a")
			for range times {
				for _, packet := range packets {
					p.MustSend(packet)
				}
			}
			p.MustSend(`27["leave","nowhere"]`)
			for !strings.HasPrefix(p.Next(), "37") {
			}
		}
	}
	lines := func(text string) func(*servertest.Server) {
		return func(s *servertest.Server) {
			for range times {
				c := s.DialTCP()
				_, _ = io.WriteString(c, text)
				_, _ = io.Copy(io.Discard, c)
				_ = c.Close()
			}
		}
	}
	for name, flood := range map[string]func(*servertest.Server){
		"enter and leave":           inRoom(`21["enter","b",{}]`, `22["leave","b"]`),
		"join and leave":            inRoom(`2["create or join","b"]`, `2["leave","b"]`),
		"join another room":         inRoom(`2["create or join","b"]`, `2["create or join","c"]`),
		"join again":                inRoom(`2["create or join","a"]`),
		"enter without a proof":     inRoom(`21["enter","pw-a",{}]`),
		"enter with a bad token":    inRoom(`21["enter","b",{"seat":"x"}]`),
		"lock and unlock":           inRoom(`21["lock",true]`, `22["lock",false]`),
		"knock":                     inRoom(`21["knock","b",{}]`),
		"admit nobody":              inRoom(`21["admit","x"]`),
		"no arguments":              inRoom(`2["create or join"]`, `2["enter"]`, `2["message"]`),
		"odd arguments":             inRoom(`2["create or join",[1,{"a":null}]]`, `2["create or join",true,1,2,3]`),
		"unknown events":            inRoom(`2["wormhole"]`, `0/wormhole,`, `51-["x",{"_placeholder":true,"num":0}]`, `"`),
		"leave the namespace":       inRoom(`1`, `0`),
		"handshakes over the limit": asks(http.MethodGet, servertest.Handshake),
		"unknown sessions":          asks(http.MethodGet, servertest.Handshake+"&sid=x"),
		"unknown transports":        asks(http.MethodGet, "/socket.io/?EIO=4&transport=x"),
		"other origins":             asks(http.MethodGet, servertest.Handshake, "Origin", "https://other.example"),
		"credentials":               asks(http.MethodGet, "/turn-server-config"),
		"credentials of others":     asks(http.MethodGet, "/turn-server-config", "Origin", "https://other.example"),
		"unknown pages":             asks(http.MethodGet, "/nothing;a=b?c;d"),
		"other methods":             asks(http.MethodDelete, "/"),
		"unknown methods":           asks("WORMHOLE", "/"),
		"no HTTP":                   lines("wormhole\r\n\r\n"),
		"another version of HTTP":   lines("GET / HTTP/9.9\r\nHost: x\r\n\r\n"),
		"no host":                   lines("GET / HTTP/1.1\r\n\r\n"),
		"semicolons":                lines("GET /?a;b HTTP/1.0\r\nHost: x\r\n\r\n"),
		"broken chunks":             lines("POST /socket.io/ HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\nzz\r\n"),
		"upgrade of a page":         lines("GET / HTTP/1.1\r\nHost: x\r\nConnection: upgrade, close\r\nUpgrade: h2c\r\n\r\n"),
		"TLS":                       lines("\x16\x03\x01\x00\x05hello\r\n\r\n"),
		"HTTP/2":                    lines("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := servertest.Start(t, map[string]string{
				"LOG_LEVEL": "info", "TRUST_PROXY": "true", "TURN_SERVER_URL": "turn.example", "TURN_SECRET": "north-of-the-wall",
				"NEW_SESSIONS_PER_ADDRESS": "0.001/1", "CREDENTIALS_PER_ADDRESS": "0.001/1",
			})
			before := strings.Count(s.Log.String(), "\n")
			flood(s)
			s.StopCleanly()
			text := s.Log.String()
			if n := strings.Count(text, "\n") - before; n > most {
				t.Errorf("%d lines, want at most %d:\n%s", n, most, fmt.Sprintf("%.2000s", text))
			}
		})
	}
}
