// Package netpoll reads and writes many sockets without a goroutine for each
// that waits. It knows bytes, and nothing of what they mean.
//
// There are two kinds of socket behind one interface, Conn. On Linux, a Poller
// reads TCP connections through one epoll instance and one goroutine
// (poller_linux.go, epoll_conn_linux.go). Every other net.Conn, such as
// *tls.Conn, which has no descriptor of its own, is read and written by
// goroutines that block (blocking_conn.go).
//
// Read conn.go first.
package netpoll
