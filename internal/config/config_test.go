package config

import (
	"net/netip"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/rs/zerolog"

	"vidchat/internal/brand"
	"vidchat/internal/ice"
	"vidchat/internal/limit"
	"vidchat/internal/origin"
)

// read reads settings from a map, in a directory of its own, with a .env file if
// there is text for one.
func read(t *testing.T, env map[string]string, dotEnv string) (Config, error) {
	t.Helper()
	dir := t.TempDir()
	if dotEnv != "" {
		writeFile(t, filepath.Join(dir, ".env"), dotEnv)
	}
	writeFile(t, filepath.Join(dir, "client", "index.html"), "client")
	writeFile(t, filepath.Join(dir, "client", "logo.svg"), logo)
	c, err := Load(func(name string) string { return env[name] }, dir)
	for _, path := range []*string{&c.ClientDir, &c.DataDir, &c.HTTPS.CertFile, &c.HTTPS.KeyFile} {
		*path = strings.TrimPrefix(*path, dir)
	}
	c.workDir = ""
	return c, err
}

func writeFile(t *testing.T, path, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

const logo = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 8 8"/>`

// brandOf is a brand with the color #7a1f5c and the logo.
func brandOf(t *testing.T, name string) brand.Brand {
	t.Helper()
	palette, err := brand.NewPalette(brand.Color{R: 0x7a, G: 0x1f, B: 0x5c})
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "logo")
	writeFile(t, path, logo)
	sign, err := brand.ReadLogo(path)
	if err != nil {
		t.Fatal(err)
	}
	return brand.Brand{Name: name, Palette: palette, Logo: sign}
}

func defaults() Config {
	return Config{
		Port:           "4000",
		ICE:            ice.Config{STUN: []string{"stun:stun.l.google.com:19302"}, TTL: 4 * time.Hour},
		MaxPacketBytes: 65536,
		Limits: Limits{
			Sessions: 20000, Rooms: 20000, ConnectionsPerAddress: 300, SessionsPerAddress: 200,
			NewSessions: limit.Rate{PerSecond: 10, Burst: 100}, Requests: limit.Rate{PerSecond: 500, Burst: 5000},
			Credentials: limit.Rate{PerSecond: 5, Burst: 50},
			Packets:     limit.Rate{PerSecond: 1000, Burst: 2000},
			Bytes:       limit.Rate{PerSecond: 1 << 20, Burst: 4 << 20},
		},
		SeatHold:        30 * time.Second,
		MaxRoomCapacity: 8,
		DrainTimeout:    10 * time.Second,
		LogLevel:        zerolog.InfoLevel,
		LogFormat:       "json",
		DataDir:         "/data",
		Cluster:         Cluster{Prefix: "vidchat:"},
		Relay:           Relay{MinPort: 49160, MaxPort: 49999, Bandwidth: 500_000},
	}
}

