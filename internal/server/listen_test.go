package server_test

import (
	"io"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"vidchat/internal/server"
	"vidchat/internal/servertest"
)

func TestPortInUse(t *testing.T) {
	first := servertest.Start(t, nil)
	host, port := first.HostPort()
	c, err := servertest.Load(t, map[string]string{"HOST": host, "PORT": port})
	if err != nil {
		t.Fatal(err)
	}
	err = server.Run(t.Context(), c, server.Environment{
		Now: time.Now, LogTo: io.Discard, Client: servertest.BuiltClient, System: fstest.MapFS{},
	})
	if err == nil || !strings.Contains(err.Error(), "choose another PORT") {
		t.Errorf("the error is %v", err)
	}
}
