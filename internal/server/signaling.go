package server

import (
	"encoding/json"
	"net/netip"
	"time"

	"github.com/rs/zerolog"

	"vidchat/internal/config"
	"vidchat/internal/engineio"
	"vidchat/internal/limit"
	"vidchat/internal/origin"
	"vidchat/signaling"
)

const (
	// sessionsAtOnce is how many sessions of an address may send as much as one session
	// may, at the same time.
	sessionsAtOnce = 5
	// What may be held in memory for the sessions of an address, and of all, in bytes.
	heldPerAddress = 8 << 20
	heldInAll      = 64 << 20
)

// newSignaling makes the signaling server that the settings ask for.
func newSignaling(c config.Config, guard *origin.Guard, now func() time.Time, nodes *nodes, log zerolog.Logger) *signaling.Server {
	return signaling.New(signaling.Config{
		Log:         log,
		MaxRooms:    c.Limits.Rooms,
		MaxCapacity: c.MaxRoomCapacity,
		SeatHold:    c.SeatHold,
		Cluster:     nodes.rooms(),
		ICEServers: func(client netip.Prefix, session string) json.RawMessage {
			return encode(c.ICE.Servers(client, session, now()))
		},
		Engine: engineio.Config{
			Node:        nodes.name(),
			Forward:     nodes.forward,
			MaxPacket:   c.MaxPacketBytes,
			CheckOrigin: guard.Check,
			ClientAddr:  c.Proxies.ClientAddr,
			Secure:      c.Proxies.HTTPS,
			Limits: engineio.Limits{
				NewSessions:        c.Limits.NewSessions,
				SessionsPerAddress: c.Limits.SessionsPerAddress,
				Sessions:           c.Limits.Sessions,
				Packets:            c.Limits.Packets,
				Bytes:              c.Limits.Bytes,
				Address: limit.Allowance{
					Packets: c.Limits.Packets.Times(sessionsAtOnce),
					Bytes:   c.Limits.Bytes.Times(sessionsAtOnce),
					Held:    heldPerAddress,
				},
				Held: heldInAll,
			},
		},
	})
}

// encode is for values that always have a JSON form.
func encode(value any) json.RawMessage {
	text, err := json.Marshal(value)
	if err != nil {
		panic(err)
	}
	return text
}
