package check

import (
	"strings"
	"testing"

	"vidchat/internal/config"
	"vidchat/internal/enginetest/redis"
	"vidchat/internal/enginetest/testcert"
	"vidchat/internal/enginetest/wait"
)

func certificate(t *testing.T) (testing.TB, string, string) {
	certFile, keyFile := testcert.New(t, "redis.test").Write(t, t.TempDir())
	return t, certFile, keyFile
}

func TestCheckLooksAtRedis(t *testing.T) {
	server := redis.Start(t, "--requirepass", "north")
	url := "redis://:north@" + server.Address()
	insecure := false
	look := func(url string) []Result {
		k := &checker{config: config.Config{Cluster: config.Cluster{RedisURL: url, Secret: "sixteen bytes!!!", Prefix: "x:", InsecureTLS: insecure}}}
		k.redis(wait.Context(t))
		return k.results
	}
	expect := func(url string, status Status, text string) {
		t.Helper()
		got := look(url)
		if len(got) != 1 || got[0].Status != status || !strings.Contains(got[0].Text, text) || strings.Contains(got[0].Text, "127.0.0.1") {
			t.Errorf("got %+v, want %s: …%s…", got, status, text)
		}
	}
	expect(url, OK, "it answers")
	secure := redis.StartTLS(certificate(t))
	expect(secure, Problem, "set REDIS_TLS_INSECURE=true to accept any")
	insecure = true
	expect(secure, OK, "it answers")
	expect("redis://:south@"+server.Address(), Problem, "refuses the user or the password")
	expect("redis://"+server.Address(), Problem, "refuses the user or the password")
	expect("redis://h.invalid:1", Problem, "the host of REDIS_URL has no address")
	server.Kill()
	expect(url, Problem, "nothing listens")
	if got := (&checker{}).results; len(got) != 0 {
		t.Errorf("alone: %+v", got)
	}
}
