package main

import (
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/rs/zerolog"

	"vidchat/turn"
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
	c, err := readConfig(func(name string) string { return env[name] }, dir)
	c.ClientDir = strings.TrimPrefix(c.ClientDir, dir)
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

func defaults() Config {
	return Config{
		Port:           "4000",
		ICE:            turn.Servers{STUN: []string{"stun:stun.l.google.com:19302"}, TTL: 4 * time.Hour},
		MaxPacketBytes: 65536,
		LogLevel:       zerolog.InfoLevel,
		LogFormat:      "json",
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
			want: func(*Config) {},
		},
		{name: "empty is unset", env: map[string]string{"PORT": "", "STUN_URLS": " ", "TURN_SECRET": ""}, want: func(*Config) {}},
		{
			name: "everything",
			env: map[string]string{
				"PORT": "80", "HOST": "::1", "TURN_SECRET": "north", "TURN_SERVER_URL": "t.example:3478,turns:u.example",
				"TURN_TTL": "90m", "STUN_URLS": "s.example", "CLIENT_DIR": "client", "ALLOWED_ORIGINS": "https://A.example, http://b.example:80 https://c.example:8443",
				"TRUST_PROXY": "true", "MAX_PACKET_BYTES": "4096", "LOG_LEVEL": "warn", "LOG_FORMAT": "console",
			},
			want: func(c *Config) {
				*c = Config{
					Port: "80", Host: "::1", TrustProxy: true, ClientDir: "/client",
					ICE: turn.Servers{
						TURN: []string{"turn:t.example:3478", "turns:u.example"}, STUN: []string{"stun:s.example"},
						Secret: "north", TTL: 90 * time.Minute,
					},
					Origins:        OriginPolicy{Listed: []string{"https://a.example", "http://b.example", "https://c.example:8443"}},
					MaxPacketBytes: 4096, LogLevel: zerolog.WarnLevel, LogFormat: "console",
				}
			},
		},
		{name: "no STUN", env: map[string]string{"STUN_URLS": "none"}, want: func(c *Config) { c.ICE.STUN = nil }},
		{name: "every origin", env: map[string]string{"ALLOWED_ORIGINS": "*"}, want: func(c *Config) { c.Origins.Any = true }},
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
	for _, tt := range []struct{ name, value, want string }{
		{"PORT", "http", port},
		{"PORT", "65536", port},
		{"PORT", "-1", port},
		{"HOST", "localhost:4000", "HOST cannot be used: set it to an IP address or a host name, without port or scheme"},
		{"TURN_SECRET", "north", "TURN_SECRET is set without TURN_SERVER_URL: set TURN_SERVER_URL to the host:port of the TURN server, or unset both"},
		{"TURN_SERVER_URL", "t.example", "TURN_SERVER_URL is set without TURN_SECRET: set TURN_SECRET to the secret of that server, or unset both"},
		{"TURN_SERVER_URL", "turn://t.example", `TURN_SERVER_URL cannot be used: write servers as host:port: "turn://t.example" is unusable: it must not have // behind the scheme`},
		{"STUN_URLS", "s.example:x", `STUN_URLS cannot be used: write servers as host:port: "s.example:x" is unusable: its port is not a number from 1 to 65535`},
		{"TURN_TTL", "4", ttl},
		{"TURN_TTL", "59s", ttl},
		{"TURN_TTL", "25h", ttl},
		{"CLIENT_DIR", "nowhere", folder},
		{"CLIENT_DIR", ".", folder},
		{"ALLOWED_ORIGINS", "a.example", `ALLOWED_ORIGINS cannot be used: write "a.example" as https://host or https://host:port`},
		{"ALLOWED_ORIGINS", "null", `ALLOWED_ORIGINS cannot be used: write "null" as https://host or https://host:port`},
		{"ALLOWED_ORIGINS", "https://a.example/", `ALLOWED_ORIGINS cannot be used: write "https://a.example/" as https://host, with nothing before or behind the host and without wildcards`},
		{"ALLOWED_ORIGINS", "https://*.example", `ALLOWED_ORIGINS cannot be used: write "https://*.example" as https://host, with nothing before or behind the host and without wildcards`},
		{"ALLOWED_ORIGINS", "*,https://a.example", "ALLOWED_ORIGINS cannot be used: * lets every site in, so remove it or the others"},
		{"TRUST_PROXY", "heroku", "TRUST_PROXY cannot be used: set it to true or false"},
		{"MAX_PACKET_BYTES", "64k", size},
		{"MAX_PACKET_BYTES", "4095", size},
		{"MAX_PACKET_BYTES", "1048577", size},
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

func TestConfigKeepsSecretsOutOfItsErrors(t *testing.T) {
	_, err := read(t, nil, "TURN_SECRET=hunter2\nnot a line\n")
	if err == nil || strings.Contains(err.Error(), "hunter2") || !strings.Contains(err.Error(), ".env") {
		t.Errorf("the error is %v", err)
	}
}

func TestConfigRefusesAnUnreadableDotEnv(t *testing.T) {
	dir := t.TempDir()
	if err := os.Mkdir(filepath.Join(dir, ".env"), 0o755); err != nil {
		t.Fatal(err)
	}
	_, err := readConfig(func(string) string { return "" }, dir)
	if err == nil || !strings.Contains(err.Error(), "make it readable or remove it") {
		t.Errorf("the error is %v", err)
	}
}
