package config

import (
	"net/netip"
	"path/filepath"
	"reflect"
	"testing"
)

func TestHTTPSAndRelay(t *testing.T) {
	const pem = "client/index.html" // any file
	withDomain := func(c *Config) {
		c.Port, c.HTTPS = "443", HTTPS{Domains: []string{"call.example.org"}, RedirectPort: "80"}
		c.Relay.Listen, c.Relay.ListenTLS = ":3478", ":5349"
		c.Relay.STUN, c.ICE.STUN = true, nil
	}
	stun := defaults().ICE.STUN
	withFiles := func(c *Config) {
		c.Port, c.HTTPS = "443", HTTPS{CertFile: "/" + pem, KeyFile: "/" + pem, RedirectPort: "80"}
	}
	for name, tt := range map[string]struct {
		env  map[string]string
		want func(*Config)
	}{
		"a domain": {map[string]string{"DOMAIN": "Call.Example.org."}, withDomain},
		"everything": {
			map[string]string{
				"DOMAIN": "call.example.org, xn--bcher-kva.example", "PORT": "8443", "HTTP_PORT": "8080", "ACME_DIRECTORY": "https://ca.example/dir",
				"ACME_EMAIL": "a@example.org", "DATA_DIR": "/srv/data", "TURN_LISTEN": "127.0.0.1:0", "TURNS_LISTEN": "off",
				"TURN_PUBLIC_IP": "192.0.2.1,2001:db8::1", "TURN_PORTS": "20000-20009", "TURN_BANDWIDTH": "off", "TURN_SECRET": "north",
				"STUN_URLS": "s.example",
			},
			func(c *Config) {
				c.Port, c.DataDir, c.ICE.Secret, c.ICE.STUN = "8443", "/srv/data", "north", []string{"stun:s.example"}
				c.HTTPS = HTTPS{
					Domains: []string{"call.example.org", "xn--bcher-kva.example"}, RedirectPort: "8080",
					Directory: "https://ca.example/dir", Email: "mailto:a@example.org",
				}
				c.Relay = Relay{
					Listen: "127.0.0.1:0", MinPort: 20000, MaxPort: 20009,
					Public: []netip.Addr{netip.MustParseAddr("192.0.2.1"), netip.MustParseAddr("2001:db8::1")},
				}
			},
		},
		"another TURN server": {
			map[string]string{"DOMAIN": "call.example.org", "TURN_SERVER_URL": "t.example", "TURN_SECRET": "north"},
			func(c *Config) {
				withDomain(c)
				c.Relay = defaults().Relay
				c.ICE.STUN = stun
				c.ICE.TURN, c.ICE.Secret = []string{"turn:t.example"}, "north"
			},
		},
		"no TURN": {
			map[string]string{"DOMAIN": "call.example.org", "TURN_LISTEN": "off", "HTTP_PORT": "off"},
			func(c *Config) {
				withDomain(c)
				c.Relay, c.ICE.STUN, c.HTTPS.RedirectPort = defaults().Relay, stun, ""
			},
		},
		"files": {map[string]string{"TLS_CERT": pem, "TLS_KEY": pem}, withFiles},
		"files and TURN": {
			map[string]string{"TLS_CERT": pem, "TLS_KEY": pem, "TURN_LISTEN": ":3478"},
			func(c *Config) {
				withFiles(c)
				c.Relay.Listen, c.Relay.ListenTLS, c.Relay.STUN, c.ICE.STUN = ":3478", ":5349", true, nil
			},
		},
		"TURN alone": {map[string]string{"TURN_LISTEN": ":3478"}, func(c *Config) {
			c.Relay.Listen, c.Relay.STUN, c.ICE.STUN = ":3478", true, nil
		}},
	} {
		t.Run(name, func(t *testing.T) {
			want := defaults()
			tt.want(&want)
			got, err := read(t, tt.env, "")
			if err != nil || !reflect.DeepEqual(got, want) {
				t.Errorf("got  %+v, %v\nwant %+v", got, err, want)
			}
		})
	}
}

