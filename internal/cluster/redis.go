package cluster

import (
	"context"
	"crypto/tls"
	"errors"
	"net"
	"os"
	"strings"
	"time"

	"github.com/redis/rueidis"
)

// clientOption is how Redis is connected to. The buffers are smaller than the
// library's, of which half a MiB would be allocated for each direction.
func clientOption(o Options) (rueidis.ClientOption, error) {
	option, err := rueidis.ParseURL(o.URL)
	if err != nil {
		return option, errors.New("REDIS_URL cannot be used: write it as redis://[user:password@]host[:port][/database]")
	}
	if o.InsecureTLS && option.TLSConfig != nil {
		option.TLSConfig = option.TLSConfig.Clone()
		option.TLSConfig.InsecureSkipVerify = true
	}
	option.Dialer = net.Dialer{Timeout: 2 * time.Second, KeepAlive: 400 * time.Millisecond}
	option.ForceSingleClient = true
	option.PipelineMultiplex = -1
	option.DisableRetry = true
	option.DisableCache = true
	option.ReadBufferEachConn, option.WriteBufferEachConn = 64<<10, 64<<10
	option.RingScaleEachConn = 8
	option.ClientSetInfo = []string{"vidchat", "1"}
	return option, nil
}

// reach connects to Redis, and tries again until ctx ends.
func (n *Node) reach(ctx context.Context) rueidis.Client {
	for ctx.Err() == nil {
		client, err := rueidis.NewClient(n.redis)
		if err == nil {
			return client
		}
		n.Metrics.failed(err)
		n.lease.fail(err)
		pause(ctx, n.times.Renew/2)
	}
	return nil
}

// client is that for commands, or nil while Redis was never reached.
func (n *Node) client() rueidis.Client {
	if c := n.commands.Load(); c != nil {
		return *c
	}
	return nil
}

// pause waits, or until ctx ends.
func pause(ctx context.Context, d time.Duration) {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
	case <-ctx.Done():
	}
}

// isReply reports whether Redis itself answered with an error.
func isReply(err error) bool {
	_, reply := rueidis.IsRedisErr(err)
	var refused replyError
	return reply || errors.As(err, &refused)
}

func isFull(err error) bool {
	return err != nil && isReply(err) && strings.Contains(err.Error(), "OOM")
}

// inWords is an error for people. None has the address or the password of Redis.
func inWords(err error) string {
	var dns *net.DNSError
	var cert *tls.CertificateVerificationError
	var format formatError
	switch code := codeOf(err); {
	case errors.As(err, &dns):
		return "the host of REDIS_URL has no address"
	case errors.As(err, &format):
		return format.Error()
	case errors.As(err, &cert):
		return "Redis has a certificate that nobody vouches for; set REDIS_TLS_INSECURE=true to accept any"
	case code == "timeout":
		return "Redis does not answer"
	case code == "auth":
		return "Redis refuses the user or the password of REDIS_URL"
	case code == "full":
		return "the memory of Redis is full"
	case code == "readonly":
		return "REDIS_URL leads to a replica, which takes no writes"
	case code == "loading":
		return "Redis is still loading its data"
	case code == "reply":
		word, _, _ := strings.Cut(err.Error(), " ")
		return "Redis refuses a command (" + word + "); it has to be Redis 6.2 or later, or Valkey"
	case strings.Contains(err.Error(), "refused"):
		return "nothing listens at the host and port of REDIS_URL"
	}
	return "the connection to Redis was lost"
}

// codeOf is an error as a code, for metrics.
func codeOf(err error) string {
	text := err.Error()
	var timeout interface{ Timeout() bool }
	switch {
	case strings.Contains(text, "NOAUTH"), strings.Contains(text, "WRONGPASS"), strings.Contains(text, "NOPERM"), strings.Contains(text, "ERR AUTH"):
		return "auth"
	case isFull(err):
		return "full"
	case strings.Contains(text, "READONLY"):
		return "readonly"
	case strings.Contains(text, "LOADING"):
		return "loading"
	case isReply(err):
		return "reply"
	case errors.Is(err, context.DeadlineExceeded), errors.Is(err, os.ErrDeadlineExceeded), errors.As(err, &timeout) && timeout.Timeout():
		return "timeout"
	}
	return "connection"
}
