package main

import (
	"errors"
	"fmt"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/rs/zerolog"

	"vidchat/internal/ice"
)

// minTokenBytes keeps a token out of reach of guessing.
const minTokenBytes = 16

// setting is one environment variable: the row of the table that --help prints
// and the way its value gets into the Config.
type setting struct {
	name     string
	fallback string // what counts where the variable is unset; read like a value
	about    string // meaning, unit and range, for --help and the README
	read     func(c *Config, value string) error
}

// settings is every variable the server knows. Others are left alone: a
// platform sets its own, and REDIS_URL of an older deployment harms nobody.
func settings() []setting {
	return []setting{
		{"PORT", "4000", "TCP port to listen on, 0 to 65535; 0 takes a free one, which the log names.", readPort},
		{"HOST", "", "Address or name of the interface to listen on; unset is all of them.", readHost},
		{"TURN_SERVER_URL", "", "TURN servers as host:port or turn: and turns: URLs, divided by commas; goes with TURN_SECRET.", readTURN},
		{"TURN_SECRET", "", "The secret shared with the TURN servers (static-auth-secret of coturn); goes with TURN_SERVER_URL.", readSecret},
		{"TURN_TTL", "4h", "How long TURN credentials are good for, 1m to 24h.", readTTL},
		{"STUN_URLS", "stun:stun.l.google.com:19302", "STUN servers as host:port or stun: and stuns: URLs, divided by commas; none offers no STUN.", readSTUN},
		{"CLIENT_DIR", "", "Folder of another compiled client, with an index.html, to serve below /call instead of the built-in one.", readClientDir},
		{"ALLOWED_ORIGINS", "", "Origins of other sites that may connect, as https://host[:port] divided by commas; * lets every site in; unset is this site alone.", readOrigins},
		{"TRUST_PROXY", "false", "true where every request comes through a proxy of yours that sets X-Forwarded-Proto and X-Forwarded-For; false ignores both.", readTrustProxy},
		{"MAX_PACKET_BYTES", "65536", "Largest packet a client may send, 4096 to 1048576 bytes; a session description takes 2000 to 10000.", readMaxPacket},
		{"MAX_SESSIONS", "20000", "Sessions open at once, 1 or more; an idle one takes some 4 KiB, and a few times that while it polls, so this keeps the server within its memory; off is no limit.", readMaxSessions},
		{"MAX_ROOMS", "20000", "Rooms in use at once, 1 or more; off is no limit.", readMaxRooms},
		{"SESSIONS_PER_ADDRESS", "200", "Sessions a client address may have open, 1 or more; an office behind one router is one address, and so is a /64 of IPv6; off is no limit.", readSessionsPerAddress},
		{"NEW_SESSIONS_PER_ADDRESS", "10/100", "Sessions a client address may open, as rate a second/burst; the burst is for an office that comes back after an outage; off is no limit.", readNewSessions},
		{"CREDENTIALS_PER_ADDRESS", "5/50", "TURN credentials a client address may fetch, as rate a second/burst; a call takes one for each caller; off is no limit.", readCredentials},
		{"PACKETS_PER_SESSION", "1000/2000", "Packets a session may send, as rate a second/burst; ICE candidates come some 100 at once; off is no limit.", readPackets},
		{"BYTES_PER_SESSION", "1048576/4194304", "Bytes a session may send, as rate a second/burst, with a burst of at least MAX_PACKET_BYTES; off is no limit.", readBytes},
		{"ADMIN_ADDR", "", "host:port of a second listener for /metrics, /debug/pprof/, /healthz and /readyz, which only you should reach; unset is none.", readAdminAddr},
		{"METRICS_TOKEN", "", "Makes /metrics answer on the main listener to requests with Authorization: Bearer and this token of at least 16 bytes; unset is not at all.", readMetricsToken},
		{"SEAT_HOLD", "30s", "How long a seat is held for somebody who lost the connection, 1s to 10m; off frees it at once.", readSeatHold},
		{"MAX_ROOM_CAPACITY", "8", "Most seats a call may have, 2 to 8; everybody sends to everybody, so more than 6 need good machines and lines.", readMaxCapacity},
		{"DRAIN_TIMEOUT", "10s", "How long the server may take to say goodbye at its end, 1s to 25s; Heroku kills after 30 s, Docker after 10 s.", readDrainTimeout},
		{"LOG_LEVEL", "info", "How much is logged: debug, info, warn or error.", readLogLevel},
		{"LOG_FORMAT", "json", "How it is logged: json, a line per event, or console, for people.", readLogFormat},
	}
}

func readPort(c *Config, value string) error {
	port, err := strconv.ParseUint(value, 10, 16)
	if err != nil {
		return errors.New("set it to a whole number from 0 to 65535")
	}
	c.Port = strconv.FormatUint(port, 10)
	return nil
}

func readHost(c *Config, value string) error {
	if net.ParseIP(value) == nil && strings.ContainsAny(value, ":/[] ") {
		return errors.New("set it to an IP address or a host name, without port or scheme")
	}
	c.Host = value
	return nil
}

func readTURN(c *Config, value string) (err error) {
	if c.ICE.TURN, err = ice.ParseTURN(value); err != nil {
		return fmt.Errorf("write servers as host:port: %w", err)
	}
	return nil
}

// noSTUN is what an operator writes who wants none.
const noSTUN = "none"

