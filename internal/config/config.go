// Package config reads what an operator sets: environment variables and the file
// .env. Read settings.go first: its table is the one source of --help, docs/settings.md
// and Load. config.go has the result.
package config

import (
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/rs/zerolog"

	"vidchat/internal/brand"
	"vidchat/internal/ice"
	"vidchat/internal/limit"
	"vidchat/internal/origin"
)

// Config is everything an operator decides. Load reads it once, at the start.
// The table in settings.go has the variables, their defaults and ranges.
type Config struct {
	// Host and Port are where the server listens (HOST, PORT). An empty host means
	// every interface, port 0 a free one. Heroku gives a port and routes to it.
	Host, Port string

	// ICE is what callers are told about STUN and TURN (STUN_URLS,
	// TURN_SERVER_URL, TURN_SECRET, TURN_TTL). Without TURN, two callers whose
	// networks allow no direct path cannot see each other.
	ICE ice.Config

	// HTTPS is how the server speaks TLS itself.
	HTTPS HTTPS

	// Relay is the TURN server in this process.
	Relay Relay

	// DataDir is the absolute path of the folder for certificates and for secrets
	// that were made, if there are any (DATA_DIR).
	DataDir string

	// ClientDir is the absolute path of a compiled client that replaces the
	// built-in one below /call; empty keeps the built-in one (CLIENT_DIR).
	ClientDir string

	// Brand is how the built-in pages call themselves and look (BRAND_NAME,
	// BRAND_COLOR, BRAND_LOGO).
	Brand brand.Brand

	// Origins says which web sites may use the API (ALLOWED_ORIGINS). By default
	// only the pages of this server may, since TURN credentials are worth stealing.
	Origins origin.Policy

	// EmbedOrigins are the web sites whose pages may show the call page in a frame,
	// and control the call there (EMBED_ORIGINS). By default none may.
	EmbedOrigins []string

	// Proxies are those whose X-Forwarded-Proto, -For, -Host and -Port the server
	// believes (TRUST_PROXY). Without a proxy in front, anyone could write them.
	Proxies origin.Proxies

	// MaxPacketBytes is the size of the largest Engine.IO packet or polling body
	// that a client may send, in bytes (MAX_PACKET_BYTES).
	MaxPacketBytes int

	// Limits keep one client from using up what all share.
	Limits Limits

	// AdminAddr is the host:port of a second listener for metrics and profiles,
	// which tell too much to be public; empty disables it (ADMIN_ADDR). Port 0 is
	// a free one, which is logged.
	AdminAddr string

	// MetricsToken opens /metrics on the main listener to requests that carry it,
	// for platforms that route to one port only; empty disables that
	// (METRICS_TOKEN).
	MetricsToken string

	// CallStats has pages report how the connections of a call went, without saying
	// whose they are, for metrics (CALL_STATS).
	CallStats bool
	// Cluster is how this process joins others.
	Cluster Cluster

	// SeatHold is how long a seat is held for a caller who lost the connection; 0
	// frees it at once (SEAT_HOLD). The default is as long as a change of networks
	// takes.
	SeatHold time.Duration

	// MaxRoomCapacity is the most seats a call may have (MAX_ROOM_CAPACITY).
	// Everyone sends to everyone, so the callers' machines and lines set the limit.
	MaxRoomCapacity int

	// DrainTimeout bounds the whole shutdown (DRAIN_TIMEOUT). It has to be over
	// before the platform kills the process: Heroku does so 30 s after SIGTERM,
	// Docker after 10 s.
	DrainTimeout time.Duration

	// LogLevel and LogFormat ("json" or "console") shape the log (LOG_LEVEL,
	// LOG_FORMAT).
	LogLevel  zerolog.Level
	LogFormat string

	// MemoryLimitSet is true if the operator has set GOMEMLIMIT, which the Go runtime
	// reads itself. Otherwise the server takes it from its container.
	MemoryLimitSet bool

	workDir string // where a relative CLIENT_DIR or BRAND_LOGO starts
}

// Limits are what the server allows. Zero is no limit, which an operator writes
// as "off". An address is that of a client, or a /64 of IPv6: see package limit.
type Limits struct {
	// Sessions and Rooms are how many there may be in all: the memory of a small
	// machine holds some tens of thousands (MAX_SESSIONS, MAX_ROOMS).
	Sessions, Rooms int

	// ConnectionsPerAddress are open at once. A session that polls has up to two, and
	// a third while it upgrades; a page has up to six (CONNECTIONS_PER_ADDRESS).
	ConnectionsPerAddress int

	// SessionsPerAddress are open at once. An office behind one router is one
	// address, so it needs more than a few (SESSIONS_PER_ADDRESS).
	SessionsPerAddress int

	// NewSessions bounds how fast an address opens sessions. Each costs a
	// handshake. The burst is for an office that reconnects after an outage
	// (NEW_SESSIONS_PER_ADDRESS).
	NewSessions limit.Rate

	// Requests bounds how many HTTP requests of an address are answered. A session
	// that polls sends some a second while a call is set up (REQUESTS_PER_ADDRESS).
	Requests limit.Rate

	// Credentials bounds how fast an address fetches TURN credentials: a call
	// needs one per caller, and more are for resale (CREDENTIALS_PER_ADDRESS).
	Credentials limit.Rate

	// Packets and Bytes bound what one session sends. A peer finds some 100 ICE
	// candidates within a second, and sends them a few times
	// (PACKETS_PER_SESSION, BYTES_PER_SESSION).
	Packets, Bytes limit.Rate
}

