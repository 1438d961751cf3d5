package config

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"vidchat/internal/ice"
)

// noSTUN is the value that disables STUN.
const noSTUN = "none"

func readTURN(c *Config, value string) (err error) {
	if c.ICE.TURN, err = ice.ParseTURN(value); err != nil {
		return fmt.Errorf("write servers as host:port: %w", err)
	}
	return nil
}

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
