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
		conn, r, err := n.dialRedis(ctx)
		if err == nil {
			err = n.readAnswers(ctx, conn, r)
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
func (n *Node) readAnswers(ctx context.Context, conn net.Conn, r *bufio.Reader) error {
	defer conn.Close()
	defer context.AfterFunc(ctx, func() { _ = conn.Close() })()
	n.publisher.connected(conn)
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

func (p *publisher) connected(conn net.Conn) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.conn = conn
}

// disconnected returns the batch that has no answers. One that is about to be written
// finds out by itself.
func (p *publisher) disconnected() (lost []outgoing) {
	p.mu.Lock()
	defer p.mu.Unlock()
	lost = append(p.sent, p.large...) // there is at most one of them
	if len(lost) > 0 {
		p.busy = false
	}
	p.conn, p.sent, p.large, p.answers = nil, nil, nil, nil
	return lost
}

// dialRedis connects, and signs in.
func (n *Node) dialRedis(ctx context.Context) (net.Conn, *bufio.Reader, error) {
	limited, cancel := context.WithTimeout(ctx, n.redis.Dialer.Timeout)
	defer cancel()
	conn, err := n.dial(limited)
	if err != nil {
		return nil, nil, err
	}
	r := bufio.NewReaderSize(conn, 4<<10)
	if n.redis.Password != "" {
		stop := context.AfterFunc(ctx, func() { _ = conn.Close() })
		deadline, _ := limited.Deadline()
		_ = conn.SetDeadline(deadline)              // if it fails, so does writing
		user := cmp.Or(n.redis.Username, "default") // as the library has it
		if _, err = conn.Write(appendCommand(nil, "AUTH", user, n.redis.Password)); err == nil {
			_, err = readReply(r)
		}
		_ = conn.SetDeadline(time.Time{})
		stop()
	}
	if err != nil {
		_ = conn.Close()
		return nil, nil, err
	}
	return conn, r, nil
}

func (n *Node) dial(ctx context.Context) (net.Conn, error) {
	address := n.redis.InitAddress[0]
	switch {
	case n.redis.DialCtxFn != nil: // the library's, for sockets in the file system
		return n.redis.DialCtxFn(ctx, address, &n.redis.Dialer, n.redis.TLSConfig)
	case n.redis.TLSConfig != nil:
		return (&tls.Dialer{NetDialer: &n.redis.Dialer, Config: n.redis.TLSConfig}).DialContext(ctx, "tcp", address)
	}
	return n.redis.Dialer.DialContext(ctx, "tcp", address)
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

func appendPublish(b []byte, channel string, message []byte) []byte {
	b = append(b, "*3\r\n"...)
	return appendWord(appendWord(appendWord(b, "PUBLISH"), channel), message)
}

func appendWord[T string | []byte](b []byte, word T) []byte {
	b = strconv.AppendInt(append(b, '$'), int64(len(word)), 10)
	b = append(append(b, "\r\n"...), word...)
	return append(b, "\r\n"...)
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
