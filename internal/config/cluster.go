package config

import (
	"errors"
	"net/url"
	"slices"
	"strconv"
	"strings"
)

// Cluster is how this process joins others. The zero value is one process alone.
type Cluster struct {
	// RedisURL leads to the Redis or Valkey that the nodes share (REDIS_URL). It may
	// contain a password.
	RedisURL string
	// Secret is shared by the nodes and nobody else (CLUSTER_SECRET): under it, what
	// Redis holds is sealed.
	Secret string
	// InsecureTLS accepts any certificate of Redis (REDIS_TLS_INSECURE).
	InsecureTLS bool
	// Prefix is put before every key in Redis (REDIS_PREFIX).
	Prefix string
}

// Enabled reports whether this process is one of several. An old REDIS_URL that was
// left in an environment does not make it one.
func (c Cluster) Enabled() bool { return c.RedisURL != "" && c.Secret != "" }

// readRedisURL takes any value: alone, it is one that was left, and nobody reads it.
func readRedisURL(c *Config, value string) error {
	c.Cluster.RedisURL = value
	return nil
}

// redisURLRight reports whether the URL of Redis can be used.
func (c Cluster) redisURLRight() bool {
	u, err := url.Parse(c.RedisURL) // whose error would contain the password
	if err != nil || u.Hostname() == "" || u.RawQuery != "" || u.Fragment != "" {
		return false
	}
	if !slices.Contains([]string{"redis", "rediss", "valkey", "valkeys"}, u.Scheme) {
		return false
	}
	database := strings.TrimPrefix(u.Path, "/")
	_, err = strconv.ParseUint(database, 10, 16)
	return database == "" || err == nil
}

func readClusterSecret(c *Config, value string) error {
	if value != "" && len(value) < minTokenBytes {
		return errors.New("set it to at least 16 bytes that nobody guesses, the same for all nodes, such as the output of openssl rand -hex 32")
	}
	c.Cluster.Secret = value
	return nil
}

func readRedisInsecure(c *Config, value string) (err error) {
	if c.Cluster.InsecureTLS, err = strconv.ParseBool(value); err != nil {
		return errors.New("set it to true or false")
	}
	return nil
}

// maxPrefixBytes bounds what is repeated in every key.
const maxPrefixBytes = 64

func readRedisPrefix(c *Config, value string) error {
	if len(value) > maxPrefixBytes || strings.ContainsFunc(value, func(r rune) bool { return r <= ' ' || r > '~' || strings.ContainsRune("*?[]\\", r) }) {
		return errors.New("set it to at most 64 letters, digits and colons, such as vidchat: with its colon")
	}
	c.Cluster.Prefix = value
	return nil
}
