//go:build linux

package main

import (
	"path/filepath"

	"vidchat/bench/load"
	"vidchat/bench/server"
)

// Names of the servers. vidchat is measured with clients of both versions of
// Engine.IO; Engine.IO 3 is the version of socket.io 2.3, which it replaces.
const (
	vidchat     = "vidchat"
	vidchatEIO4 = "vidchat, Engine.IO 4"
	socketIO2   = "socket.io 2.3.0"
	socketIO4   = "socket.io 4.8.4"
	bareRelay   = "bare relay"
)

// servers returns all servers with their default settings. vidchat's limits per
// address do not apply to loopback.
func servers(vidchatPath, relayPath, script, dir string) []server.Server {
	all := []server.Server{
		{Name: vidchat, Protocol: load.EIO3, Command: []string{vidchatPath}},
		{Name: vidchatEIO4, Protocol: load.EIO4, Command: []string{vidchatPath}},
		{Name: socketIO2, Protocol: load.EIO3, Command: []string{"node", script, "2"}},
		{Name: socketIO4, Protocol: load.EIO4, Command: []string{"node", script, "4"}},
		{Name: bareRelay, Protocol: load.Bare, Command: []string{relayPath}},
	}
	for i := range all {
		all[i].Dir, all[i].LogFile = dir, filepath.Join(dir, "log")
	}
	return all
}
