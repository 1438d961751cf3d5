package config

import (
	"errors"
	"os"
	"path/filepath"
	"slices"

	"github.com/rs/zerolog"
)

// setting is one environment variable: its row of the table that --help prints,
// and the function that reads its value into the Config.
type setting struct {
	name     string
	fallback string // the value of an unset variable
	about    string // meaning, unit and range, for --help and docs/settings.md
	read     func(c *Config, value string) error
}

// settings is every variable that the server knows. It ignores others: platforms
// set their own.
func settings() []setting {
	return []setting{
		{"PORT", "4000", "TCP port to listen on, 0 to 65535; 0 picks a free one, which is logged; with DOMAIN or TLS_CERT the default is 443.", readPort},
		{"HOST", "", "Address or name of the interface to listen on; unset means all of them.", readHost},
		{"DOMAIN", "", "Names of this server, comma-separated, for which it obtains certificates by ACME and speaks https itself; also turns on its own TURN server, unless TURN_SERVER_URL names another.", readDomain},
		{"HTTP_PORT", "80", "With https, the port that redirects from http and answers the authority's challenges; off disables it.", readRedirectPort},
		{"ACME_DIRECTORY", "", "https URL of the directory of a certificate authority; unset means Let's Encrypt.", readDirectory},
		{"ACME_EMAIL", "", "Address that the authority may write to.", readEmail},
		{"TLS_CERT", "", "PEM file with a certificate and its chain, to speak https with; read again when it changes; requires TLS_KEY.", readCertFile},
		{"TLS_KEY", "", "PEM file with the private key of TLS_CERT.", readKeyFile},
		{"DATA_DIR", "data", "Folder for certificates and for the secret of the own TURN server; made if it is missing; only this user may be able to read it.", readDataDir},
		{"TURN_LISTEN", "", "host:port of the own TURN server, for UDP and TCP, such as :3478; the default with DOMAIN is :3478; off disables it.", readTURNListen},
		{"TURNS_LISTEN", "", "host:port of the own TURN server for TLS; the default is :5349 if this server speaks https; off disables it.", readTURNSListen},
		{"TURN_PUBLIC_IP", "", "Address at which callers reach this machine, or one of IPv4 and one of IPv6; unset means that of its interfaces, or of DOMAIN.", readPublicIP},
		{"TURN_PORTS", "49160-49999", "First and last UDP port of the own TURN server's relays; a relayed caller takes one or two.", readRelayPorts},
		{"TURN_BANDWIDTH", "4000000", "Bits per second that the own TURN server relays for an allocation in each direction, at least 100000; off means no limit.", readBandwidth},
		{"TURN_SERVER_URL", "", "TURN servers, comma-separated, as host:port or turn: and turns: URLs; requires TURN_SECRET.", readTURN},
		{"TURN_SECRET", "", "Secret shared with the TURN servers (coturn: static-auth-secret); requires TURN_SERVER_URL.", readSecret},
		{"TURN_TTL", "4h", "How long TURN credentials are valid at most, 1m to 24h; at least half of it is left when a caller gets them.", readTTL},
		{"STUN_URLS", "stun:stun.l.google.com:19302", "STUN servers, comma-separated, as host:port or stun: and stuns: URLs; none disables STUN.", readSTUN},
		{"CLIENT_DIR", "", "Folder of another compiled client, with an index.html, to serve below /call instead of the built-in one.", readClientDir},
		{"BRAND_NAME", "", "Name of the service on the pages, 1 to 40 characters; unset means vidchat.", readBrandName},
		{"BRAND_COLOR", "", "Color of buttons, links and icons, as #rrggbb; a lighter one is made of it for dark pages; refused where people could not read it on light ones.", readBrandColor},
		{"BRAND_LOGO", "", "File of a square picture to show as the logo of the service and as the icon of the pages: SVG, or PNG of 192 to 2048 pixels a side; at most 200 kB.", readBrandLogo},
		{"ALLOWED_ORIGINS", "", "Origins of other sites that may connect, comma-separated, as https://host[:port], or as apps send them, such as capacitor://localhost or null; * allows every site; unset allows only this one.", readOrigins},
		{"EMBED_ORIGINS", "", "Origins of sites whose pages may show and control the call page in a frame, comma-separated, as https://host[:port], or http:// for localhost; unset allows none.", readEmbedOrigins},
		{"TRUST_PROXY", "false", "true if every request comes through a proxy of yours that sets X-Forwarded-For and X-Forwarded-Proto; 2 or more for so many, one behind the other; or the networks of your proxies, comma-separated; false ignores what they set.", readTrustProxy},
		{"MAX_PACKET_BYTES", "65536", "Largest packet that a client may send, 4096 to 1048576 bytes; a session description takes 2000 to 10000.", readMaxPacket},
		{"MAX_SESSIONS", "20000", "Sessions open at once, 1 or more; an idle one takes about 4 KiB, or 30 KiB where this server speaks https, and several times 4 KiB more while it polls, so this keeps the server within its memory; off means no limit.", readMaxSessions},
		{"MAX_ROOMS", "20000", "Rooms in use at once, 1 or more; off means no limit.", readMaxRooms},
		{"CONNECTIONS_PER_ADDRESS", "300", "Connections that a client address may have open, 1 or more; those that wait for a request make room for new ones; not for the proxies of TRUST_PROXY; off means no limit.", readConnectionsPerAddress},
		{"SESSIONS_PER_ADDRESS", "200", "Sessions that a client address may have open, 1 or more; an office behind one router is one address, and so is a /64 of IPv6; off means no limit.", readSessionsPerAddress},
		{"NEW_SESSIONS_PER_ADDRESS", "10/100", "Sessions that a client address may open, as rate per second/burst; the burst is for an office that reconnects after an outage; off means no limit.", readNewSessions},
		{"REQUESTS_PER_ADDRESS", "500/5000", "HTTP requests that a client address may send, as rate per second/burst; more have to wait, and are refused after a second; off means no limit.", readRequests},
		{"CREDENTIALS_PER_ADDRESS", "5/50", "TURN credentials that a client address may fetch, as rate per second/burst; a call takes one per caller; off means no limit.", readCredentials},
		{"PACKETS_PER_SESSION", "1000/2000", "Packets that a session may send, as rate per second/burst; some 100 ICE candidates come at once; off means no limit.", readPackets},
		{"BYTES_PER_SESSION", "1048576/4194304", "Bytes that a session may send, as rate per second/burst, with a burst of at least MAX_PACKET_BYTES; off means no limit.", readBytes},
		{"ADMIN_ADDR", "", "host:port of a second listener for /metrics, /debug/pprof/, /healthz and /readyz, which only you should be able to reach; unset disables it.", readAdminAddr},
		{"METRICS_TOKEN", "", "Makes /metrics answer on the main listener too, to requests with Authorization: Bearer and this token of at least 16 bytes; unset disables it.", readMetricsToken},
		{"CALL_STATS", "off", "on has each page report, once per call and other caller and without saying who, whether they connected and how fast, for /metrics; off reports nothing.", readCallStats},
		{"REDIS_URL", "", "Redis 6.2 or later, or Valkey, that several nodes share, as redis://[user:password@]host[:port][/database], with rediss:// for TLS; used only with CLUSTER_SECRET.", readRedisURL},
		{"CLUSTER_SECRET", "", "Secret of at least 16 bytes that the nodes share; makes this process one of several; requires REDIS_URL.", readClusterSecret},
		{"REDIS_TLS_INSECURE", "false", "true accepts any certificate of Redis, such as the self-signed ones of Heroku.", readRedisInsecure},
		{"REDIS_PREFIX", "vidchat:", "What every key in Redis begins with; the same for all nodes.", readRedisPrefix},
		{"SEAT_HOLD", "30s", "How long a seat is held for a caller who lost the connection, 1s to 10m; off frees it at once.", readSeatHold},
		{"MAX_ROOM_CAPACITY", "8", "Most seats in a call, 2 to 8; everyone sends to everyone, so more than 6 need good machines and lines.", readMaxCapacity},
		{"DRAIN_TIMEOUT", "10s", "How long the server may take to shut down, 1s to 25s; Heroku kills it after 30 s, Docker after 10 s.", readDrainTimeout},
		{"LOG_LEVEL", "info", "Least severe level to log: debug, info, warn or error.", readLogLevel},
		{"LOG_FORMAT", "json", "Format of the log: json, one line per event, or console, for people.", readLogFormat},
	}
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

// minTokenBytes is the length from which a token cannot be guessed.
const minTokenBytes = 16

func readMetricsToken(c *Config, value string) error {
	if value != "" && len(value) < minTokenBytes {
		return errors.New("set it to at least 16 bytes that nobody guesses, or unset it")
	}
	c.MetricsToken = value
	return nil
}

func readCallStats(c *Config, value string) error {
	if value != "on" && value != "off" {
		return errors.New("set it to on or off")
	}
	c.CallStats = value == "on"
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
