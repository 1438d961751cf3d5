package web_test

import (
	"strings"
	"testing"

	"vidchat/internal/servertest"
)

// An operator who forgets TRUST_PROXY is told, once.
func TestAnUntrustedProxyIsTold(t *testing.T) {
	for trust, want := range map[string]int{"false": 1, "true": 0, "127.0.0.0/8": 0} {
		s := servertest.Start(t, map[string]string{"TRUST_PROXY": trust})
		s.Ask("GET", "/healthz")
		if strings.Contains(s.Log.String(), "set TRUST_PROXY") {
			t.Errorf("TRUST_PROXY=%s: it warns without a proxy", trust)
		}
		for range 3 {
			s.Ask("GET", "/healthz", servertest.BehindProxy("192.0.2.1")...)
		}
		s.StopCleanly()
		if got := strings.Count(s.Log.String(), "set TRUST_PROXY"); got != want {
			t.Errorf("TRUST_PROXY=%s: it warns %d times, want %d", trust, got, want)
		}
	}
}