func TestConfig(t *testing.T) {
	for _, tt := range []struct {
		name   string
		env    map[string]string
		dotEnv string
		want   func(*Config)
	}{
		{name: "defaults", want: func(*Config) {}},
		{
			name: "what others set",
			env:  map[string]string{"REDIS_URL": "rediss://:p@h:1", "DYNO": "web.1", "NODE_ENV": "production"},
			want: func(c *Config) { c.Cluster.RedisURL = "rediss://:p@h:1" },
		},
		{
			name: "one of several nodes",
			env:  map[string]string{"REDIS_URL": "valkey://u:p@h:1/3", "CLUSTER_SECRET": "sixteen bytes!!!", "REDIS_TLS_INSECURE": "true", "REDIS_PREFIX": "x:"},
			want: func(c *Config) {
				c.Cluster = Cluster{RedisURL: "valkey://u:p@h:1/3", Secret: "sixteen bytes!!!", InsecureTLS: true, Prefix: "x:"}
			},
		},
		{name: "empty is unset", env: map[string]string{"PORT": "", "STUN_URLS": " ", "TURN_SECRET": ""}, want: func(*Config) {}},
		{
			name: "everything",
			env: map[string]string{
				"PORT": "80", "HOST": "::1", "TURN_SECRET": "north", "TURN_SERVER_URL": "t.example:3478,turns:u.example",
				"TURN_TTL": "90m", "STUN_URLS": "s.example", "CLIENT_DIR": "client", "ALLOWED_ORIGINS": "https://A.example, http://b.example:80 https://c.example:8443",
				"TRUST_PROXY": "true", "MAX_PACKET_BYTES": "4096", "LOG_LEVEL": "warn", "LOG_FORMAT": "console",
				"MAX_SESSIONS": "1", "MAX_ROOMS": "2", "CONNECTIONS_PER_ADDRESS": "7", "SESSIONS_PER_ADDRESS": "3", "NEW_SESSIONS_PER_ADDRESS": "0.5/1", "REQUESTS_PER_ADDRESS": "8/9",
				"CREDENTIALS_PER_ADDRESS": "2/3", "PACKETS_PER_SESSION": "4/5", "BYTES_PER_SESSION": "6/4096",
				"ADMIN_ADDR": "[::1]:9090", "METRICS_TOKEN": "sixteen bytes!!!", "DRAIN_TIMEOUT": "25s",
				"SEAT_HOLD": "2m", "MAX_ROOM_CAPACITY": "4", "CALL_STATS": "on", "REDIS_PREFIX": "v:",
				"BRAND_NAME": " Müller & Söhne ", "BRAND_COLOR": "#7A1F5C", "BRAND_LOGO": "client/logo.svg",
			},
			want: func(c *Config) {
				*c = Config{
					Port: "80", Host: "::1", Proxies: origin.Proxies{Hops: 1}, ClientDir: "/client",
					ICE: ice.Config{
						TURN: []string{"turn:t.example:3478", "turns:u.example"}, STUN: []string{"stun:s.example"},
						Secret: "north", TTL: 90 * time.Minute,
					},
					Origins: origin.Policy{
						Listed:  []string{"https://a.example", "http://b.example", "https://c.example:8443"},
						Proxies: origin.Proxies{Hops: 1},
					},
					MaxPacketBytes: 4096, LogLevel: zerolog.WarnLevel, LogFormat: "console",
					Limits: Limits{
						Sessions: 1, Rooms: 2, ConnectionsPerAddress: 7, SessionsPerAddress: 3,
						NewSessions: limit.Rate{PerSecond: 0.5, Burst: 1}, Requests: limit.Rate{PerSecond: 8, Burst: 9}, Credentials: limit.Rate{PerSecond: 2, Burst: 3},
						Packets: limit.Rate{PerSecond: 4, Burst: 5}, Bytes: limit.Rate{PerSecond: 6, Burst: 4096},
					},
					AdminAddr: "[::1]:9090", MetricsToken: "sixteen bytes!!!", DrainTimeout: 25 * time.Second,
					SeatHold: 2 * time.Minute, MaxRoomCapacity: 4, CallStats: true,
					DataDir: "/data", Relay: defaults().Relay, Cluster: Cluster{Prefix: "v:"}, Brand: brandOf(t, "Müller & Söhne"),
				}
			},
		},
		{
			name: "no limits",
			env: map[string]string{
				"MAX_SESSIONS": "off", "MAX_ROOMS": "off", "CONNECTIONS_PER_ADDRESS": "off", "SESSIONS_PER_ADDRESS": "off", "NEW_SESSIONS_PER_ADDRESS": "off", "REQUESTS_PER_ADDRESS": "off",
				"CREDENTIALS_PER_ADDRESS": "off", "PACKETS_PER_SESSION": "off", "BYTES_PER_SESSION": "off", "SEAT_HOLD": "off",
			},
			want: func(c *Config) { c.Limits, c.SeatHold = Limits{}, 0 },
		},
		{
			name: "the same port on another address",
			env:  map[string]string{"HOST": "192.0.2.1", "ADMIN_ADDR": "127.0.0.1:4000"},
			want: func(c *Config) { c.Host, c.AdminAddr = "192.0.2.1", "127.0.0.1:4000" },
		},
		{
			name: "free ports are never the same",
			env:  map[string]string{"PORT": "0", "ADMIN_ADDR": ":0"},
			want: func(c *Config) { c.Port, c.AdminAddr = "0", ":0" },
		},
		{
			name: "the runtime reads GOMEMLIMIT itself",
			env:  map[string]string{"GOMEMLIMIT": "400MiB"},
			want: func(c *Config) { c.MemoryLimitSet = true },
		},
		{
			name:   "a color in .env",
			dotEnv: "BRAND_NAME=Calls of Acme # a comment\nBRAND_COLOR=#7a1f5c\nBRAND_LOGO=client/logo.svg\n",
			want:   func(c *Config) { c.Brand = brandOf(t, "Calls of Acme") },
		},
		{name: "no STUN", env: map[string]string{"STUN_URLS": "none"}, want: func(c *Config) { c.ICE.STUN = nil }},
		{
			name: "origins of apps",
			env:  map[string]string{"ALLOWED_ORIGINS": "capacitor://localhost, ionic://localhost,file://,null,https://A.example.:443"},
			want: func(c *Config) {
				c.Origins.Listed = []string{"capacitor://localhost", "ionic://localhost", "file://", "null", "https://a.example"}
			},
		},
		{
			name: "sites that embed the call page",
			env:  map[string]string{"EMBED_ORIGINS": "https://A.example,https://b.example:8443 http://localhost:3000, http://127.0.0.1:80,https://a.example:443 https://xn--bcher-kva.example. https://0x7f.example,https://192.0.2.a1,https://intranet"},
			want: func(c *Config) {
				c.EmbedOrigins = []string{"https://a.example", "https://b.example:8443", "http://localhost:3000", "http://127.0.0.1", "https://xn--bcher-kva.example", "https://0x7f.example", "https://192.0.2.a1", "https://intranet"}
			},
		},
		{
			name: "several proxies",
			env:  map[string]string{"TRUST_PROXY": "2"},
			want: func(c *Config) { c.Proxies.Hops, c.Origins.Proxies.Hops = 2, 2 },
		},
		{
			name: "networks of proxies",
			env:  map[string]string{"TRUST_PROXY": "10.0.0.0/8, 192.0.2.1,2001:db8::/32"},
			want: func(c *Config) {
				c.Proxies.Networks = []netip.Prefix{
					netip.MustParsePrefix("10.0.0.0/8"), netip.MustParsePrefix("192.0.2.1/32"), netip.MustParsePrefix("2001:db8::/32"),
				}
				c.Origins.Proxies = c.Proxies
			},
		},
		{
			name:   ".env as some editors write it",
			dotEnv: "\ufeffPORT=6000\r\nLOG_LEVEL=debug\r\n",
			want:   func(c *Config) { c.Port, c.LogLevel = "6000", zerolog.DebugLevel },
		},
		{
			name:   "quotes in secrets of .env",
			dotEnv: "METRICS_TOKEN=sixteen\"bytes\"it's\nTURN_SECRET='\"north\"'\nTURN_SERVER_URL=t.example\n",
			want: func(c *Config) {
				c.MetricsToken, c.ICE.Secret, c.ICE.TURN = `sixteen"bytes"it's`, `"north"`, []string{"turn:t.example"}
			},
		},
		{name: "every origin", env: map[string]string{"ALLOWED_ORIGINS": "*"}, want: func(c *Config) { c.Origins.Any = true }},
		{
			name:   "dollar signs in .env are just characters",
			dotEnv: "TURN_SECRET=ab$DEF$HOME{x\nTURN_SERVER_URL=t.example\nMETRICS_TOKEN=\"sixteen $B bytes\"\n",
			want: func(c *Config) {
				c.ICE.Secret, c.ICE.TURN, c.MetricsToken = "ab$DEF$HOME{x", []string{"turn:t.example"}, "sixteen $B bytes"
			},
		},
		{
			name:   ".env, and the environment before it",
			env:    map[string]string{"PORT": "5000"},
			dotEnv: "# of the machine\nPORT=6000\nexport LOG_LEVEL='debug'\nHOST=\"localhost\"\n",
			want:   func(c *Config) { c.Port, c.Host, c.LogLevel = "5000", "localhost", zerolog.DebugLevel },
		},
		{
			name: "blanks around a secret",
			env:  map[string]string{"TURN_SECRET": "north\n", "TURN_SERVER_URL": "t.example"},
			want: func(c *Config) { c.ICE.Secret, c.ICE.TURN = "north", []string{"turn:t.example"} },
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			want := defaults()
			tt.want(&want)
			got, err := read(t, tt.env, tt.dotEnv)
			if err != nil || !reflect.DeepEqual(got, want) {
				t.Errorf("got  %+v, %v\nwant %+v", got, err, want)
			}
		})
	}
}