func readSTUN(c *Config, value string) (err error) {
	if strings.EqualFold(value, noSTUN) {
		return nil
	}
	for entry := range strings.SplitSeq(value, ",") {
		if strings.EqualFold(strings.TrimSpace(entry), noSTUN) {
			return errors.New("write none alone, or servers without it")
		}
	}
	if c.ICE.STUN, err = ice.ParseSTUN(value); err != nil {
		return fmt.Errorf("write servers as host:port: %w", err)
	}
	return nil
}

func readSecret(c *Config, value string) error {
	c.ICE.Secret = value
	return nil
}

func readTTL(c *Config, value string) error {
	ttl, err := time.ParseDuration(value)
	if err != nil || ttl < time.Minute || ttl > 24*time.Hour {
		return errors.New("set it to a time from 1m to 24h, such as 4h or 90m")
	}
	c.ICE.TTL = ttl
	return nil
}

func readClientDir(c *Config, value string) error {
	if value == "" {
		return nil
	}
	if !filepath.IsAbs(value) {
		value = filepath.Join(c.workDir, value)
	}
	info, err := os.Stat(filepath.Join(value, "index.html"))
	if err != nil || !info.Mode().IsRegular() {
		return errors.New("set it to a folder that has an index.html, or unset it to serve the built-in client")
	}
	c.ClientDir = value
	return nil
}

func readOrigins(c *Config, value string) error {
	for entry := range strings.FieldsFuncSeq(value, func(r rune) bool { return r == ',' || r == ' ' }) {
		if entry == "*" {
			c.Origins.Any = true
			continue
		}
		origin, err := parseOrigin(entry)
		if err != nil {
			return err
		}
		c.Origins.Listed = append(c.Origins.Listed, origin)
	}
	if c.Origins.Any && len(c.Origins.Listed) > 0 {
		return errors.New("* lets every site in, so remove it or the others")
	}
	return nil
}

// parseOrigin turns what people write into what browsers send: lower case, no
// default port, no path.
func parseOrigin(entry string) (string, error) {
	u, err := url.Parse(strings.ToLower(entry))
	if err != nil || u.Hostname() == "" || (u.Scheme != "http" && u.Scheme != "https") {
		return "", fmt.Errorf("write %q as https://host or https://host:port", entry)
	}
	if bare := (url.URL{Scheme: u.Scheme, Host: u.Host}); u.String() != bare.String() || strings.Contains(u.Host, "*") {
		return "", fmt.Errorf("write %q as %s://host, with nothing before or behind the host and without wildcards", entry, u.Scheme)
	}
	if u.Port() == map[string]string{"http": "80", "https": "443"}[u.Scheme] {
		u.Host = strings.TrimSuffix(u.Host, ":"+u.Port())
	}
	return u.Scheme + "://" + u.Host, nil
}

func readTrustProxy(c *Config, value string) (err error) {
	if c.TrustProxy, err = strconv.ParseBool(value); err != nil {
		return errors.New("set it to true or false")
	}
	return nil
}

func readMaxPacket(c *Config, value string) error {
	n, err := strconv.Atoi(value)
	if err != nil || n < 4<<10 || n > 1<<20 {
		return errors.New("set it to a whole number from 4096 to 1048576")
	}
	c.MaxPacketBytes = n
	return nil
}

// readAdminAddr wants a port at least: without a host it is every interface.
func readAdminAddr(c *Config, value string) error {
	if value == "" {
		return nil
	}
	host, port, err := net.SplitHostPort(value)
	if err == nil {
		_, err = strconv.ParseUint(port, 10, 16)
	}
	if err != nil || strings.ContainsAny(host, "/ ") {
		return errors.New("set it to host:port, such as 127.0.0.1:9090, or to :port for every interface")
	}
	c.AdminAddr = value
	return nil
}

func readMetricsToken(c *Config, value string) error {
	if value != "" && len(value) < minTokenBytes {
		return errors.New("set it to at least 16 bytes that nobody guesses, or unset it")
	}
	c.MetricsToken = value
	return nil
}

func readSeatHold(c *Config, value string) error {
	if value == noLimit {
		return nil
	}
	hold, err := time.ParseDuration(value)
	if err != nil || hold < time.Second || hold > 10*time.Minute {
		return errors.New("set it to a time from 1s to 10m, such as 30s, or to off")
	}
	c.SeatHold = hold
	return nil
}

func readMaxCapacity(c *Config, value string) error {
	capacity, err := strconv.Atoi(value)
	if err != nil || capacity < 2 || capacity > 8 {
		return errors.New("set it to a whole number from 2 to 8")
	}
	c.MaxRoomCapacity = capacity
	return nil
}

func readDrainTimeout(c *Config, value string) error {
	limit, err := time.ParseDuration(value)
	if err != nil || limit < time.Second || limit > 25*time.Second {
		return errors.New("set it to a time from 1s to 25s, such as 10s")
	}
	c.DrainTimeout = limit
	return nil
}

func readLogLevel(c *Config, value string) (err error) {
	if !slices.Contains([]string{"debug", "info", "warn", "error"}, value) {
		return errors.New("set it to debug, info, warn or error")
	}
	c.LogLevel, err = zerolog.ParseLevel(value)
	return err
}

func readLogFormat(c *Config, value string) error {
	if value != "json" && value != "console" {
		return errors.New("set it to json or console")
	}
	c.LogFormat = value
	return nil
}
