package signaling

import (
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"vidchat/internal/engineio"
	"vidchat/internal/enginetest/dialer"
	"vidchat/internal/enginetest/socketkind"
)

// errorResponses have the wording of Node. In a query, POLLING and WEBSOCKET are the ids of
// sessions.
var errorResponses = []struct {
	name, method, query string
	headers             []string
	status              int
	body                string
}{
	{"no transport", "GET", "EIO=4", nil, 400, `{"code":0,"message":"Transport unknown"}`},
	{"unknown transport", "GET", "EIO=4&transport=flashsocket", nil, 400, `{"code":0,"message":"Transport unknown"}`},
	{"a transport named like a JavaScript property", "GET", "EIO=4&transport=constructor", nil, 400, `{"code":0,"message":"Transport unknown"}`},
	{"unknown session", "GET", "EIO=4&transport=polling&sid=none", nil, 400, `{"code":1,"message":"Session ID unknown"}`},
	{"post to an unknown session", "POST", "EIO=3&transport=polling&sid=none", []string{"Content-Length: 0"}, 400, `{"code":1,"message":"Session ID unknown"}`},
	{"WebSocket of an unknown session", "GET", "EIO=3&transport=websocket&sid=none", upgradeHeaders, 400, `{"code":1,"message":"Session ID unknown"}`},
	{"handshake by POST", "POST", "EIO=4&transport=polling", []string{"Content-Length: 0"}, 400, `{"code":2,"message":"Bad handshake method"}`},
	{"handshake by DELETE", "DELETE", "EIO=3&transport=polling", nil, 400, `{"code":2,"message":"Bad handshake method"}`},
	{"PUT to a session", "PUT", "EIO=4&transport=polling&sid=POLLING", []string{"Content-Length: 0"}, 400, `{"code":3,"message":"Bad request"}`},
	{"poll of a WebSocket", "GET", "EIO=4&transport=polling&sid=WEBSOCKET", nil, 400, `{"code":3,"message":"Bad request"}`},
	{"WebSocket without upgrade", "GET", "EIO=4&transport=websocket", nil, 400, `{"code":3,"message":"Bad request"}`},
	{"WebSocket without key", "GET", "EIO=4&transport=websocket", upgradeHeaders[:3], 400, `{"code":3,"message":"Bad request"}`},
	{"WebSocket of an old version", "GET", "EIO=4&transport=websocket", []string{upgradeHeaders[0], upgradeHeaders[1], "Sec-WebSocket-Version: 8", upgradeHeaders[3]}, 400, `{"code":3,"message":"Bad request"}`},
	{"a poll with a body", "GET", "EIO=4&transport=polling&sid=POLLING", []string{"Content-Length: 5"}, 400, `{"code":3,"message":"Bad request"}`},
	{"JSONP", "GET", "EIO=3&transport=polling&j=0", nil, 400, `{"code":3,"message":"Bad request: JSONP is not supported, use XHR polling or WebSocket"}`},
	{"JSONP with a script in it", "GET", "EIO=3&transport=polling&j=alert(1)", nil, 400, `{"code":3,"message":"Bad request: JSONP is not supported, use XHR polling or WebSocket"}`},
	{"version 2", "GET", "EIO=2&transport=polling", nil, 400, `{"code":5,"message":"Unsupported protocol version"}`},
	{"version 5", "GET", "EIO=5&transport=websocket", upgradeHeaders, 400, `{"code":5,"message":"Unsupported protocol version"}`},
	{"another origin", "GET", "EIO=4&transport=polling", []string{"Origin: http://evil.example"}, 403, `{"code":4,"message":"Forbidden: the page is \"evil\""}`},
	{"another origin, WebSocket", "GET", "EIO=4&transport=websocket", append(upgradeHeaders, "Origin: http://evil.example"), 403, `{"code":4,"message":"Forbidden: the page is \"evil\""}`},
	{"another origin, existing session", "GET", "EIO=4&transport=polling&sid=POLLING", []string{"Origin: http://evil.example"}, 403, `{"code":4,"message":"Forbidden: the page is \"evil\""}`},
	{"another origin, preflight", "OPTIONS", "EIO=4&transport=polling", []string{"Origin: http://evil.example"}, 403, `{"code":4,"message":"Forbidden: the page is \"evil\""}`},
}

