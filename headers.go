package main

import (
	"net/http"
	"strings"
	"time"

	"github.com/labstack/echo/v4"
)

// contentSecurityPolicy allows the pages nothing that this server did not send:
// no script, style, font or connection from elsewhere, nothing inline, no frames.
var contentSecurityPolicy = strings.Join([]string{
	"default-src 'none'",
	"script-src 'self'",
	"style-src 'self'",
	"img-src 'self' data: blob:",
	"font-src 'self'",
	"connect-src 'self'",
	"media-src 'self' blob: mediastream:",
	"manifest-src 'self'",
	"worker-src 'self'",
	"base-uri 'none'",
	"form-action 'self'",
	"frame-ancestors 'none'",
}, "; ")

// permissionsPolicy leaves the pages the devices of a call and nothing else.
var permissionsPolicy = strings.Join([]string{
	"camera=(self)", "microphone=(self)", "display-capture=(self)", "speaker-selection=(self)",
	"screen-wake-lock=(self)", "picture-in-picture=(self)", "fullscreen=(self)", "autoplay=(self)",
	"clipboard-write=(self)",
	"accelerometer=()", "geolocation=()", "gyroscope=()", "magnetometer=()", "midi=()", "payment=()", "usb=()",
}, ", ")

// oneYear is how long browsers remember to come by https.
const oneYear = "max-age=31536000"

// setStrict is for what is ours: pages, assets, notices and JSON.
func setStrict(h http.Header) {
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Content-Security-Policy", contentSecurityPolicy)
	h.Set("Permissions-Policy", permissionsPolicy)
	h.Set("Referrer-Policy", "no-referrer")
	h.Set("X-Frame-Options", "DENY")
	h.Set("Cross-Origin-Opener-Policy", "same-origin")
}

// setLoose is for a client from CLIENT_DIR, which may load scripts from
// elsewhere, inject styles or live in a frame. Its types are still not guessed.
func setLoose(h http.Header) {
	for _, name := range []string{
		"Content-Security-Policy", "Permissions-Policy", "Referrer-Policy", "X-Frame-Options", "Cross-Origin-Opener-Policy",
	} {
		h.Del(name)
	}
}

// secure sets the headers before anything answers, so that no answer lacks them.
// Signaling answers are not pages, and stay as the protocol's clients know them.
func (s *site) secure(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		h := c.Response().Header()
		if !isSignaling(c.Request()) {
			setStrict(h)
		}
		if cameByHTTPS(c.Request(), s.config.TrustProxy) {
			h.Set("Strict-Transport-Security", oneYear)
		}
		return next(c)
	}
}

// cameByHTTPS tells whether the browser spoke TLS, to us or to a proxy that is
// trusted.
func cameByHTTPS(r *http.Request, trustProxy bool) bool {
	return r.TLS != nil || trustProxy && strings.EqualFold(lastEntry(r.Header.Values("X-Forwarded-Proto")), "https")
}

// lastEntry is what the nearest proxy wrote; entries before it came from outside.
func lastEntry(values []string) string {
	if len(values) == 0 {
		return ""
	}
	last := values[len(values)-1]
	return strings.TrimSpace(last[strings.LastIndexByte(last, ',')+1:])
}

const (
	bodyPatience   = 10 * time.Second // for a body nobody asked for
	answerPatience = 2 * time.Minute  // for a page to go out over a slow line
)

// hurry bounds how long a client may take with one of our own answers. Polls last
// as long as signaling wants, and it sets deadlines of its own, so they only lose
// the one that an earlier answer left on the connection. (That for reading ends
// with its request, net/http sees to it.)
func hurry(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		conn := http.NewResponseController(c.Response().Writer)
		if isSignaling(c.Request()) {
			if err := conn.SetWriteDeadline(time.Time{}); err != nil {
				return err
			}
			return next(c)
		}
		if err := conn.SetWriteDeadline(time.Now().Add(answerPatience)); err != nil {
			return err
		}
		if c.Request().ContentLength != 0 {
			if err := conn.SetReadDeadline(time.Now().Add(bodyPatience)); err != nil {
				return err
			}
		}
		return next(c)
	}
}

func isSignaling(r *http.Request) bool {
	return r.URL.Path == "/socket.io" || strings.HasPrefix(r.URL.Path, "/socket.io/")
}
