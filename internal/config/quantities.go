package config

import (
	"errors"
	"strconv"
	"strings"
	"time"

	"vidchat/internal/limit"
)

// off is the value that lifts a limit.
const off = "off"

var (
	errCount = errors.New("set it to a whole number from 1 to 10000000, or to off for no limit")
	errRate  = errors.New("set it to a rate a second and a burst of at least 1, such as 10/100, or to off for no limit")
)

// readCount reads how many of something there may be at once; 0 is no limit.
func readCount(into *int, value string) error {
	if value == off {
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

// readRate reads "rate per second/burst". A rate may be a fraction, such as 0.5,
// but not so small that the wait for the next does not fit a duration.
func readRate(into *limit.Rate, value string) error {
	if value == off {
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

func readConnectionsPerAddress(c *Config, value string) error {
	return readCount(&c.Limits.ConnectionsPerAddress, value)
}

func readSessionsPerAddress(c *Config, value string) error {
	return readCount(&c.Limits.SessionsPerAddress, value)
}

func readNewSessions(c *Config, value string) error { return readRate(&c.Limits.NewSessions, value) }

func readRequests(c *Config, value string) error { return readRate(&c.Limits.Requests, value) }

func readCredentials(c *Config, value string) error { return readRate(&c.Limits.Credentials, value) }

func readPackets(c *Config, value string) error { return readRate(&c.Limits.Packets, value) }

func readBytes(c *Config, value string) error { return readRate(&c.Limits.Bytes, value) }

func readMaxPacket(c *Config, value string) error {
	n, err := strconv.Atoi(value)
	if err != nil || n < 4<<10 || n > 1<<20 {
		return errors.New("set it to a whole number from 4096 to 1048576")
	}
	c.MaxPacketBytes = n
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

func readSeatHold(c *Config, value string) error {
	if value == off {
		return nil
	}
	hold, err := time.ParseDuration(value)
	if err != nil || hold < time.Second || hold > 10*time.Minute {
		return errors.New("set it to a time from 1s to 10m, such as 30s, or to off")
	}
	c.SeatHold = hold
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