func TestErrorResponses(t *testing.T) {
	h := start(t, engineio.Config{CheckOrigin: func(r *http.Request) error {
		if r.Header.Get("Origin") == "http://evil.example" {
			return errors.New(`the page is "evil"`)
		}
		return nil
	}})
	p := h.dial(4, dialer.WebSocket)
	sessions := strings.NewReplacer("POLLING", h.handshake(4), "WEBSOCKET", p.SID)
	for _, test := range errorResponses {
		t.Run(test.name, func(t *testing.T) {
			w := h.forTest(t).openRaw()
			w.request(test.method, sessions.Replace(test.query), test.headers...)
			resp, body := w.response()
			if resp.StatusCode != test.status || body != test.body {
				t.Errorf("got %d %s", resp.StatusCode, body)
			}
			if got := resp.Header.Get("Content-Type"); got != "application/json" {
				t.Errorf("Content-Type is %q", got)
			}
			if origin := resp.Header.Get("Access-Control-Allow-Origin"); test.status == http.StatusForbidden && origin != "" {
				t.Errorf("the response may be read by %q", origin)
			}
		})
	}
	p.ExpectNothing()
	h.expectAlive()
}

// By default, only pages of the same host may connect.
func TestSameOrigin(t *testing.T) {
	h := start(t, engineio.Config{})
	host := h.address()
	for origin, want := range map[string]int{
		"": 200, "http://" + host: 200, "https://" + host: 200,
		"http://other.example": 403, "null": 403, "http://" + host + ".evil.example": 403, "http://evil.example/" + host: 403, "%": 403,
	} {
		var headers []string
		if origin != "" {
			headers = append(headers, "Origin: "+origin)
		}
		w := h.openRaw()
		w.request(http.MethodGet, "EIO=4&transport=polling", headers...)
		if resp, _ := w.response(); resp.StatusCode != want {
			t.Errorf("%q: got %d, want %d", origin, resp.StatusCode, want)
		}
	}
}

// The headers of responses to a browser.
func TestHeaders(t *testing.T) {
	h := start(t, engineio.Config{CheckOrigin: func(*http.Request) error { return nil }})
	session := h.query(3, h.handshake(3))
	tests := []struct {
		name, method, query, body, origin string
		want                              map[string]string
	}{
		{"handshake 3", "GET", "EIO=3&transport=polling", "", "", map[string]string{
			"Content-Type": "text/plain; charset=UTF-8", "Access-Control-Allow-Origin": "*", "Cache-Control": "no-store",
			"Access-Control-Allow-Credentials": ""}},
		{"handshake 4", "GET", "EIO=4&transport=polling", "", "http://a.example", map[string]string{
			"Content-Type": "text/plain; charset=UTF-8", "Access-Control-Allow-Origin": "http://a.example",
			"Access-Control-Allow-Credentials": "true", "Vary": "Origin", "Set-Cookie": ""}},
		{"post", "POST", session, "1:6", "http://a.example", map[string]string{
			"Content-Type": "text/html", "Access-Control-Allow-Origin": "http://a.example", "Set-Cookie": ""}},
		{"error", "GET", "EIO=4", "", "http://a.example", map[string]string{"Access-Control-Allow-Origin": "http://a.example"}},
		{"preflight", "OPTIONS", session, "", "http://a.example", map[string]string{
			"Access-Control-Allow-Origin": "http://a.example", "Access-Control-Allow-Methods": "GET, POST",
			"Access-Control-Allow-Headers": "Content-Type", "Access-Control-Allow-Credentials": "true"}},
		{"preflight of extra headers", "OPTIONS", session + "&asked", "", "http://a.example", map[string]string{
			"Access-Control-Allow-Origin": "http://a.example", "Access-Control-Allow-Headers": "authorization, x-app"}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			w := h.forTest(t).openRaw()
			headers := []string{fmt.Sprintf("Content-Length: %d", len(test.body))}
			if test.origin != "" {
				headers = append(headers, "Origin: "+test.origin)
			}
			if strings.HasSuffix(test.query, "&asked") {
				headers = append(headers, "Access-Control-Request-Headers: authorization", "Access-Control-Request-Headers: x-app")
			}
			w.request(test.method, test.query, headers...)
			w.send([]byte(test.body))
			resp, body := w.response()
			for name, want := range test.want {
				if got := resp.Header.Get(name); got != want {
					t.Errorf("%s is %q, want %q (%d %s)", name, got, want, resp.StatusCode, body)
				}
			}
		})
	}
}

