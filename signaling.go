package main

import (
	"github.com/rs/zerolog"

	"vidchat/engine"
	"vidchat/signaling"
)

// newSignaling is the signaling server as it is configured.
func newSignaling(config Config, log zerolog.Logger) signalingServer {
	return signaling.New(signaling.Config{
		Log: log,
		Engine: engine.Config{
			MaxPacket:   config.MaxPacketBytes,
			AllowOrigin: config.Origins.Allows,
		},
	})
}
