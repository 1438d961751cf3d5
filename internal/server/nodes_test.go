package server_test

import (
	"fmt"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"vidchat/internal/enginetest/balancer"
	"vidchat/internal/enginetest/redis"
	"vidchat/internal/enginetest/wait"
	"vidchat/internal/servertest"
)

// startNodes starts servers that share a Redis.
func startNodes(t *testing.T, count int) (*redis.Server, []*servertest.Server) {
	t.Helper()
	shared := redis.Start(t)
	var nodes []*servertest.Server
	for range count {
		nodes = append(nodes, servertest.Start(t, map[string]string{
			"REDIS_URL": shared.URL(), "CLUSTER_SECRET": "a secret of at least sixteen bytes", "TRUST_PROXY": "true",
		}))
	}
	for _, node := range nodes {
		wait.Until(t, "the nodes see each other", func() bool {
			return strings.Contains(node.Admin.Ask("GET", "/metrics").Text, fmt.Sprintf("\nvidchat_cluster_nodes %d\n", count))
		})
	}
	return shared, nodes
}

// others starts a balancer that takes handshakes to the first node, and all other
// requests to the others.
func others(t *testing.T, nodes []*servertest.Server) *balancer.Balancer {
	t.Helper()
	var urls []string
	for _, node := range nodes[1:] {
		urls = append(urls, node.URL)
	}
	return balancer.Start(t, nodes[0].URL, urls...)
}

// Clients need no affinity: every request of a session may reach another node than
// the one that has the session, and a WebSocket too.
func TestRequestsReachTheirNode(t *testing.T) {
	t.Parallel() // it mostly waits
	_, nodes := startNodes(t, 3)
	b := others(t, nodes)
	for _, version := range []int{3, 4} {
		for _, transport := range []string{servertest.Polling, "upgrade"} {
			t.Run(fmt.Sprintf("EIO %d, %s", version, transport), func(t *testing.T) {
				room := fmt.Sprintf("room-%d-%s", version, transport)
				first := servertest.Dial(t, b.URL, version, transport)
				first.Join(room)
				second := servertest.Dial(t, b.URL, version, transport)
				second.Join(room)
				first.ExpectPrefix(`2["join"`)
				for i := range 20 {
					message := fmt.Sprintf(`2["message",{"n":%d,"room":%q,"filler":%q}`, i, room, strings.Repeat("é", 3000))
					first.MustSend(message + "]")
					second.ExpectPrefix(message)
					second.MustSend(message + "]")
					first.ExpectPrefix(message)
				}
				first.Close()
				second.ExpectPrefix(`2["bye"`)
			})
		}
	}
	wantDocumentedMetrics(t, nodes)
	for _, want := range []string{`vidchat_forwarded_requests_total{kind="get",result="answered"}`, `vidchat_forwarded_requests_total{kind="websocket",result="upgraded"}`} {
		if !slices.ContainsFunc(nodes[1:], func(node *servertest.Server) bool {
			text := node.Admin.Ask("GET", "/metrics").Text
			return strings.Contains(text, want) && !strings.Contains(text, want+" 0\n")
		}) {
			t.Errorf("no %s", want)
		}
	}
}

// wantDocumentedMetrics expects the nodes to have the metrics that docs/cluster.md names.
func wantDocumentedMetrics(t *testing.T, nodes []*servertest.Server) {
	t.Helper()
	page, err := os.ReadFile("../../docs/cluster.md")
	if err != nil {
		t.Fatal(err)
	}
	names := regexp.MustCompile("`vidchat_[a-z_]+`").FindAllString(string(page), -1)
	if len(names) < 8 {
		t.Errorf("the page names only %q", names)
	}
	var text strings.Builder
	for _, node := range nodes {
		text.WriteString(node.Admin.Ask("GET", "/metrics").Text)
	}
	for _, name := range names {
		if name = strings.Trim(name, "`"); !strings.Contains(text.String(), "# TYPE "+name+" ") {
			t.Errorf("no metric %s", name)
		}
	}
}

// A session whose node is gone is unknown, as it is after a restart.
func TestRequestsForALostNode(t *testing.T) {
	t.Parallel() // it mostly waits
	_, nodes := startNodes(t, 2)
	sid := func() string {
		_, rest, _ := strings.Cut(nodes[0].Ask("GET", servertest.Handshake).Text, `"sid":"`)
		sid, _, _ := strings.Cut(rest, `"`)
		return sid
	}()
	path := servertest.Handshake + "&sid=" + sid
	if got := nodes[1].Send("POST", path, "40"); got.Text != "ok" {
		t.Fatalf("the other node answered %s, %q", got.Status, got.Text)
	}
	if got := nodes[1].Ask("GET", path); !strings.HasPrefix(got.Text, "40") {
		t.Fatalf("the other node answered %s, %q", got.Status, got.Text)
	}
	if got := nodes[1].Send("POST", path, strings.Repeat("x", 70_000)); got.StatusCode != 413 {
		t.Errorf("a body that is too large: %s, %q", got.Status, got.Text)
	}
	if got := nodes[1].Ask("GET", path, "Origin", "https://evil.example"); got.StatusCode != 403 {
		t.Errorf("a page of another site: %s", got.Status)
	}
	nodes[0].StopCleanly()
	if got := nodes[1].Ask("GET", path); got.StatusCode != 400 || !strings.Contains(got.Text, "Session ID unknown") {
		t.Errorf("after the end of its node: %s, %q", got.Status, got.Text)
	}
}

// A poll that waits at a node that stops is answered by the one that has the session.
func TestTheEndLetsPollsGoToOtherNodes(t *testing.T) {
	t.Parallel() // it mostly waits
	_, nodes := startNodes(t, 2)
	_, rest, _ := strings.Cut(nodes[0].Ask("GET", servertest.Handshake).Text, `"sid":"`)
	sid, _, _ := strings.Cut(rest, `"`)
	path := servertest.Handshake + "&sid=" + sid
	polled := make(chan servertest.Answer, 1)
	go func() {
		defer close(polled)
		polled <- nodes[1].Ask("GET", path)
	}()
	wait.Until(t, "the poll is forwarded", func() bool {
		return strings.Contains(nodes[0].Admin.Ask("GET", "/metrics").Text, "\nvidchat_forwarded_open 1\n")
	})
	nodes[1].StopCleanly()
	if got := <-polled; got.StatusCode != 200 || got.Text != "6" {
		t.Errorf("the poll got %s, %q", got.Status, got.Text)
	}
	if got := nodes[0].Send("POST", path, "40"); got.Text != "ok" {
		t.Errorf("the session has ended: %s, %q", got.Status, got.Text)
	}
}

func TestReadinessTellsOfRedis(t *testing.T) {
	shared := redis.Start(t)
	shared.Kill()
	s := servertest.Start(t, map[string]string{"REDIS_URL": shared.URL(), "CLUSTER_SECRET": "a secret of at least sixteen bytes"})
	wait.Until(t, "the node says why it waits", func() bool {
		got := s.Ask("GET", "/readyz")
		return got.StatusCode == 503 && strings.Contains(got.Text, "nothing listens at the host and port of REDIS_URL")
	})
	shared.StartAgain()
	wait.Until(t, "the node is ready", func() bool { got := s.Ask("GET", "/readyz"); return got.StatusCode == 200 && got.Text == "ready" })
	s.StopCleanly() // the log is whole only then
	if log := s.Log.String(); strings.Contains(log, "at least sixteen") {
		t.Error("the log has the secret")
	}
}
