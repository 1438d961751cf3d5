package server_test

import (
	"regexp"
	"strings"
	"testing"

	"vidchat/internal/servertest"
)

func TestTheLogHasAURLToClick(t *testing.T) {
	for host, want := range map[string]string{"": "localhost", "127.0.0.1": "localhost", "0.0.0.0": "localhost", "localhost": "localhost"} {
		s := servertest.Start(t, map[string]string{"HOST": host})
		s.StopCleanly()
		url := regexp.MustCompile(`"url":"http://([^:]+):\d+/".*"message":"listening"`).FindStringSubmatch(s.Log.String())
		if url == nil || url[1] != want {
			t.Errorf("HOST=%s: found %q in %s", host, url, s.Log)
		}
	}
}

func TestQuotesAroundASecretAreTold(t *testing.T) {
	for secret, want := range map[string]bool{`"north of the wall"`: true, `'north of the wall'`: true, `north "of" the wall`: false} {
		s := servertest.Start(t, map[string]string{"TURN_SERVER_URL": "t.example", "TURN_SECRET": secret})
		s.StopCleanly()
		if got := strings.Contains(s.Log.String(), "TURN_SECRET has quotes around it"); got != want {
			t.Errorf("%s: told is %v", secret, got)
		}
	}
}
