package server

import (
	"context"
	"fmt"
	"net"

	"vidchat/internal/config"
	"vidchat/internal/connections"
)

// listen opens the listener for clients, and the one for operators, which is nil
// without ADMIN_ADDR.
func listen(ctx context.Context, c config.Config) (public, admin net.Listener, err error) {
	// TCP keep-alive is off, since it takes four system calls per connection. A
	// connected client is pinged, and any other may be silent only briefly.
	sockets := net.ListenConfig{KeepAlive: -1, Control: connections.BoundUnsent}
	public, err = sockets.Listen(ctx, "tcp", net.JoinHostPort(c.Host, c.Port))
	if err != nil {
		return nil, nil, fmt.Errorf("cannot listen, choose another PORT or HOST: %w", err)
	}
	if c.AdminAddr == "" {
		return public, nil, nil
	}
	admin, err = sockets.Listen(ctx, "tcp", c.AdminAddr)
	if err != nil {
		_ = public.Close()
		return nil, nil, fmt.Errorf("cannot listen for operators, choose another ADMIN_ADDR: %w", err)
	}
	return public, admin, nil
}

// urlOf is where a browser on this machine finds the server: on localhost, where
// it may use camera and microphone, unless the server listens elsewhere.
func urlOf(host string, listening net.Addr) string {
	_, port, _ := net.SplitHostPort(listening.String())
	if ip := net.ParseIP(host); host == "" || ip != nil && (ip.IsUnspecified() || ip.IsLoopback()) {
		host = "localhost"
	}
	return "http://" + net.JoinHostPort(host, port) + "/"
}

// quoted reports whether a value begins and ends with the same quote.
func quoted(value string) bool {
	return len(value) > 1 && value[0] == value[len(value)-1] && (value[0] == '"' || value[0] == '\'')
}
