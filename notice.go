package main

import (
	"bytes"
	"embed"
	"errors"
	"html/template"
	"net/http"
	"strings"

	"github.com/labstack/echo/v4"
	"github.com/rs/zerolog"

	"vidchat/internal/logging"
)

// The pages the server speaks through itself, whatever client it serves.
//
//go:embed notices
var noticeFiles embed.FS

var noticePage = template.Must(template.ParseFS(noticeFiles, "notices/notice.html"))

// notice is an answer in words, for a person or for a program.
type notice struct {
	Code    int    `json:"-"`
	Title   string `json:"-"`
	Message string `json:"message"`
	Command string `json:"-"` // what to type, where typing helps
}

// Error makes a notice something that a handler can return.
func (n notice) Error() string { return n.Message }

var (
	errUnknownPage = notice{http.StatusNotFound, "Page not found", "There is nothing at this address.", ""}
	errMethod      = notice{http.StatusMethodNotAllowed, "Method not allowed", "This address does not take requests of this kind.", ""}
	errOrigin      = notice{http.StatusForbidden, "Not for this site", "Other sites may ask for this only where ALLOWED_ORIGINS lists them.", ""}
	errTooSoon     = notice{http.StatusTooManyRequests, "Too many requests", "Too many requests came from this network. Try again later.", ""}
	errToken       = notice{http.StatusUnauthorized, "Not for everybody", "Send the token of METRICS_TOKEN as Authorization: Bearer.", ""}
	errInternal    = notice{http.StatusInternalServerError, "Something broke", "The server could not answer. It runs on, so trying again may help.", ""}
	errNoLibrary   = notice{http.StatusNotFound, "Not served here", "This server does not serve the client library: bundle socket.io-client with your page.", ""}

	// errNotBuilt has the status of a service that is not there, so that a health
	// check of the page fails; no Retry-After, as waiting does not build anything.
	errNotBuilt = notice{
		http.StatusServiceUnavailable, "The client is not built yet",
		"The server runs, but it was compiled before the pages were. Stop it and type this in the project's folder:", "make run",
	}
)

// answerError is the one place where an error becomes an answer.
func answerError(log zerolog.Logger) echo.HTTPErrorHandler {
	return func(err error, c echo.Context) {
		n, known := noticeFor(err)
		if !known {
			log.Error().Err(logging.WithoutAddresses(err)).Str("route", c.Path()).Msg("request failed")
		}
		if c.Response().Committed {
			return
		}
		if err := n.write(c); err != nil {
			log.Debug().Err(logging.WithoutAddresses(err)).Msg("answer not delivered")
		}
	}
}

// noticeFor is false for errors that nobody foresaw.
func noticeFor(err error) (n notice, known bool) {
	var fromRouter *echo.HTTPError
	switch {
	case errors.As(err, &n):
		return n, true
	case !errors.As(err, &fromRouter):
		return errInternal, false
	case fromRouter.Code == http.StatusNotFound:
		return errUnknownPage, true
	case fromRouter.Code == http.StatusMethodNotAllowed:
		return errMethod, true
	}
	return errInternal, false
}

// write chooses HTML, JSON or plain text by what the client accepts.
func (n notice) write(c echo.Context) error {
	h := c.Response().Header()
	h.Set("Cache-Control", "no-store")
	h.Add("Vary", "Accept")
	accept := c.Request().Header.Get("Accept")
	switch {
	case strings.Contains(accept, "text/html"):
		return n.writePage(c)
	case strings.Contains(accept, "json"):
		return c.JSON(n.Code, n)
	}
	text := n.Message
	if n.Command != "" {
		text += "\n\n    " + n.Command
	}
	return c.String(n.Code, text+"\n")
}

func (n notice) writePage(c echo.Context) error {
	var page bytes.Buffer
	if err := noticePage.Execute(&page, n); err != nil {
		return err
	}
	return c.HTMLBlob(n.Code, page.Bytes())
}