// Load reads and checks all settings. A variable in the environment takes
// precedence over one in the .env file of workDir; an empty one counts as unset.
// The error is one sentence that says what to change.
func Load(getenv func(string) string, workDir string) (Config, error) {
	file, err := readDotEnv(filepath.Join(workDir, ".env"))
	if err != nil {
		return Config{}, err
	}
	c := Config{workDir: workDir, MemoryLimitSet: getenv("GOMEMLIMIT") != ""}
	var wrong []error
	failed := make(map[string]bool)
	set := func(name string) bool { return firstSet(getenv(name), file[name]) != "" }
	for _, s := range settings() {
		value := firstSet(getenv(s.name), file[s.name], s.fallback)
		if err := s.read(&c, value); err != nil {
			failed[s.name] = true
			wrong = append(wrong, fmt.Errorf("%s cannot be used: %w", s.name, err))
		}
	}
	c.Origins.Proxies = c.Proxies
	turnsSet := set("TURNS_LISTEN") && c.Relay.ListenTLS != off
	c.completeDefaults(set)
	for _, conflict := range c.conflicts(turnsSet) {
		if !slices.ContainsFunc(conflict.between, func(name string) bool { return failed[name] }) {
			wrong = append(wrong, conflict.err)
		}
	}
	if len(wrong) > 0 {
		return Config{}, errors.Join(wrong...)
	}
	return c, nil
}

// firstSet is the first value that is more than blanks. Blanks around a value,
// such as the newline at the end of a piped secret, are never intended.
func firstSet(values ...string) string {
	for _, value := range values {
		if value = strings.TrimSpace(value); value != "" {
			return value
		}
	}
	return ""
}

// conflict is what is wrong with settings that are each right by themselves.
type conflict struct {
	between []string
	err     error
}

func (c Config) conflicts(turnsSet bool) (found []conflict) {
	add := func(wrong bool, text string, between ...string) {
		if wrong {
			found = append(found, conflict{between, errors.New(text)})
		}
	}
	add(len(c.ICE.TURN) > 0 && c.ICE.Secret == "",
		"TURN_SERVER_URL is set without TURN_SECRET: set TURN_SECRET to the secret of that server, or unset both",
		"TURN_SERVER_URL", "TURN_SECRET")
	add(len(c.ICE.TURN) == 0 && c.ICE.Secret != "" && !c.Relay.Enabled(),
		"TURN_SECRET is set without TURN_SERVER_URL: set TURN_SERVER_URL to the host:port of the TURN server, or unset both",
		"TURN_SERVER_URL", "TURN_SECRET")
	add(!c.Limits.Bytes.Unlimited() && c.Limits.Bytes.Burst < c.MaxPacketBytes,
		"the burst of BYTES_PER_SESSION is smaller than MAX_PACKET_BYTES, so that a packet allowed by the one is refused by the other: raise the first or lower the second",
		"BYTES_PER_SESSION", "MAX_PACKET_BYTES")
	add(c.AdminAddr != "" && sameListener(c.AdminAddr, c.Host, c.Port),
		"ADMIN_ADDR is where the server itself listens: give it another port than PORT",
		"ADMIN_ADDR", "HOST", "PORT")
	add(len(c.ICE.TURN) > 0 && c.Relay.Enabled(),
		"TURN_LISTEN is set, and so is TURN_SERVER_URL: unset the first to use that server, or the second to use the TURN server in this process",
		"TURN_LISTEN", "TURN_SERVER_URL")
	add(turnsSet && !c.Relay.Enabled(),
		"TURNS_LISTEN is set without a TURN server in this process: set TURN_LISTEN too, or unset it",
		"TURN_LISTEN", "TURNS_LISTEN", "TURN_SERVER_URL", "DOMAIN")
	add(turnsSet && c.Relay.Enabled() && !c.HTTPS.Enabled(),
		"TURNS_LISTEN needs a certificate: set DOMAIN, or TLS_CERT and TLS_KEY, or unset it",
		"TURNS_LISTEN", "DOMAIN", "TLS_CERT", "TLS_KEY")
	add(len(c.HTTPS.Domains) > 0 && c.HTTPS.CertFile != "",
		"DOMAIN is set, and so is TLS_CERT: unset the first to use the files, or the second to obtain certificates",
		"DOMAIN", "TLS_CERT")
	add((c.HTTPS.CertFile == "") != (c.HTTPS.KeyFile == ""),
		"of TLS_CERT and TLS_KEY, only one is set: set both, or neither",
		"TLS_CERT", "TLS_KEY")
	add(len(c.HTTPS.Domains) > 0 && c.DataDir == "",
		"DOMAIN needs DATA_DIR, a folder where certificates are kept",
		"DOMAIN", "DATA_DIR")
	add(len(c.EmbedOrigins) > 0 && c.ClientDir != "",
		"EMBED_ORIGINS is set, and so is CLIENT_DIR, whose pages every site may show in a frame: unset one of them",
		"EMBED_ORIGINS", "CLIENT_DIR")
	add(c.Cluster.Secret != "" && c.Cluster.RedisURL == "",
		"CLUSTER_SECRET is set without REDIS_URL: set REDIS_URL to the Redis that the nodes share, or unset both to run one process alone",
		"CLUSTER_SECRET", "REDIS_URL")
	add(c.Cluster.Enabled() && !c.Cluster.redisURLRight(),
		"REDIS_URL cannot be used: set it to redis://[user:password@]host[:port][/database], with rediss:// for TLS",
		"CLUSTER_SECRET", "REDIS_URL")
	return found
}
