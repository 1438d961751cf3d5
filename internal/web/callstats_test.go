package web_test

import (
	"io"
	"net/http"
	"strings"
	"testing"

	"vidchat/internal/servertest"
)

// post sends a body as a page does.
func post(t *testing.T, s *servertest.Server, path, body string, headers ...string) *http.Response {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, s.URL+path, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	for i := 0; i < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	got, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := io.Copy(io.Discard, got.Body); err != nil {
		t.Fatal(err)
	}
	if err := got.Body.Close(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(http.DefaultClient.CloseIdleConnections)
	return got
}

const callReport = `{"result":"connected","path":"direct","firstFrame":420,"restarts":2}`

func TestCallStatsAreOffByDefault(t *testing.T) {
	s := servertest.Start(t, nil)
	if got := post(t, s, "/call-stats", callReport); got.StatusCode != 404 {
		t.Errorf("a report got %s", got.Status)
	}
	if got := s.Ask("GET", "/turn-server-config").Text; strings.Contains(got, "callStats") {
		t.Errorf("a page is asked to report: %s", got)
	}
	if text, _ := scrape(t, s); strings.Contains(text, "vidchat_call_") {
		t.Error("there are metrics of calls")
	}
}

func TestCallStats(t *testing.T) {
	s := servertest.Start(t, map[string]string{"CALL_STATS": "on", "TRUST_PROXY": "true"})
	if got := s.Ask("GET", "/turn-server-config").Text; !strings.Contains(got, `"callStats":true`) {
		t.Errorf("no page is asked to report: %s", got)
	}
	for _, tt := range []struct {
		name, body string
		headers    []string
		status     int
	}{
		{"connected", callReport, []string{"Origin", s.URL}, 204},
		{"not connected", `{"result":"failed","path":"unknown"}`, nil, 204},
		{"of another site", callReport, []string{"Origin", "https://evil.example"}, 403},
		{"no JSON", "connected", nil, 400},
		{"nothing", "", nil, 400},
		{"an unknown result", `{"result":"Ann","path":"direct"}`, nil, 400},
		{"an unknown path", `{"result":"left","path":"192.0.2.1"}`, nil, 400},
		{"negative", `{"result":"connected","path":"direct","firstFrame":-1}`, nil, 400},
		{"too late", `{"result":"connected","path":"direct","firstFrame":120001}`, nil, 400},
		{"too many restarts", `{"result":"connected","path":"direct","restarts":1001}`, nil, 400},
		{"no number", `{"result":"connected","path":"direct","firstFrame":"1"}`, nil, 400},
		{"too long", callReport + strings.Repeat(" ", 512), nil, 400},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := post(t, s, "/call-stats", tt.body, tt.headers...); got.StatusCode != tt.status {
				t.Errorf("got %s, want %d", got.Status, tt.status)
			}
		})
	}
	expectMetrics(t, s,
		`vidchat_call_connections_total{path="direct",result="connected"} 1`,
		`vidchat_call_connections_total{path="unknown",result="failed"} 1`,
		`vidchat_call_first_frame_seconds_bucket{path="direct",le="0.5"} 1`,
		`vidchat_call_first_frame_seconds_count{path="direct"} 1`,
		`vidchat_call_restarts_total 2`,
		`vidchat_call_reports_refused_total{reason="forbidden"} 1`,
		`vidchat_call_reports_refused_total{reason="invalid"} 9`)
}

func TestCallStatsOfOneAddressAreLimited(t *testing.T) {
	s := servertest.Start(t, map[string]string{"CALL_STATS": "on", "TRUST_PROXY": "true"})
	refused := 0
	for range 130 {
		got := post(t, s, "/call-stats", callReport, servertest.BehindProxy("192.0.2.1")...)
		if got.StatusCode == 429 {
			refused++
		}
	}
	if refused == 0 {
		t.Error("130 reports at once of one address were all counted")
	}
	if got := post(t, s, "/call-stats", callReport, servertest.BehindProxy("192.0.2.2")...); got.StatusCode != 204 {
		t.Errorf("another address got %s", got.Status)
	}
}
