package config

import (
	"errors"
	"net/mail"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
)

// HTTPS says how the server speaks TLS itself. The zero value is not at all, as
// behind a proxy or on a platform that does.
type HTTPS struct {
	// Domains are the names of this server, for which certificates are obtained by
	// ACME (DOMAIN).
	Domains []string
	// Directory is the ACME directory of the authority, Let's Encrypt's if empty, and
	// Email what it is told to write to (ACME_DIRECTORY, ACME_EMAIL).
	Directory, Email string
	// CertFile and KeyFile are PEM files that something else renews (TLS_CERT,
	// TLS_KEY).
	CertFile, KeyFile string
	// RedirectPort is where http is answered, with redirects and ACME's challenges;
	// empty is nowhere (HTTP_PORT).
	RedirectPort string
}

// Enabled reports whether the server speaks TLS.
func (h HTTPS) Enabled() bool { return len(h.Domains) > 0 || h.CertFile != "" }

// domainName is a name that an authority gives certificates for: labels with dots.
var domainName = regexp.MustCompile(`^([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]([a-z0-9-]{0,61}[a-z0-9])?$`)

func readDomain(c *Config, value string) error {
	for _, entry := range split(strings.ToLower(value)) {
		name := strings.TrimSuffix(entry, ".")
		if len(name) > 253 || !domainName.MatchString(name) {
			return errors.New("set it to names such as call.example.org, without scheme, port or path, in ASCII (xn--…)")
		}
		c.HTTPS.Domains = append(c.HTTPS.Domains, name)
	}
	return nil
}

func readDirectory(c *Config, value string) error {
	if value == "" {
		return nil
	}
	u, err := url.Parse(value)
	if err != nil || u.Scheme != "https" || u.Host == "" {
		return errors.New("set it to the https URL of the authority's directory, or unset it for Let's Encrypt")
	}
	c.HTTPS.Directory = value
	return nil
}

func readEmail(c *Config, value string) error {
	if value == "" {
		return nil
	}
	address, err := mail.ParseAddress(value)
	if err != nil || address.Name != "" || address.Address != value {
		return errors.New("set it to one address, such as admin@example.org, or unset it")
	}
	c.HTTPS.Email = "mailto:" + value
	return nil
}

func readRedirectPort(c *Config, value string) error {
	if value == off {
		return nil
	}
	port, err := strconv.ParseUint(value, 10, 16)
	if err != nil {
		return errors.New("set it to a whole number from 0 to 65535, or to off")
	}
	c.HTTPS.RedirectPort = strconv.FormatUint(port, 10)
	return nil
}

func readCertFile(c *Config, value string) (err error) {
	c.HTTPS.CertFile, err = c.readableFile(value)
	return err
}

func readKeyFile(c *Config, value string) (err error) {
	c.HTTPS.KeyFile, err = c.readableFile(value)
	return err
}

// readableFile is the absolute path of a file that can be read.
func (c *Config) readableFile(value string) (string, error) {
	if value == "" {
		return "", nil
	}
	path := c.absolute(value)
	file, err := os.Open(path)
	if err != nil {
		return "", errors.New("set it to a PEM file that this user can read: " + err.Error())
	}
	return path, file.Close()
}

// absolute is a path seen from the working directory.
func (c *Config) absolute(path string) string {
	if filepath.IsAbs(path) {
		return path
	}
	return filepath.Join(c.workDir, path)
}

func readDataDir(c *Config, value string) error {
	if value == "" {
		c.DataDir = ""
		return nil
	}
	c.DataDir = c.absolute(value)
	return nil
}
