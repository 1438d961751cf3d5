package cluster

import (
	"bufio"
	"cmp"
	"context"
	"crypto/tls"
	"errors"
	"math/rand/v2"
	"net"
	"strconv"
	"strings"
	"time"
)

// This is as much of Redis's protocol as publishing takes. The library would have a
// goroutine wait for each answer.

// replyError is what Redis answers to a command that it refuses.
type replyError string

func (e replyError) Error() string { return string(e) }

var errReply = errors.New("not an answer that Redis gives to this command")

// keepPublisher keeps a connection for publishing, until ctx ends, and reads the answers.
// The less time connections last, the more passes before the next.
func (n *Node) keepPublisher(ctx context.Context) {
	shortest, longest := n.times.Renew/10, n.times.Renew
	delay := shortest
	for ctx.Err() == nil {
		begun := n.now()
		conn, r, quiet, err := n.dialRedis(ctx)
		if err == nil {
			err = n.readAnswers(ctx, conn, r, quiet)
		}
		if ctx.Err() != nil {
			return
		}
		n.Metrics.failed(err)
		if n.now()-begun > longest {
			delay = shortest
		}
		pause(ctx, delay/2+rand.N(delay)) // nodes that lost Redis together return one by one
		delay = min(2*delay, longest)
	}
}

// readAnswers returns why the connection has ended. What had no answer yet is sent again.
func (n *Node) readAnswers(ctx context.Context, conn net.Conn, r *bufio.Reader, quiet bool) error {
	defer conn.Close()
	defer context.AfterFunc(ctx, func() { _ = conn.Close() })()
	n.publisher.connected(conn, quiet)
	defer func() { n.putBack(n.publisher.disconnected(), nil) }()
	wake(n.link.wake)
	for {
		receivers, err := readReply(r)
		var refused replyError
		if errors.As(err, &refused) {
			n.Metrics.failed(err)
		} else if err != nil {
			return err
		}
		if !n.answered(receivers > 0) {
			return errReply
		}
	}
}

func (p *publisher) connected(conn net.Conn, quiet bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.conn, p.quiet = conn, quiet
}

// disconnected returns the batch that has no answers, and what was to have none: one packet of
// each stream, since all of it is sent again. A batch that is about to be written finds out by
// itself.
func (p *publisher) disconnected() (lost []outgoing) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.noteUnasked(append(p.sent, p.large...), 0) // there is at most one of them
	if len(p.sent)+len(p.large) > 0 {
		p.busy = false
	}
	lost = p.unasked
	p.conn, p.sent, p.large, p.answers, p.unasked, p.unaskedBytes = nil, nil, nil, nil, nil, 0
	return lost
}

// dialRedis connects, and signs in. It finds out whether Redis can be quiet: whether it takes
// noAnswer.
func (n *Node) dialRedis(ctx context.Context) (conn net.Conn, r *bufio.Reader, quiet bool, err error) {
	limited, cancel := context.WithTimeout(ctx, n.redis.Dialer.Timeout)
	defer cancel()
	if conn, err = n.dial(limited); err != nil {
		return nil, nil, false, err
	}
	stop := context.AfterFunc(ctx, func() { _ = conn.Close() })
	defer stop()
	deadline, _ := limited.Deadline()
	_ = conn.SetDeadline(deadline) // if it fails, so does writing
	r = bufio.NewReaderSize(conn, 4<<10)
	if quiet, err = n.signIn(conn, r); err != nil {
		_ = conn.Close()
		return nil, nil, false, err
	}
	_ = conn.SetDeadline(time.Time{})
	return conn, r, quiet, nil
}

func (n *Node) signIn(conn net.Conn, r *bufio.Reader) (quiet bool, err error) {
	if n.redis.Password != "" {
		user := cmp.Or(n.redis.Username, "default") // as the library has it
		if _, err = conn.Write(appendCommand(nil, "AUTH", user, n.redis.Password)); err == nil {
			_, err = readReply(r)
		}
		if err != nil {
			return false, err
		}
	}
	question := append(appendCommand([]byte(noAnswer), "CLIENT", "SETNAME", "vidchat"), appendCommand(nil, "PING")...)
	if _, err = conn.Write(question); err != nil {
		return false, err
	}
	return readQuiet(r)
}

// noAnswer has Redis not answer the next command. It is not answered itself, unless Redis, or
// what stands before it, does not know it.
const noAnswer = "*3\r\n$6\r\nCLIENT\r\n$5\r\nREPLY\r\n$4\r\nSKIP\r\n"

// readQuiet reads the answers to noAnswer and two commands, of which Redis answers only the
// last, a PING, if it has understood.
func readQuiet(r *bufio.Reader) (quiet bool, err error) {
	for i := range 3 {
		line, err := r.ReadSlice('\n')
		switch {
		case err != nil:
			return false, err
		case i == 0 && string(line) == "+PONG\r\n":
			return true, nil
		}
	}
	return false, nil
}

func (n *Node) dial(ctx context.Context) (conn net.Conn, err error) {
	address := n.redis.InitAddress[0]
	if n.redis.DialCtxFn != nil { // the library's, for sockets in the file system
		return n.redis.DialCtxFn(ctx, address, &n.redis.Dialer, n.redis.TLSConfig)
	}
	if conn, err = n.redis.Dialer.DialContext(ctx, "tcp", address); err != nil {
		return nil, err
	}
	_ = conn.(*net.TCPConn).SetWriteBuffer(bufferBytes) // else writing may have to wait, no more
	if n.redis.TLSConfig == nil {
		return conn, nil
	}
	config := n.redis.TLSConfig.Clone()
	config.ServerName = cmp.Or(config.ServerName, host(address))
	secure := tls.Client(conn, config)
	if err := secure.HandshakeContext(ctx); err != nil {
		_ = conn.Close()
		return nil, err
	}
	return secure, nil
}

// host is that of an address with a port.
func host(address string) string {
	name, _, _ := net.SplitHostPort(address) // which has been dialed
	return name
}

// appendCommand appends a command.
func appendCommand(b []byte, words ...string) []byte {
	b = strconv.AppendInt(append(b, '*'), int64(len(words)), 10)
	b = append(b, "\r\n"...)
	for _, word := range words {
		b = appendWord(b, word)
	}
	return b
}

// publishOverhead is at least what a packet takes with both commands around it, but for a long
// prefix.
const publishOverhead = 128

// appendPublish appends a command that lacks its last word, of a size, and the end of that.
func appendPublish(b []byte, channel string, size int) []byte {
	b = appendWord(appendWord(append(b, "*3\r\n"...), "PUBLISH"), channel)
	return appendSize(b, size)
}

func appendWord(b []byte, word string) []byte {
	b = append(appendSize(b, len(word)), word...)
	return append(b, "\r\n"...)
}

func appendSize(b []byte, size int) []byte {
	return append(strconv.AppendInt(append(b, '$'), int64(size), 10), "\r\n"...)
}

// readReply reads a reply that is one line: a number, OK, or an error.
func readReply(r *bufio.Reader) (number int64, err error) {
	line, err := r.ReadSlice('\n')
	if err != nil {
		return 0, err
	}
	text := strings.TrimSuffix(string(line), "\r\n")
	switch {
	case strings.HasPrefix(text, "-"):
		return 0, replyError(text[1:])
	case strings.HasPrefix(text, ":"):
		if number, err = strconv.ParseInt(text[1:], 10, 64); err == nil {
			return number, nil
		}
	case text == "+OK":
		return 0, nil
	}
	return 0, errReply
}
