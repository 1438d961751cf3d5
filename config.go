package main

import (
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/joho/godotenv"
	"github.com/rs/zerolog"

	"vidchat/internal/ice"
	"vidchat/internal/limit"
)

// Config is everything an operator decides, read once at the start by
// readConfig. The variables, their defaults and ranges are in settings.go.
type Config struct {
	// Host and Port are where the server listens (HOST, PORT). An empty host is
	// every interface, port 0 a free one. Heroku gives a port and routes to it.
	Host, Port string

	// ICE is what callers are told about STUN and TURN (STUN_URLS,
	// TURN_SERVER_URL, TURN_SECRET, TURN_TTL). Without TURN, peers whose
	// networks let no direct path through cannot see each other.
	ICE ice.Config

	// ClientDir is the absolute path of a compiled client that takes the place
	// of the built-in one below /call; empty is the built-in one (CLIENT_DIR).
	ClientDir string

	// Origins says which web sites may use the API (ALLOWED_ORIGINS): by default
	// the one this server serves, since TURN credentials are worth stealing.
	Origins OriginPolicy

	// TrustProxy lets X-Forwarded-Proto and X-Forwarded-For speak for the client
	// (TRUST_PROXY). Without a proxy in front, anyone could write them.
	TrustProxy bool

	// MaxPacketBytes is the size of the largest Engine.IO packet or polling body
	// a client may send, in bytes (MAX_PACKET_BYTES).
	MaxPacketBytes int

	// Limits keep one client from taking what is there for all.
	Limits Limits

	// AdminAddr is host:port of a second listener for metrics and profiles, which
	// tell too much for everybody; empty is none (ADMIN_ADDR). Port 0 is a free
	// one, which the log names.
	AdminAddr string

	// MetricsToken opens /metrics on the main listener to who sends it, for
	// platforms that route to one port only; empty is nobody (METRICS_TOKEN).
	MetricsToken string

	// SeatHold is how long a seat is held for somebody who lost the connection
	// (SEAT_HOLD); 0 is not at all. It is as long as networks take to change.
	SeatHold time.Duration

	// MaxRoomCapacity is the most seats a call may have (MAX_ROOM_CAPACITY).
	// Everybody sends to everybody, so machines and lines set the limit.
	MaxRoomCapacity int

	// DrainTimeout bounds the whole shutdown (DRAIN_TIMEOUT). It has to end before
	// the platform kills: Heroku does 30 s after its SIGTERM, Docker after 10 s.
	DrainTimeout time.Duration

	// LogLevel and LogFormat ("json" or "console") shape the log (LOG_LEVEL,
	// LOG_FORMAT).
	LogLevel  zerolog.Level
	LogFormat string

	workDir string // what a relative CLIENT_DIR starts from
}

// Limits are what the server allows. Zero values are no limits, which is what
// "off" says. An address is a client's, or a /64 of IPv6: see package limit.
type Limits struct {
	// Sessions and Rooms are how many there may be in all: the memory of a small
	// machine holds some tens of thousands (MAX_SESSIONS, MAX_ROOMS).
	Sessions, Rooms int

	// SessionsPerAddress are open at once. An office behind one router is one
	// address, so a few are not enough (SESSIONS_PER_ADDRESS).
	SessionsPerAddress int

	// NewSessions bounds how fast an address opens sessions. Each costs a
	// handshake, and after an outage an office comes back at once, which is what
	// the burst is for (NEW_SESSIONS_PER_ADDRESS).
	NewSessions limit.Rate

	// Credentials bounds how fast an address fetches TURN credentials: one for
	// each caller of a call is plenty, more are for resale (CREDENTIALS_PER_ADDRESS).
	Credentials limit.Rate

	// Packets and Bytes bound what one session sends. A peer finds some 100 ICE
	// candidates within a second, and sends them a few times over
	// (PACKETS_PER_SESSION, BYTES_PER_SESSION).
	Packets, Bytes limit.Rate
}

// readConfig reads and checks all settings. A variable of the environment wins
// over one in the .env file of workDir; one that is empty counts as unset. The
// error is one sentence that says what to change.
func readConfig(getenv func(string) string, workDir string) (Config, error) {
	file, err := readDotEnv(filepath.Join(workDir, ".env"))
	if err != nil {
		return Config{}, err
	}
	c := Config{workDir: workDir}
	for _, s := range settings() {
		value := firstSet(getenv(s.name), file[s.name], s.fallback)
		if err := s.read(&c, value); err != nil {
			return Config{}, fmt.Errorf("%s cannot be used: %w", s.name, err)
		}
	}
	return c, c.contradiction()
}

// contradiction finds settings that are fine alone and not together.
func (c Config) contradiction() error {
	switch {
	case len(c.ICE.TURN) > 0 && c.ICE.Secret == "":
		return errors.New("TURN_SERVER_URL is set without TURN_SECRET: set TURN_SECRET to the secret of that server, or unset both")
	case len(c.ICE.TURN) == 0 && c.ICE.Secret != "":
		return errors.New("TURN_SECRET is set without TURN_SERVER_URL: set TURN_SERVER_URL to the host:port of the TURN server, or unset both")
	case !c.Limits.Bytes.Unlimited() && c.Limits.Bytes.Burst < c.MaxPacketBytes:
		return errors.New("the burst of BYTES_PER_SESSION is smaller than MAX_PACKET_BYTES, so that a packet allowed by the one is refused by the other: raise the first or lower the second")
	case c.AdminAddr != "" && sameListener(c.AdminAddr, c.Host, c.Port):
		return errors.New("ADMIN_ADDR is where the server itself listens: give it another port than PORT")
	}
	return nil
}

// sameListener tells whether two listeners are after one port of one address.
// Names of hosts are compared as they are written.
func sameListener(address, host, port string) bool {
	otherHost, otherPort, _ := net.SplitHostPort(address)
	a, errA := strconv.ParseUint(otherPort, 10, 16)
	b, errB := strconv.ParseUint(port, 10, 16)
	if errA != nil || errB != nil || a != b || a == 0 {
		return false
	}
	return strings.EqualFold(host, otherHost) || everyInterface(host) || everyInterface(otherHost)
}

func everyInterface(host string) bool {
	ip := net.ParseIP(host)
	return host == "" || ip != nil && ip.IsUnspecified()
}

// readDotEnv reads a .env file; one that does not exist is empty. The parser's
// own errors quote the file, and with it secrets, so they stay in here.
func readDotEnv(path string) (map[string]string, error) {
	text, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("the file .env cannot be read, make it readable or remove it: %w", err)
	}
	values, err := godotenv.Unmarshal(literalDollars(string(text)))
	if err != nil {
		return nil, errors.New("the file .env cannot be understood: write one NAME=value a line, comments behind #")
	}
	return values, nil
}

// literalDollars escapes the dollar signs that the parser would take for
// variables: in a secret they are just characters, as in the original's .env.
// In single quotes they are so anyway.
func literalDollars(text string) string {
	lines := strings.Split(text, "\n")
	for i, line := range lines {
		_, value, _ := strings.Cut(line, "=")
		if !strings.HasPrefix(strings.TrimSpace(value), "'") {
			lines[i] = strings.ReplaceAll(strings.ReplaceAll(line, `\$`, "$"), "$", `\$`)
		}
	}
	return strings.Join(lines, "\n")
}

// firstSet is the first value with more than blanks in it. Blanks around a
// value, such as the newline at the end of a piped secret, are never meant.
func firstSet(values ...string) string {
	for _, value := range values {
		if value = strings.TrimSpace(value); value != "" {
			return value
		}
	}
	return ""
}
