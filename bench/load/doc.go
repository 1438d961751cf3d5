// Package load is the load generator. Its clients connect, join rooms, relay
// messages, set up whole calls and disconnect abruptly, over Engine.IO 3, Engine.IO
// 4 and bare WebSockets. They use raw sockets and little CPU, because they share the
// machine with the server they measure.
//
// One goroutine per client sets up a connection (conn.go, target.go, call.go) and
// hands it to a Loop (loop.go), which serves thousands of connections on one
// thread. traffic.go has the traffic that a Loop generates.
//
// It needs Linux 5.11 or newer for epoll timeouts in nanoseconds.
package load