func TestConfigRefuses(t *testing.T) {
	const port = "PORT cannot be used: set it to a whole number from 0 to 65535"
	const ttl = "TURN_TTL cannot be used: set it to a time from 1m to 24h, such as 4h or 90m"
	const folder = "CLIENT_DIR cannot be used: set it to a folder that has an index.html, or unset it to serve the built-in client"
	const size = "MAX_PACKET_BYTES cannot be used: set it to a whole number from 4096 to 1048576"
	const count = " cannot be used: set it to a whole number from 1 to 10000000, or to off for no limit"
	const rate = " cannot be used: set it to a rate a second and a burst of at least 1, such as 10/100, or to off for no limit"
	const admin = "ADMIN_ADDR cannot be used: set it to host:port, such as 127.0.0.1:9090, or to :port for every interface"
	const adminTwice = "ADMIN_ADDR is where the server itself listens: give it another port than PORT"
	const proxies = "TRUST_PROXY cannot be used: set it to true or false, to the number of proxies (at most 9), or to their networks, such as 10.0.0.0/8,192.0.2.1"
	const brandName = "BRAND_NAME cannot be used: set it to 1 to 40 visible characters, without control characters and those that turn the direction of text"
	const drain = "DRAIN_TIMEOUT cannot be used: set it to a time from 1s to 25s, such as 10s"
	for _, tt := range []struct{ name, value, want string }{
		{"PORT", "http", port},
		{"PORT", "65536", port},
		{"PORT", "-1", port},
		{"HOST", "localhost:4000", "HOST cannot be used: set it to an IP address or a host name, without port or scheme"},
		{"CLUSTER_SECRET", "sixteen bytes!!!", "CLUSTER_SECRET is set without REDIS_URL: set REDIS_URL to the Redis that the nodes share, or unset both to run one process alone"},
		{"CLUSTER_SECRET", "fifteen bytes!!", "CLUSTER_SECRET cannot be used: set it to at least 16 bytes that nobody guesses, the same for all nodes, such as the output of openssl rand -hex 32"},
		{"REDIS_TLS_INSECURE", "maybe", "REDIS_TLS_INSECURE cannot be used: set it to true or false"},
		{"REDIS_PREFIX", "a b", "REDIS_PREFIX cannot be used: set it to at most 64 letters, digits and colons, such as vidchat: with its colon"},
		{"TURN_SECRET", "north", "TURN_SECRET is set without TURN_SERVER_URL: set TURN_SERVER_URL to the host:port of the TURN server, or unset both"},
		{"TURN_SERVER_URL", "t.example", "TURN_SERVER_URL is set without TURN_SECRET: set TURN_SECRET to the secret of that server, or unset both"},
		{"TURN_SERVER_URL", "turn://t.example", `TURN_SERVER_URL cannot be used: write servers as host:port: "turn://t.example" is unusable: it must not have // behind the scheme`},
		{"STUN_URLS", "s.example:x", `STUN_URLS cannot be used: write servers as host:port: "s.example:x" is unusable: its port is not a number from 1 to 65535`},
		{"TURN_TTL", "4", ttl},
		{"TURN_TTL", "59s", ttl},
		{"TURN_TTL", "25h", ttl},
		{"CLIENT_DIR", "nowhere", folder},
		{"CLIENT_DIR", ".", folder},
		{"BRAND_NAME", strings.Repeat("x", 41), brandName},
		{"BRAND_NAME", "a\u202eb", brandName},
		{"BRAND_COLOR", "green", "BRAND_COLOR cannot be used: set it to a color as #rrggbb, such as #0b6b58, in quotes where # begins a comment"},
		{"BRAND_COLOR", "#2f81f7", "BRAND_COLOR cannot be used: #2f81f7 is too light for text on the page, whose contrast would be 3.43 where 4.5 is needed: set it to a darker color, such as #166ce0"},
		{"BRAND_LOGO", "nowhere", "BRAND_LOGO cannot be used: set it to a file that can be read, or unset it"},
		{"BRAND_LOGO", "client/index.html", "BRAND_LOGO cannot be used: set it to a file that is a picture in SVG or PNG"},
		{"ALLOWED_ORIGINS", "a.example", `ALLOWED_ORIGINS cannot be used: write "a.example" as https://host or https://host:port`},
		{"ALLOWED_ORIGINS", "https://a.example/", `ALLOWED_ORIGINS cannot be used: write "https://a.example/" as https://host, with nothing before or behind the host and without wildcards`},
		{"ALLOWED_ORIGINS", "https://*.example", `ALLOWED_ORIGINS cannot be used: write "https://*.example" as https://host, with nothing before or behind the host and without wildcards`},
		{"ALLOWED_ORIGINS", "*,https://a.example", "ALLOWED_ORIGINS cannot be used: * lets every site in, so remove it or the others"},
		{"EMBED_ORIGINS", "*", "EMBED_ORIGINS cannot be used: * would let every site embed and control the call page: list the origins of those that may, as https://host[:port]"},
		{"EMBED_ORIGINS", "a.example", `EMBED_ORIGINS cannot be used: write "a.example" as https://host or https://host:port`},
		{"EMBED_ORIGINS", "https://a.example/", `EMBED_ORIGINS cannot be used: write "https://a.example/" as https://host, with nothing before or behind the host and without wildcards`},
		{"EMBED_ORIGINS", "https://*.example", `EMBED_ORIGINS cannot be used: write "https://*.example" as https://host, with nothing before or behind the host and without wildcards`},
		{"EMBED_ORIGINS", "http://a.example", `EMBED_ORIGINS cannot be used: write "http://a.example" with https://: without it, browsers allow cameras on pages of localhost only`},
		{"EMBED_ORIGINS", "wss://a.example", `EMBED_ORIGINS cannot be used: write "wss://a.example" as https://host or https://host:port`},
		{"EMBED_ORIGINS", "capacitor://localhost", `EMBED_ORIGINS cannot be used: write "capacitor://localhost" as https://host or https://host:port`},
		{"EMBED_ORIGINS", "null", `EMBED_ORIGINS cannot be used: write "null" as https://host or https://host:port`},
		{"EMBED_ORIGINS", "file://", `EMBED_ORIGINS cannot be used: write "file://" as https://host or https://host:port`},
		{"EMBED_ORIGINS", "https://192.0.2.1", `EMBED_ORIGINS cannot be used: write the name of the site instead of the address in "https://192.0.2.1": a policy for frames cannot name addresses`},
		{"EMBED_ORIGINS", "https://192.0.2", `EMBED_ORIGINS cannot be used: write the name of the site instead of the address in "https://192.0.2": a policy for frames cannot name addresses`},
		{"EMBED_ORIGINS", "https://2130706433", `EMBED_ORIGINS cannot be used: write the name of the site instead of the address in "https://2130706433": a policy for frames cannot name addresses`},
		{"EMBED_ORIGINS", "https://0x7f000001", `EMBED_ORIGINS cannot be used: write the name of the site instead of the address in "https://0x7f000001": a policy for frames cannot name addresses`},
		{"EMBED_ORIGINS", "https://a.0X7f:3000", `EMBED_ORIGINS cannot be used: write the name of the site instead of the address in "https://a.0X7f:3000": a policy for frames cannot name addresses`},
		{"EMBED_ORIGINS", "https://a.0x", `EMBED_ORIGINS cannot be used: write the name of the site instead of the address in "https://a.0x": a policy for frames cannot name addresses`},
		{"EMBED_ORIGINS", "https://[::1]:3000", `EMBED_ORIGINS cannot be used: write the name of the site instead of the address in "https://[::1]:3000": a policy for frames cannot name addresses`},
		{"EMBED_ORIGINS", "https://a..b", `EMBED_ORIGINS cannot be used: write the host of "https://a..b" in ASCII (xn--…), as parts of letters, digits and inner hyphens, with a dot between them`},
		{"EMBED_ORIGINS", "https://a.-b", `EMBED_ORIGINS cannot be used: write the host of "https://a.-b" in ASCII (xn--…), as parts of letters, digits and inner hyphens, with a dot between them`},
		{"EMBED_ORIGINS", "https://a-.b", `EMBED_ORIGINS cannot be used: write the host of "https://a-.b" in ASCII (xn--…), as parts of letters, digits and inner hyphens, with a dot between them`},
		{"EMBED_ORIGINS", "https://a..", `EMBED_ORIGINS cannot be used: write the host of "https://a.." in ASCII (xn--…), as parts of letters, digits and inner hyphens, with a dot between them`},
		{"EMBED_ORIGINS", "https://a;script-src", `EMBED_ORIGINS cannot be used: write the host of "https://a;script-src" in ASCII (xn--…), as parts of letters, digits and inner hyphens, with a dot between them`},
		{"EMBED_ORIGINS", "https://bücher.example", `EMBED_ORIGINS cannot be used: write the host of "https://bücher.example" in ASCII (xn--…), as parts of letters, digits and inner hyphens, with a dot between them`},
		{"EMBED_ORIGINS", "https://a.example:99999", `EMBED_ORIGINS cannot be used: write "https://a.example:99999" with a port from 1 to 65535, or without one`},
		{"TRUST_PROXY", "heroku", proxies},
		{"TRUST_PROXY", "10", proxies},
		{"TRUST_PROXY", "-1", proxies},
		{"TRUST_PROXY", "10.0.0.0/33", proxies},
		{"MAX_PACKET_BYTES", "64k", size},
		{"MAX_PACKET_BYTES", "4095", size},
		{"MAX_PACKET_BYTES", "1048577", size},
		{"MAX_SESSIONS", "0", "MAX_SESSIONS" + count},
		{"MAX_SESSIONS", "-1", "MAX_SESSIONS" + count},
		{"MAX_ROOMS", "unlimited", "MAX_ROOMS" + count},
		{"CONNECTIONS_PER_ADDRESS", "none", "CONNECTIONS_PER_ADDRESS" + count},
		{"SESSIONS_PER_ADDRESS", "10000001", "SESSIONS_PER_ADDRESS" + count},
		{"REQUESTS_PER_ADDRESS", "fast", "REQUESTS_PER_ADDRESS" + rate},
		{"NEW_SESSIONS_PER_ADDRESS", "10", "NEW_SESSIONS_PER_ADDRESS" + rate},
		{"NEW_SESSIONS_PER_ADDRESS", "10/0", "NEW_SESSIONS_PER_ADDRESS" + rate},
		{"NEW_SESSIONS_PER_ADDRESS", "0/10", "NEW_SESSIONS_PER_ADDRESS" + rate},
		{"CREDENTIALS_PER_ADDRESS", "NaN/10", "CREDENTIALS_PER_ADDRESS" + rate},
		{"CREDENTIALS_PER_ADDRESS", "Inf/10", "CREDENTIALS_PER_ADDRESS" + rate},
		{"PACKETS_PER_SESSION", "1/2/3", "PACKETS_PER_SESSION" + rate},
		{"PACKETS_PER_SESSION", "-1/2", "PACKETS_PER_SESSION" + rate},
		{"BYTES_PER_SESSION", "1/3000000000", "BYTES_PER_SESSION" + rate},
		{"BYTES_PER_SESSION", "65535/65535", "the burst of BYTES_PER_SESSION is smaller than MAX_PACKET_BYTES, so that a packet allowed by the one is refused by the other: raise the first or lower the second"},
		{"ADMIN_ADDR", "9090", admin},
		{"ADMIN_ADDR", "localhost:http", admin},
		{"ADMIN_ADDR", "http://localhost:9090", admin},
		{"ADMIN_ADDR", "127.0.0.1:4000", adminTwice},
		{"ADMIN_ADDR", ":04000", adminTwice},
		{"METRICS_TOKEN", "fifteen bytes!!", "METRICS_TOKEN cannot be used: set it to at least 16 bytes that nobody guesses, or unset it"},
		{"SEAT_HOLD", "0s", "SEAT_HOLD cannot be used: set it to a time from 1s to 10m, such as 30s, or to off"},
		{"SEAT_HOLD", "11m", "SEAT_HOLD cannot be used: set it to a time from 1s to 10m, such as 30s, or to off"},
		{"MAX_ROOM_CAPACITY", "1", "MAX_ROOM_CAPACITY cannot be used: set it to a whole number from 2 to 8"},
		{"MAX_ROOM_CAPACITY", "9", "MAX_ROOM_CAPACITY cannot be used: set it to a whole number from 2 to 8"},
		{"DRAIN_TIMEOUT", "10", drain},
		{"DRAIN_TIMEOUT", "999ms", drain},
		{"DRAIN_TIMEOUT", "26s", drain},
		{"LOG_LEVEL", "loud", "LOG_LEVEL cannot be used: set it to debug, info, warn or error"},
		{"LOG_FORMAT", "xml", "LOG_FORMAT cannot be used: set it to json or console"},
	} {
		if _, err := read(t, map[string]string{tt.name: tt.value}, ""); err == nil || err.Error() != tt.want {
			t.Errorf("%s=%s:\ngot  %v\nwant %s", tt.name, tt.value, err, tt.want)
		}
		if _, err := read(t, nil, tt.name+"='"+tt.value+"'\n"); err == nil || err.Error() != tt.want {
			t.Errorf("%s=%s in .env:\ngot  %v\nwant %s", tt.name, tt.value, err, tt.want)
		}
	}
}

