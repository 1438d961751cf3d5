package dialer

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"unicode/utf16"
)

// Request sends a request that belongs to this session.
func (c *Conn) Request(ctx context.Context, method, transport string, body io.Reader) (*http.Response, error) {
	req, err := http.NewRequestWithContext(ctx, method, c.url(transport), body)
	if err != nil {
		return nil, err
	}
	for name, values := range c.opts.Header {
		req.Header[name] = values
	}
	if body != nil {
		req.Header.Set("Content-Type", "text/plain;charset=UTF-8")
	}
	return c.http.Do(req)
}

func (c *Conn) url(transport string) string {
	q := url.Values{"EIO": {strconv.Itoa(c.opts.Version)}, "transport": {transport}}
	if c.SID != "" {
		q.Set("sid", c.SID)
	}
	return c.opts.URL + "?" + q.Encode()
}

func (c *Conn) poll(ctx context.Context) ([]string, error) {
	resp, err := c.Request(ctx, http.MethodGet, Polling, nil)
	if err != nil {
		return nil, err
	}
	body, err := readAnswer(resp)
	if err != nil {
		return nil, err
	}
	return c.split(body)
}

func readAnswer(resp *http.Response) (string, error) {
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err == nil && resp.StatusCode != http.StatusOK {
		err = &StatusError{resp.StatusCode, string(body)}
	}
	return string(body), err
}

// StatusError is a response with a status other than 200.
type StatusError struct {
	Code int
	Body string
}

func (e *StatusError) Error() string { return fmt.Sprintf("dialer: HTTP %d: %s", e.Code, e.Body) }

// pollLoop polls until the session ends or is upgraded.
func (c *Conn) pollLoop() {
	defer close(c.paused)
	for c.ctx.Err() == nil {
		packets, err := c.poll(c.ctx)
		if err != nil {
			c.cancel(err)
			return
		}
		c.deliver(packets)
		if c.pausing.Load() {
			return
		}
	}
}

// post sends packets. The caller holds c.mu, so that only one post is under way.
func (c *Conn) post(packets []string) error {
	resp, err := c.Request(c.ctx, http.MethodPost, Polling, strings.NewReader(c.join(packets)))
	if err != nil {
		return err
	}
	_, err = readAnswer(resp)
	return err
}

func (c *Conn) join(packets []string) string {
	if c.opts.Version == 4 {
		return strings.Join(packets, "\x1e")
	}
	var b strings.Builder
	for _, p := range packets {
		fmt.Fprintf(&b, "%d:%s", len(utf16.Encode([]rune(p))), p)
	}
	return b.String()
}

func (c *Conn) split(body string) ([]string, error) {
	if c.opts.Version == 4 {
		return strings.Split(body, "\x1e"), nil
	}
	var packets []string
	for body != "" {
		length, rest, ok := strings.Cut(body, ":")
		n, err := strconv.Atoi(length)
		if !ok || err != nil {
			return nil, fmt.Errorf("dialer: payload %.40q", body)
		}
		units := utf16.Encode([]rune(rest))
		if n > len(units) {
			return nil, fmt.Errorf("dialer: payload of %d units announces %d", len(units), n)
		}
		p := string(utf16.Decode(units[:n]))
		packets, body = append(packets, p), rest[len(p):]
	}
	return packets, nil
}
