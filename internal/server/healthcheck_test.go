package server_test

import (
	"net"
	"net/http"
	"strings"
	"testing"

	"vidchat/internal/server"
	"vidchat/internal/servertest"
)

func TestHealthcheck(t *testing.T) {
	alive := servertest.Start(t, nil)
	sick, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer sick.Close()
	broken := &http.Server{Handler: http.NotFoundHandler()}
	defer broken.Close()
	go func() { _ = broken.Serve(sick) }()
	for _, tt := range []struct{ name, address, want string }{
		{"alive", strings.TrimPrefix(alive.URL, "http://"), ""},
		{"something else", sick.Addr().String(), "404 Not Found"},
		{"nobody", "127.0.0.1:1", "does not answer"},
		{"anywhere", "127.0.0.1:0", "PORT is 0"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			host, port, _ := net.SplitHostPort(tt.address)
			c, err := servertest.Load(t, map[string]string{"HOST": host, "PORT": port})
			if err != nil {
				t.Fatal(err)
			}
			err = server.CheckHealth(t.Context(), c)
			if tt.want == "" && err != nil || tt.want != "" && (err == nil || !strings.Contains(err.Error(), tt.want)) {
				t.Errorf("the error is %v, want %q in it", err, tt.want)
			}
		})
	}
}
