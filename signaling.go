package main

import (
	"context"
	"net/http"

	"github.com/rs/zerolog"
)

type noSignaling struct{}

func (noSignaling) ServeHTTP(w http.ResponseWriter, r *http.Request) { w.WriteHeader(503) }
func (noSignaling) Run(ctx context.Context) error                    { <-ctx.Done(); return nil }
func (noSignaling) Shutdown(context.Context) error                   { return nil }

func newSignaling(config Config, log zerolog.Logger) signalingServer { return noSignaling{} }
