package main

import (
	"maps"
	"regexp"
	"slices"
	"strings"
	"testing"

	dto "github.com/prometheus/client_model/go"
	"github.com/prometheus/common/expfmt"
	"github.com/prometheus/common/model"

	"vidchat/internal/enginetest/dialer"
)

const metricsToken = "sixteen bytes!!!"

// scrape reads the metrics as Prometheus does.
func (r *running) scrape() (text string, families map[string]*dto.MetricFamily) {
	r.t.Helper()
	got := r.askAdmin("/metrics")
	parser := expfmt.NewTextParser(model.UTF8Validation)
	families, err := parser.TextToMetricFamilies(strings.NewReader(got.body))
	if err != nil || got.StatusCode != 200 {
		r.t.Fatalf("%s, which does not parse: %v", got.Status, err)
	}
	return got.body, families
}

// expectMetrics checks lines of the metrics.
func (r *running) expectMetrics(lines ...string) {
	r.t.Helper()
	text, _ := r.scrape()
	for _, line := range lines {
		if !strings.Contains(text, "\n"+line+"\n") {
			name, _, _ := strings.Cut(line, "{")
			r.t.Errorf("%s is not in the metrics, but\n%s", line, strings.Join(regexp.MustCompile(`(?m)^`+name+`.*`).FindAllString(text, -1), "\n"))
		}
	}
}

func TestMetrics(t *testing.T) {
	s := start(t, builtClient, nil)
	rooms := []string{"room-of-alice", "room-of-bob"}
	var secrets []string
	for _, version := range []int{3, 4} {
		for _, transport := range dialer.Transports {
			p := s.dial(version, transport)
			p.join(rooms[version%2])
			p.send(`2["unheard of",1]`)
			p.send(`2["message",{"room":"` + rooms[version%2] + `"}]`)
			secrets = append(secrets, p.SID, p.id)
		}
	}
	s.ask("GET", "/call?room="+rooms[0])
	s.ask("GET", "/"+rooms[1])
	s.ask("BREW", "/call")
	s.ask("GET", "/turn-server-config")
	s.expectMetrics(
		`vidchat_http_requests_total{method="GET",route="/call",status="2xx"} 1`,
		`vidchat_http_requests_total{method="GET",route="none",status="4xx"} 1`,
		`vidchat_http_requests_total{method="other",route="/call",status="4xx"} 1`,
		`vidchat_http_requests_total{method="GET",route="/socket.io/*",status="1xx"} 4`,
		`vidchat_turn_credentials_total{result="issued"} 1`,
		`vidchat_rooms 2`,
	)
	text, families := s.scrape()
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
			t.Errorf("the metrics tell %q", secret)
		}
	}
}

// Whatever clients do, the number of series stays what it is.
func TestMetricsAreBounded(t *testing.T) {
	s := start(t, builtClient, nil)
	provoke := func(word string) {
		s.ask("GET", "/"+word)
		s.ask("GET", "/assets/"+word)
		s.ask(word, "/call")
		s.ask("GET", "/socket.io/"+word+"?EIO="+word+"&transport="+word)
		s.ask("GET", handshake+"&sid="+word)
		p := s.dial(4, dialer.WebSocket)
		p.join(word)
		p.send(`2["` + word + `"]`)
		p.send(`0/` + word + `,`)
		p.next()
		p.Close()
	}
	provoke("FIRST")
	_, before := s.scrape()
	for _, word := range []string{"SECOND", "THIRD", "FOURTH"} {
		provoke(word)
	}
	_, after := s.scrape()
	for name, family := range after {
		if had := len(before[name].GetMetric()); strings.HasPrefix(name, "vidchat_") && len(family.GetMetric()) > had+1 {
			t.Errorf("%s has grown from %d series to %d", name, had, len(family.GetMetric()))
		}
	}
}

func TestMetricsOnTheMainListener(t *testing.T) {
	closed := start(t, builtClient, nil)
	open := start(t, builtClient, map[string]string{"METRICS_TOKEN": metricsToken})
	for _, tt := range []struct {
		name          string
		server        *running
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
			got := tt.server.ask("GET", "/metrics", "Authorization", tt.authorization)
			if got.StatusCode != tt.status || strings.Contains(got.body, "go_goroutines") != (tt.status == 200) {
				t.Errorf("%s, %.80q", got.Status, got.body)
			}
			expectHeader(t, got, "Cache-Control", "no-store")
			expectHeader(t, got, "WWW-Authenticate", map[int]string{401: "Bearer"}[tt.status])
		})
	}
	if log := open.log.String(); strings.Contains(log, metricsToken) {
		t.Errorf("the token is in the log:\n%s", log)
	}
}

func TestProfilesAreForOperatorsOnly(t *testing.T) {
	t.Parallel() // it takes a while beside others that wait
	s := start(t, builtClient, map[string]string{"METRICS_TOKEN": metricsToken})
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
		if got := s.askAdmin(path); got.StatusCode != 200 || !strings.Contains(got.body, pages[path]) {
			t.Errorf("%s on ADMIN_ADDR: %s, %.80q", path, got.Status, got.body)
		}
		if got := s.ask("GET", path, "Authorization", "Bearer "+metricsToken); got.StatusCode != 404 {
			t.Errorf("%s for everybody: %s", path, got.Status)
		}
	}
	for _, path := range []string{"/", "/call", handshake, "/turn-server-config"} {
		if got := s.askAdmin(path); got.StatusCode != 404 {
			t.Errorf("%s on ADMIN_ADDR: %s", path, got.Status)
		}
	}
}

func TestHealthAndReadiness(t *testing.T) {
	s := start(t, builtClient, nil)
	for path, want := range map[string]string{"/healthz": "ok", "/readyz": "ready"} {
		for where, got := range map[string]answer{"main": s.ask("GET", path), "admin": s.askAdmin(path)} {
			if got.StatusCode != 200 || got.body != want {
				t.Errorf("%s of %s: %s, %q", path, where, got.Status, got.body)
			}
			expectHeader(t, got, "Cache-Control", "no-store")
		}
	}
}
