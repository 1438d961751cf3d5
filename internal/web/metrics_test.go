package web_test

import (
	"maps"
	"regexp"
	"slices"
	"strings"
	"testing"

	dto "github.com/prometheus/client_model/go"
	"github.com/prometheus/common/expfmt"
	"github.com/prometheus/common/model"

	"vidchat/internal/servertest"
)

const metricsToken = "sixteen bytes!!!"

// scrape reads the metrics as Prometheus does.
func scrape(t *testing.T, s *servertest.Server) (text string, families map[string]*dto.MetricFamily) {
	t.Helper()
	got := s.Admin.Ask("GET", "/metrics")
	parser := expfmt.NewTextParser(model.UTF8Validation)
	families, err := parser.TextToMetricFamilies(strings.NewReader(got.Text))
	if err != nil || got.StatusCode != 200 {
		t.Fatalf("%s, which does not parse: %v", got.Status, err)
	}
	return got.Text, families
}

// expectMetrics checks lines of the metrics.
func expectMetrics(t *testing.T, s *servertest.Server, lines ...string) {
	t.Helper()
	text, _ := scrape(t, s)
	for _, line := range lines {
		if !strings.Contains(text, "\n"+line+"\n") {
			name, _, _ := strings.Cut(line, "{")
			t.Errorf("%s is not in the metrics, but\n%s", line, strings.Join(regexp.MustCompile(`(?m)^`+name+`.*`).FindAllString(text, -1), "\n"))
		}
	}
}

// Labels are for programs: no prose, which changes.
func TestLabelsAreCodes(t *testing.T) {
	s := servertest.Start(t, map[string]string{"TRUST_PROXY": "true", "SESSIONS_PER_ADDRESS": "1"})
	p := s.Dial(3, servertest.WebSocket)
	p.MustSend(`2["unheard of",1]`)
	p.MustSend(`0/other,`)
	p.Next() // so the one before was handled too
	p.Close()
	for _, query := range []string{"transport=pigeon", "EIO=4&transport=polling&sid=none", "EIO=9&transport=polling", "EIO=3&transport=polling&j=1"} {
		s.Ask("GET", "/socket.io/?"+query)
	}
	s.Ask("GET", servertest.Handshake, "Origin", "https://evil.example")
	for range 2 {
		s.Ask("GET", servertest.Handshake, servertest.BehindProxy("192.0.2.1")...)
	}
	_, families := scrape(t, s)
	code, reasons := regexp.MustCompile(`^[a-z0-9_]+$`), 0
	for name, family := range families {
		for _, metric := range family.Metric {
			for _, label := range metric.Label {
				if label.GetName() != "reason" && label.GetName() != "result" {
					continue
				}
				if reasons++; !code.MatchString(label.GetValue()) {
					t.Errorf("%s has the label %q", name, label.GetValue())
				}
			}
		}
	}
	if reasons < 8 {
		t.Errorf("only %d reasons and results were counted", reasons)
	}
}

func TestMetrics(t *testing.T) {
	s := servertest.Start(t, nil)
	rooms := []string{"room-of-alice", "room-of-bob"}
	var secrets []string
	for _, version := range []int{3, 4} {
		for _, transport := range servertest.Transports {
			p := s.Dial(version, transport)
			p.Join(rooms[version%2])
			p.MustSend(`2["unheard of",1]`)
			p.MustSend(`2["message",{"room":"` + rooms[version%2] + `"}]`)
			secrets = append(secrets, p.SID, p.ID)
		}
	}
	s.Ask("GET", "/call?room="+rooms[0])
	s.Ask("GET", "/"+rooms[1])
	s.Ask("BREW", "/call")
	s.Ask("GET", "/turn-server-config")
	expectMetrics(t, s,
		`vidchat_http_requests_total{method="GET",route="/call",status="2xx"} 1`,
		`vidchat_http_requests_total{method="GET",route="none",status="4xx"} 1`,
		`vidchat_http_requests_total{method="other",route="/call",status="4xx"} 1`,
		`vidchat_http_requests_total{method="GET",route="/socket.io/*",status="1xx"} 4`,
		`vidchat_turn_credentials_total{result="no_turn"} 1`,
		`vidchat_rooms 2`,
	)
	text, families := scrape(t, s)
	for _, name := range []string{
		"go_goroutines", "go_build_info", "process_resident_memory_bytes", "process_open_fds",
		"vidchat_sessions", "vidchat_joins_total", "vidchat_relay_seconds", "vidchat_packets_refused_total",
	} {
		if families[name] == nil {
			t.Errorf("%s is missing", name)
		}
	}
	for _, secret := range slices.Concat(secrets, rooms, []string{"127.0.0.1", "unheard of"}) {
		if strings.Contains(text, secret) {
			t.Errorf("the metrics show %q", secret)
		}
	}
}

