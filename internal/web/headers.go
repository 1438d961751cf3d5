package web

import (
	"net/http"
	"strings"

	"github.com/labstack/echo/v4"
)

// contentSecurityPolicy is that of all pages, which no other page may show in a frame.
var contentSecurityPolicy = policyFor("'none'")

// policyFor allows pages only what this server sends: no script, style, font or
// connection from elsewhere, nothing inline, no frames. Pages of the ancestors may
// show them in a frame.
func policyFor(ancestors string) string {
	return strings.Join([]string{
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
		"frame-ancestors " + ancestors,
	}, "; ")
}

// permissionsPolicy allows the pages the devices of a call and nothing else.
var permissionsPolicy = strings.Join([]string{
	"camera=(self)", "microphone=(self)", "display-capture=(self)", "speaker-selection=(self)",
	"screen-wake-lock=(self)", "picture-in-picture=(self)", "fullscreen=(self)", "autoplay=(self)",
	"clipboard-write=(self)",
	"accelerometer=()", "geolocation=()", "gyroscope=()", "magnetometer=()", "midi=()", "payment=()", "usb=()",
}, ", ")

// oneYear is how long browsers remember to use HTTPS.
const oneYear = "max-age=31536000"

// setPagePolicies is for this server's own pages, assets, errors and JSON.
func setPagePolicies(h http.Header) {
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Content-Security-Policy", contentSecurityPolicy)
	h.Set("Permissions-Policy", permissionsPolicy)
	h.Set("Referrer-Policy", "no-referrer")
	h.Set("X-Frame-Options", "DENY")
	h.Set("Cross-Origin-Opener-Policy", "same-origin")
}

// setEmbedPolicies lets pages of these origins show this one in a frame. The other
// policies stay: they say what this page may use itself, and the page around it says
// what of that the frame may.
func setEmbedPolicies(h http.Header, origins []string) {
	h.Set("Content-Security-Policy", policyFor(strings.Join(origins, " ")))
	h.Del("X-Frame-Options") // it can name no other site
}

// removePagePolicies is for a client from CLIENT_DIR, which may load scripts from
// elsewhere, inject styles or live in a frame. Browsers still may not guess the
// types of its files.
func removePagePolicies(h http.Header) {
	for _, name := range []string{
		"Content-Security-Policy", "Permissions-Policy", "Referrer-Policy", "X-Frame-Options", "Cross-Origin-Opener-Policy",
	} {
		h.Del(name)
	}
}

// setHeaders runs before anything answers, so no answer lacks these headers.
// Answers of signaling are not pages, and stay as the clients of the protocol
// know them.
func (s *Site) setHeaders(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		h := c.Response().Header()
		if !isSignaling(c.Request()) {
			setPagePolicies(h)
		}
		if s.config.Proxies.HTTPS(c.Request()) {
			h.Set("Strict-Transport-Security", oneYear)
		}
		return next(c)
	}
}
