package web

import (
	"github.com/labstack/echo/v4"
	"github.com/labstack/echo/v4/middleware"
	"github.com/rs/zerolog"

	"vidchat/internal/logging"
)

// recoverPanics keeps a broken request from ending all calls.
func recoverPanics(log zerolog.Logger) echo.MiddlewareFunc {
	return middleware.RecoverWithConfig(middleware.RecoverConfig{
		DisableStackAll: true, // log only the stack of the goroutine that panicked
		LogErrorFunc: func(c echo.Context, err error, stack []byte) error {
			log.Error().Err(logging.WithoutAddresses(err)).Str("route", c.Path()).Bytes("stack", stack).Msg("panic in a request")
			return errInternal
		},
	})
}
