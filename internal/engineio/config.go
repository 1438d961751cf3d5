package engineio

import (
	"net/http"
	"net/netip"
	"time"

	"github.com/rs/zerolog"

	"vidchat/internal/engineio/wire"
	"vidchat/internal/limit"
	"vidchat/internal/origin"
)

// Config is what a Server can be told. The zero value of each field means its
// default, where one is named.
type Config struct {
	// Log gets a line for each session that opens and ends.
	Log zerolog.Logger
	// Handler deals with the messages of all sessions. It is required.
	Handler Handler
	// JSON says that all text messages are JSON, in which characters can be
	// escaped. See wire.Framing.
	JSON bool
	// PingInterval is the time between two pings. 25 s by default: Heroku's
	// router closes what is idle for 55 s.
	PingInterval time.Duration
	// PingTimeout is how long a ping may stay unanswered. By default 5 s in
	// Engine.IO 3 and 20 s in 4, as Node has it.
	PingTimeout time.Duration
	// UpgradeTimeout is how long an upgrade may take, 10 s by default.
	UpgradeTimeout time.Duration
	// MaxPacket is the largest frame or body taken from a client, in bytes;
	// 64 KiB by default. A description has 2 to 10 kB.
	MaxPacket int
	// OutboxPackets and OutboxBytes bound what waits for a client that does not
	// read, 256 packets and 1 MiB by default.
	OutboxPackets int
	OutboxBytes   int
	// Limits bound what clients may do; none by default.
	Limits Limits
	// ClientAddr is the address of the client of a request, behind whatever
	// proxies there are. By default it is that of the connection.
	ClientAddr func(*http.Request) netip.Addr
	// Secure reports whether a request came by HTTPS, so that cookies stay there.
	// By default only TLS of this process counts.
	Secure func(*http.Request) bool
	// Node is put before the id of every session. With it, Forward lets another node
	// answer a request for one of its sessions, and reports false if it cannot.
	Node    string
	Forward func(w http.ResponseWriter, r *http.Request, node string) bool
	// AfterBatch sends what was queued while packets were handled. The method of the same
	// name asks for it.
	AfterBatch func()
	// CheckOrigin returns why the page that a request comes from may not use the
	// server, if so. By default only pages of the same host may.
	CheckOrigin func(*http.Request) error
}

// Handler is the protocol above Engine.IO. Except for OnDelivered, its methods
// are called one after the other for each session.
type Handler interface {
	// OnOpen is called before anything of the client is read. The packets it
	// returns leave with the OPEN packet.
	OnOpen(s *Session) []wire.Outgoing
	// OnMessage gets a message, whose data are borrowed until it returns. It must
	// not block. What might, it returns as a function, which is called on another
	// goroutine before the session's next message is handled.
	OnMessage(s *Session, p wire.Packet) (deferred func())
	// OnDelivered says that the first n packets given to SendTracked are known to
	// have arrived. It must not block.
	OnDelivered(s *Session, n uint64)
	// OnClose is called once, when everything that the client sent was handled.
	OnClose(s *Session)
}

// Limits bound what clients may do. Each zero value is no limit.
type Limits struct {
	// NewSessions is how many sessions a client address may open.
	NewSessions limit.Rate
	// SessionsPerAddress is how many it may have open at a time.
	SessionsPerAddress int
	// Sessions is how many may be open in all.
	Sessions int
	// Packets and Bytes are what a session may send. A session that sends more is
	// ended.
	Packets, Bytes limit.Rate
	// Address is what all sessions of a client address may use together. What is held
	// in memory for them is what they do not read, and what they have sent in part.
	Address limit.Allowance
	// Held is how much may be held in memory for all sessions, in bytes.
	Held int64
}

func (c Config) withDefaults() Config {
	setDefault(&c.PingInterval, 25*time.Second)
	setDefault(&c.UpgradeTimeout, 10*time.Second)
	setDefault(&c.MaxPacket, 64<<10)
	setDefault(&c.OutboxPackets, 256)
	setDefault(&c.OutboxBytes, 1<<20)
	if c.ClientAddr == nil {
		c.ClientAddr = remoteAddr
	}
	if c.Secure == nil {
		c.Secure = func(r *http.Request) bool { return r.TLS != nil }
	}
	if c.CheckOrigin == nil {
		c.CheckOrigin = origin.Policy{}.Check
	}
	return c
}

func setDefault[T comparable](field *T, value T) {
	var zero T
	if *field == zero {
		*field = value
	}
}

// remoteAddr is the address of the connection.
func remoteAddr(r *http.Request) netip.Addr {
	ap, _ := netip.ParseAddrPort(r.RemoteAddr)
	return ap.Addr()
}
