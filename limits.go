package main

import (
	"errors"
	"strconv"
	"strings"

	"vidchat/internal/limit"
)

// noLimit is what an operator writes to lift a limit.
const noLimit = "off"

var (
	errCount = errors.New("set it to a whole number from 1 to 10000000, or to off for no limit")
	errRate  = errors.New("set it to a rate a second and a burst of at least 1, such as 10/100, or to off for no limit")
)

// readCount reads a number of things that may be there at once; 0 is no limit.
func readCount(into *int, value string) error {
	if value == noLimit {
		*into = 0
		return nil
	}
	n, err := strconv.ParseUint(value, 10, 32)
	if err != nil || n < 1 || n > 10_000_000 {
		return errCount
	}
	*into = int(n)
	return nil
}

// readRate reads "a second/burst". A rate may be a fraction, such as 0.5, but
// not so small that the time to wait for the next could not be told.
func readRate(into *limit.Rate, value string) error {
	if value == noLimit {
		*into = limit.Rate{}
		return nil
	}
	often, atOnce, _ := strings.Cut(value, "/")
	perSecond, err := strconv.ParseFloat(often, 64)
	burst, errBurst := strconv.ParseUint(atOnce, 10, 31)
	if err != nil || errBurst != nil || !(perSecond >= 0.001 && perSecond <= 1e9) || burst < 1 {
		return errRate
	}
	*into = limit.Rate{PerSecond: perSecond, Burst: int(burst)}
	return nil
}

func readMaxSessions(c *Config, value string) error { return readCount(&c.Limits.Sessions, value) }

func readMaxRooms(c *Config, value string) error { return readCount(&c.Limits.Rooms, value) }

func readSessionsPerAddress(c *Config, value string) error {
	return readCount(&c.Limits.SessionsPerAddress, value)
}

func readNewSessions(c *Config, value string) error { return readRate(&c.Limits.NewSessions, value) }

func readCredentials(c *Config, value string) error { return readRate(&c.Limits.Credentials, value) }

func readPackets(c *Config, value string) error { return readRate(&c.Limits.Packets, value) }

func readBytes(c *Config, value string) error { return readRate(&c.Limits.Bytes, value) }
