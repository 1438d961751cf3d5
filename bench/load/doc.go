// Package load puts servers under load as many clients would: it connects,
// joins rooms, relays messages, sets up whole calls and vanishes, in Engine.IO
// 3 and 4 and on bare WebSockets, on raw sockets and as cheaply as it can,
// since it shares the machine with what it measures.
//
// Setting up is written as one goroutine per client (wire.go, target.go,
// call.go). Connections that are set up are handed to a Loop (loop.go), which
// serves thousands of them on one thread; traffic.go is what it makes them do.
//
// It needs Linux 5.11 or newer, for epoll and its timeouts in nanoseconds.
package load