func TestHTTPSAndRelayRefuse(t *testing.T) {
	const name = "DOMAIN cannot be used: set it to names such as call.example.org, without scheme, port or path, in ASCII (xn--…)"
	const ports = "TURN_PORTS cannot be used: set it to the first and the last of at least 10 ports from 1024 on, such as 49160-49999"
	const public = "TURN_PUBLIC_IP cannot be used: set it to the address at which callers reach this machine, or to one of IPv4 and one of IPv6"
	const listen = " cannot be used: set it to host:port, such as :3478 for every interface, or to off"
	const bandwidth = "TURN_BANDWIDTH cannot be used: set it to bits per second, at least 100000, or to off for no limit"
	pem := filepath.Join("client", "index.html")
	for _, tt := range []struct {
		env  map[string]string
		want string
	}{
		{map[string]string{"DOMAIN": "https://call.example.org"}, name},
		{map[string]string{"DOMAIN": "localhost"}, name},
		{map[string]string{"DOMAIN": "192.0.2.1"}, name},
		{map[string]string{"DOMAIN": "bücher.example"}, name},
		{map[string]string{"HTTP_PORT": "http"}, "HTTP_PORT cannot be used: set it to a whole number from 0 to 65535, or to off"},
		{map[string]string{"ACME_DIRECTORY": "http://ca.example"}, "ACME_DIRECTORY cannot be used: set it to the https URL of the authority's directory, or unset it for Let's Encrypt"},
		{map[string]string{"ACME_EMAIL": "Alice <a@example.org>"}, "ACME_EMAIL cannot be used: set it to one address, such as admin@example.org, or unset it"},
		{map[string]string{"TURN_LISTEN": "3478"}, "TURN_LISTEN" + listen},
		{map[string]string{"TURN_LISTEN": ":3478", "TURNS_LISTEN": "x:y"}, "TURNS_LISTEN" + listen},
		{map[string]string{"TURN_PUBLIC_IP": "call.example.org"}, public},
		{map[string]string{"TURN_PUBLIC_IP": "0.0.0.0"}, public},
		{map[string]string{"TURN_PUBLIC_IP": "192.0.2.1 192.0.2.2"}, "TURN_PUBLIC_IP cannot be used: set it to one address of IPv4 and one of IPv6 at most"},
		{map[string]string{"TURN_PORTS": "49160"}, ports},
		{map[string]string{"TURN_PORTS": "49160-49168"}, ports},
		{map[string]string{"TURN_PORTS": "80-49999"}, ports},
		{map[string]string{"TURN_BANDWIDTH": "4M"}, bandwidth},
		{map[string]string{"TURN_BANDWIDTH": "99999"}, bandwidth},
		{map[string]string{"DOMAIN": "a.example", "TLS_CERT": pem, "TLS_KEY": pem}, "DOMAIN is set, and so is TLS_CERT: unset the first to use the files, or the second to obtain certificates"},
		{map[string]string{"TLS_CERT": pem}, "of TLS_CERT and TLS_KEY, only one is set: set both, or neither"},
		{map[string]string{"TURN_LISTEN": ":3478", "TURN_SERVER_URL": "t.example", "TURN_SECRET": "north"}, "TURN_LISTEN is set, and so is TURN_SERVER_URL: unset the first to use that server, or the second to use the TURN server in this process"},
		{map[string]string{"TURNS_LISTEN": ":5349"}, "TURNS_LISTEN is set without a TURN server in this process: set TURN_LISTEN too, or unset it"},
		{map[string]string{"TURN_LISTEN": ":3478", "TURNS_LISTEN": ":5349"}, "TURNS_LISTEN needs a certificate: set DOMAIN, or TLS_CERT and TLS_KEY, or unset it"},
	} {
		if _, err := read(t, tt.env, ""); err == nil || err.Error() != tt.want {
			t.Errorf("%v:\ngot  %v\nwant %s", tt.env, err, tt.want)
		}
	}
	if _, err := read(t, map[string]string{"TLS_CERT": "none.pem", "TLS_KEY": pem}, ""); err == nil {
		t.Error("a file that is missing")
	}
}
