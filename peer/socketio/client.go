package socketio

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"strings"
	"sync/atomic"
	"time"

	"github.com/coder/websocket"
)

// maxMessage is the longest message that is read, in bytes. A relayed one is a little
// longer than the 64 KiB that a server accepts.
const maxMessage = 1 << 20

// connectTimeout limits the handshake and the request for the namespace.
const connectTimeout = 20 * time.Second

// ErrDisconnected means that the server ended the Socket.IO connection.
var ErrDisconnected = errors.New("the server disconnected")

// Client is a connection to the root namespace. It has no goroutine: whoever owns it
// calls Next in a loop, which also answers the heartbeat.
type Client struct {
	conn    *websocket.Conn
	silence time.Duration // how long a living server is silent at most
	acks    atomic.Int64
}

// Connect opens a connection to the server at an origin.
func Connect(ctx context.Context, origin *url.URL) (*Client, error) {
	ctx, cancel := context.WithTimeout(ctx, connectTimeout)
	defer cancel()
	address := origin.JoinPath("/socket.io/")
	address.RawQuery = "EIO=4&transport=websocket"
	conn, _, err := websocket.Dial(ctx, address.String(), nil)
	if err != nil {
		return nil, fmt.Errorf("connecting: %w", err)
	}
	conn.SetReadLimit(maxMessage)
	client := &Client{conn: conn, silence: connectTimeout}
	if err := client.open(ctx); err != nil {
		return nil, errors.Join(fmt.Errorf("connecting: %w", err), conn.CloseNow())
	}
	return client, nil
}

// open reads the OPEN packet, and requests the root namespace.
func (c *Client) open(ctx context.Context) error {
	text, err := c.read(ctx)
	if err != nil {
		return err
	}
	var open struct{ PingInterval, PingTimeout int64 }
	if !strings.HasPrefix(text, "0") || json.Unmarshal([]byte(text[1:]), &open) != nil {
		return errPacket
	}
	c.silence = time.Duration(open.PingInterval+open.PingTimeout) * time.Millisecond
	if err := c.write(ctx, connectPacket); err != nil {
		return err
	}
	if text, err = c.readMessage(ctx); err == nil && !strings.HasPrefix(text, connectPacket) {
		err = ErrDisconnected
	}
	return err
}

// Next returns the next event or ack. Its error ends the connection.
func (c *Client) Next(ctx context.Context) (Packet, error) {
	for {
		text, err := c.readMessage(ctx)
		if err != nil {
			return Packet{}, err
		}
		switch kind := text[:min(2, len(text))]; kind {
		case eventPacket, ackPacket:
			return parsePacket(kind, text[2:])
		case disconnectPacket, errorPacket:
			return Packet{}, ErrDisconnected
		}
	}
}

// Emit sends an event that asks for no ack.
func (c *Client) Emit(ctx context.Context, event string, args ...any) error {
	return c.emit(ctx, 0, event, args)
}

// Request sends an event that asks for an ack. It returns the number that the ack has.
func (c *Client) Request(ctx context.Context, event string, args ...any) (int64, error) {
	ack := c.acks.Add(1)
	return ack, c.emit(ctx, ack, event, args)
}

func (c *Client) emit(ctx context.Context, ack int64, event string, args []any) error {
	text, err := formatEvent(ack, event, args)
	if err != nil {
		return err
	}
	return c.write(ctx, text)
}

// Disconnect says goodbye, and closes the connection.
func (c *Client) Disconnect(ctx context.Context) error {
	return errors.Join(c.write(ctx, disconnectPacket), c.Close())
}

// Close closes the connection without a goodbye.
func (c *Client) Close() error { return c.conn.CloseNow() }

// readMessage answers pings until another packet arrives.
func (c *Client) readMessage(ctx context.Context) (string, error) {
	for {
		text, err := c.read(ctx)
		if err != nil {
			return "", err
		}
		switch text[:min(1, len(text))] {
		case "2":
			if err := c.write(ctx, "3"+text[1:]); err != nil {
				return "", err
			}
		case "1":
			return "", ErrDisconnected
		default:
			return text, nil
		}
	}
}

func (c *Client) read(ctx context.Context) (string, error) {
	ctx, cancel := context.WithTimeout(ctx, c.silence)
	defer cancel()
	_, text, err := c.conn.Read(ctx)
	return string(text), err
}

func (c *Client) write(ctx context.Context, text string) error {
	return c.conn.Write(ctx, websocket.MessageText, []byte(text))
}
