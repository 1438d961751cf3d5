//go:build linux

package main

import (
	"path/filepath"

	"vidchat/bench/load"
	"vidchat/bench/subject"
)

// The names of the subjects.
const (
	vidchat  = "vidchat"
	vidchat4 = "vidchat, Engine.IO 4"
	node2    = "socket.io 2.3.0"
	node4    = "socket.io 4.8.4"
	bare     = "bare relay"
)

// subjects are all servers, each with its default settings: loopback is exempt
// from vidchat's limits by address. It is measured with clients of both
// versions; the older is compared with the server it replaces.
func subjects(server, relay, script, temporary string) []subject.Subject {
	all := []subject.Subject{
		{Name: vidchat, Protocol: load.EIO3, Command: []string{server}},
		{Name: vidchat4, Protocol: load.EIO4, Command: []string{server}},
		{Name: node2, Protocol: load.EIO3, Command: []string{"node", script, "2"}},
		{Name: node4, Protocol: load.EIO4, Command: []string{"node", script, "4"}},
		{Name: bare, Protocol: load.Bare, Command: []string{relay}},
	}
	for i := range all {
		all[i].Dir, all[i].LogTo = temporary, filepath.Join(temporary, "log")
	}
	return all
}