// Whatever clients do, the number of series stays what it is.
func TestMetricsAreBounded(t *testing.T) {
	s := servertest.Start(t, nil)
	provoke := func(word string) {
		s.Ask("GET", "/"+word)
		s.Ask("GET", "/assets/"+word)
		s.Ask(word, "/call")
		s.Ask("GET", "/socket.io/"+word+"?EIO="+word+"&transport="+word)
		s.Ask("GET", servertest.Handshake+"&sid="+word)
		p := s.Dial(4, servertest.WebSocket)
		p.Join(word)
		p.MustSend(`2["` + word + `"]`)
		p.MustSend(`0/` + word + `,`)
		p.Next()
		p.Close()
	}
	provoke("FIRST")
	_, before := scrape(t, s)
	for _, word := range []string{"SECOND", "THIRD", "FOURTH"} {
		provoke(word)
	}
	_, after := scrape(t, s)
	for name, family := range after {
		if had := len(before[name].GetMetric()); strings.HasPrefix(name, "vidchat_") && len(family.GetMetric()) > had+1 {
			t.Errorf("%s has grown from %d series to %d", name, had, len(family.GetMetric()))
		}
	}
}

func TestMetricsOnTheMainListener(t *testing.T) {
	closed := servertest.Start(t, nil)
	open := servertest.Start(t, map[string]string{"METRICS_TOKEN": metricsToken})
	for _, tt := range []struct {
		name          string
		server        *servertest.Server
		authorization string
		status        int
	}{
		{"no token set", closed, "", 404},
		{"no token set, one given", closed, "Bearer " + metricsToken, 404},
		{"nothing given", open, "", 401},
		{"an empty token", open, "Bearer ", 401},
		{"a wrong token", open, "Bearer sixteen bytes??!", 401},
		{"the beginning of it", open, "Bearer sixteen", 401},
		{"another scheme", open, "Basic " + metricsToken, 401},
		{"the token", open, "Bearer " + metricsToken, 200},
		{"the token, in another spelling", open, "bearer  " + metricsToken, 200},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got := tt.server.Ask("GET", "/metrics", "Authorization", tt.authorization)
			if got.StatusCode != tt.status || strings.Contains(got.Text, "go_goroutines") != (tt.status == 200) {
				t.Errorf("%s, %.80q", got.Status, got.Text)
			}
			expectHeader(t, got, "Cache-Control", "no-store")
			expectHeader(t, got, "WWW-Authenticate", map[int]string{401: "Bearer"}[tt.status])
		})
	}
	open.StopCleanly() // the log is whole only then
	if log := open.Log.String(); strings.Contains(log, metricsToken) {
		t.Errorf("the token is in the log:\n%s", log)
	}
}

func TestProfilesAreForOperatorsOnly(t *testing.T) {
	t.Parallel() // it takes a while beside others that wait
	s := servertest.Start(t, map[string]string{"METRICS_TOKEN": metricsToken})
	pages := map[string]string{
		"/debug/pprof/":                   "goroutine",
		"/debug/pprof/goroutine?debug=1":  "goroutine profile",
		"/debug/pprof/heap?debug=1":       "heap profile",
		"/debug/pprof/cmdline":            "",
		"/debug/pprof/profile?seconds=1":  "",
		"/debug/pprof/trace?seconds=0.01": "go 1.",
		"/debug/pprof/symbol":             "num_symbols",
	}
	for _, path := range slices.Sorted(maps.Keys(pages)) {
		if got := s.Admin.Ask("GET", path); got.StatusCode != 200 || !strings.Contains(got.Text, pages[path]) {
			t.Errorf("%s on ADMIN_ADDR: %s, %.80q", path, got.Status, got.Text)
		}
		if got := s.Ask("GET", path, "Authorization", "Bearer "+metricsToken); got.StatusCode != 404 {
			t.Errorf("%s for everybody: %s", path, got.Status)
		}
	}
	for _, path := range []string{"/", "/call", servertest.Handshake, "/turn-server-config"} {
		if got := s.Admin.Ask("GET", path); got.StatusCode != 404 {
			t.Errorf("%s on ADMIN_ADDR: %s", path, got.Status)
		}
	}
}

func TestHealthAndReadiness(t *testing.T) {
	s := servertest.Start(t, nil)
	for path, want := range map[string]string{"/healthz": "ok", "/readyz": "ready"} {
		for where, got := range map[string]servertest.Answer{"main": s.Ask("GET", path), "admin": s.Admin.Ask("GET", path)} {
			if got.StatusCode != 200 || got.Text != want {
				t.Errorf("%s of %s: %s, %q", path, where, got.Status, got.Text)
			}
			expectHeader(t, got, "Cache-Control", "no-store")
		}
	}
}