// The first response sets engine.io 3's cookie and, in that version, has the namespace's
// CONNECT packet after the OPEN packet.
func TestFirstResponse(t *testing.T) {
	h := start(t, engineio.Config{PingInterval: 25 * time.Second})
	w := h.openRaw()
	w.request(http.MethodGet, "EIO=3&transport=polling")
	resp, body := w.response()
	cookie := resp.Cookies()
	if len(cookie) != 1 || cookie[0].Name != "io" {
		t.Fatalf("cookies: %v", cookie)
	}
	sid := cookie[0].Value
	attributes := "; Path=/; HttpOnly; SameSite=Strict"
	if socketkind.OverTLS() {
		attributes = "; Path=/; HttpOnly; Secure; SameSite=Strict"
	}
	if got, want := resp.Header.Get("Set-Cookie"), "io="+sid+attributes; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	if want := `96:0{"sid":"` + sid + `","upgrades":["websocket"],"pingInterval":25000,"pingTimeout":5000}2:40`; body != want {
		t.Errorf("got %s, want %s", body, want)
	}

	w = h.openRaw()
	w.request(http.MethodGet, "EIO=4&transport=polling")
	_, body = w.response()
	if len(body) < 30 {
		t.Fatalf("got %s", body)
	}
	want := `0{"sid":"` + body[9:29] + `","upgrades":["websocket"],"pingInterval":25000,"pingTimeout":20000,"maxPayload":65536}`
	if body != want {
		t.Errorf("got %s, want %s", body, want)
	}
	for version, want := range map[int]string{
		3: `","upgrades":[],"pingInterval":25000,"pingTimeout":5000}`,
		4: `","upgrades":[],"pingInterval":25000,"pingTimeout":20000,"maxPayload":65536}`,
	} {
		if _, got := h.openWebSocket(version, "").readFrame(); !strings.HasSuffix(got, want) {
			t.Errorf("EIO %d over WebSocket: %s", version, got)
		}
	}
}

// Session ids are long, random and secret. The id that other members see gives no access.
func TestSessionIDsAreSecret(t *testing.T) {
	h := start(t, engineio.Config{})
	seen := make(map[string]bool)
	for range 20 {
		a, b := h.dial(3, dialer.Polling), h.dial(4, dialer.WebSocket)
		a.Join(a.SID)
		b.Join(a.SID)
		a.Expect(event("join", a.SID))
		a.MustSend(`2["message",1]`)
		public := senderOf(t, b.Next(), "1")
		for _, id := range []string{a.SID, b.SID, b.ID, public} {
			if len(id) < 20 || seen[id] {
				t.Fatalf("%q is short or repeated", id)
			}
			seen[id] = true
		}
		for _, id := range []string{public, b.ID} {
			if status := h.status(http.MethodGet, "?"+h.query(4, id)); status != http.StatusBadRequest {
				t.Errorf("a public id gives access to a session: %d", status)
			}
		}
		a.Close()
		b.Close()
	}
}