// A client from CLIENT_DIR has none of our headers, so a list of sites would hold for nothing.
func TestConfigEmbedsOnlyItsOwnClient(t *testing.T) {
	_, err := read(t, map[string]string{"EMBED_ORIGINS": "https://a.example", "CLIENT_DIR": "client"}, "")
	const want = "EMBED_ORIGINS is set, and so is CLIENT_DIR, whose pages every site may show in a frame: unset one of them"
	if err == nil || err.Error() != want {
		t.Errorf("got  %v\nwant %s", err, want)
	}
}

func TestConfigTellsAllThatIsWrong(t *testing.T) {
	_, err := read(t, map[string]string{
		"PORT": "http", "TURN_SERVER_URL": "turn://t", "TURN_SECRET": "north", "LOG_FORMAT": "xml",
		"BYTES_PER_SESSION": "65535/65535", "ADMIN_ADDR": ":4000",
	}, "")
	if err == nil {
		t.Fatal("there is no error")
	}
	lines := strings.Split(err.Error(), "\n")
	for i, want := range []string{"PORT cannot", "TURN_SERVER_URL cannot", "LOG_FORMAT cannot", "the burst of BYTES_PER_SESSION"} {
		if i >= len(lines) || !strings.HasPrefix(lines[i], want) {
			t.Errorf("line %d of %q is not about %s", i, lines, want)
		}
	}
	if len(lines) != 4 {
		t.Errorf("%d lines: %q", len(lines), lines)
	}
}

