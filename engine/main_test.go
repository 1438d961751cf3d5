package engine

import (
	"context"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/googollee/go-socket.io/engineio"
	"github.com/rs/zerolog"
	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// patience bounds every wait of a test.
const patience = 5 * time.Second

// quiet is an engine's configuration that logs nothing.
func quiet(cfg Config) Config {
	cfg.Log = zerolog.Nop()
	return cfg
}

// serve runs an engine with go-socket.io's sessions on it, which handle takes
// one by one, until the test ends.
func serve(t *testing.T, cfg Config, handle func(engineio.Conn)) (*Engine, string) {
	t.Helper()
	e := New(quiet(cfg))
	library := engineio.NewServer(e.Options())
	e.Attach(library)
	go func() {
		for {
			conn, err := library.Accept()
			if err != nil {
				return
			}
			go func() {
				defer library.Remove(conn.ID())
				handle(conn)
			}()
		}
	}()
	web := httptest.NewServer(e)
	t.Cleanup(func() {
		if err := e.Shutdown(timed(t, patience)); err != nil {
			t.Errorf("Shutdown: %v", err)
		}
		web.Close()
		_ = library.Close()
	})
	return e, web.URL + "/"
}

// discard reads until the session ends.
func discard(conn engineio.Conn) {
	for {
		if _, _, err := conn.NextReader(); err != nil {
			return
		}
	}
}

// eventually waits for a condition that another goroutine brings about.
func eventually(t testing.TB, what string, ok func() bool) {
	t.Helper()
	for deadline := time.Now().Add(patience); time.Now().Before(deadline); time.Sleep(time.Millisecond) {
		if ok() {
			return
		}
	}
	t.Fatalf("not in %v: %s", patience, what)
}

// timed is a context that ends before the test gives up.
func timed(t testing.TB, d time.Duration) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), d)
	t.Cleanup(cancel)
	return ctx
}
