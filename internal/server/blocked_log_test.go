package server_test

import (
	"context"
	"strings"
	"sync/atomic"
	"testing"
	"testing/fstest"
	"time"

	"vidchat/internal/server"
	"vidchat/internal/servertest"
)

// stuckLog is a log that nobody reads any longer, once it is stuck.
type stuckLog struct {
	*servertest.Log
	stuck   atomic.Bool
	waiting chan struct{} // gets a token from each write that is stuck
	goOn    chan struct{}
}

func (l *stuckLog) Write(lines []byte) (int, error) {
	if l.stuck.Load() {
		l.waiting <- struct{}{}
		<-l.goOn
	}
	return l.Log.Write(lines)
}

// A pipe behind standard error that is full stops no call.
func TestAStuckLogStopsNoCall(t *testing.T) {
	c, err := servertest.Load(t, nil)
	if err != nil {
		t.Fatal(err)
	}
	log := &stuckLog{Log: servertest.NewLog(), waiting: make(chan struct{}, 100), goOn: make(chan struct{})}
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() {
		ended <- server.Run(ctx, c, server.Environment{Now: time.Now, LogTo: log, Client: servertest.BuiltClient, System: fstest.MapFS{}})
	}()
	url := <-log.Listening()
	log.stuck.Store(true)
	servertest.Dial(t, url, 4, servertest.WebSocket).Close()
	<-log.waiting
	for range 3 {
		a, b := servertest.Dial(t, url, 4, servertest.WebSocket), servertest.Dial(t, url, 3, servertest.WebSocket)
		a.Join("x")
		b.Join("x")
		a.Next() // join
		a.MustSend(`2["no such event"]`)
		b.MustSend(`2["message",{"room":"x"}]`)
		if got := a.Next(); !strings.HasPrefix(got, `2["message"`) {
			t.Errorf("got %s", got)
		}
		a.Close()
		b.Close()
	}
	close(log.goOn)
	cancel()
	if err := <-ended; err != nil {
		t.Error(err)
	}
}