func TestConfigKeepsSecretsOutOfItsErrors(t *testing.T) {
	_, err := read(t, nil, "TURN_SECRET=hunter2\nnot a line\n")
	if err == nil || strings.Contains(err.Error(), "hunter2") || !strings.Contains(err.Error(), ".env") {
		t.Errorf("the error is %v", err)
	}
}

// The URL of Redis matters only with the secret, and no error shows its password.
func TestConfigRedisURL(t *testing.T) {
	for value, right := range map[string]bool{
		"redis://h": true, "redis://h:1": true, "rediss://u:hunter2@h:1/2": true, "valkey://:hunter2@[::1]:1": true, "valkeys://h": true,
		"h:6379": false, "http://h": false, "redis://": false, "redis://:hunter2@h/x": false, "redis://:hunter2@h/1/2": false, "redis://:hunter2@h?db=1": false, "redis://:hunter2%@h": false,
	} {
		if _, err := read(t, map[string]string{"REDIS_URL": value}, ""); err != nil {
			t.Errorf("%s alone: %v", value, err)
		}
		_, err := read(t, map[string]string{"REDIS_URL": value, "CLUSTER_SECRET": "sixteen bytes!!!"}, "")
		if (err == nil) != right || err != nil && (strings.Contains(err.Error(), "hunter2") || !strings.HasPrefix(err.Error(), "REDIS_URL cannot be used: ")) {
			t.Errorf("%s: %v", value, err)
		}
	}
}

func TestConfigRefusesAnUnreadableDotEnv(t *testing.T) {
	dir := t.TempDir()
	if err := os.Mkdir(filepath.Join(dir, ".env"), 0o755); err != nil {
		t.Fatal(err)
	}
	_, err := Load(func(string) string { return "" }, dir)
	if err == nil || !strings.Contains(err.Error(), "make it readable or remove it") {
		t.Errorf("the error is %v", err)
	}
}
