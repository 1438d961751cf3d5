package web

import (
	"bytes"
	"embed"
	"errors"
	"html/template"
	"net/http"
	"strings"

	"github.com/labstack/echo/v4"
	"github.com/rs/zerolog"

	"vidchat/internal/brand"
	"vidchat/internal/logging"
)

// errorFiles are the page for errors, its style and its script, whatever client is
// served.
//
//go:embed errorpage
var errorFiles embed.FS

var errorPage = template.Must(template.ParseFS(errorFiles, "errorpage/error.html"))

const (
	// The page for errors finds its files here. No client has files of its own there.
	errorStylePath  = "/notices/notice.css"
	errorScriptPath = "/notices/link.js"
	errorFontPath   = "/notices/figtree.woff2"

	// clientFont is the font in the compiled client; * is a hash of its content.
	clientFont = "assets/figtree-latin-wght-normal-*.woff2"
)

// httpError is an error with an answer, for a person or for a program.
type httpError struct {
	Code    int    `json:"-"`
	Title   string `json:"-"`
	Message string `json:"message"`
	Command string `json:"-"` // what to type, if that helps
	Key     string `json:"-"` // the key of the texts in every language; empty if they are English alone
}

// Error lets handlers return an httpError.
func (e httpError) Error() string { return e.Message }

var (
	// People see these, in their language.
	errUnknownPage = translatedError(http.StatusNotFound)
	errMethod      = translatedError(http.StatusMethodNotAllowed)
	errTooSoon     = translatedError(http.StatusTooManyRequests)
	errInternal    = translatedError(http.StatusInternalServerError)

	// Developers and operators see these.
	errOrigin     = httpError{Code: http.StatusForbidden, Title: "Not for this site", Message: "Other sites may use this only if ALLOWED_ORIGINS lists them."}
	errToken      = httpError{Code: http.StatusUnauthorized, Title: "Token required", Message: "Send the token of METRICS_TOKEN as Authorization: Bearer."}
	errCallReport = httpError{Code: http.StatusBadRequest, Title: "Not a report", Message: "This is not a report about a call, or it is too long."}
	errNoLibrary  = httpError{Code: http.StatusNotFound, Title: "Not served here", Message: "This server does not serve the client library: bundle socket.io-client with your page."}

	// errNotBuilt has the status of an unavailable service, so that a health check of
	// the page fails. It has no Retry-After, since waiting does not build anything.
	errNotBuilt = httpError{
		Code: http.StatusServiceUnavailable, Title: "The client is not built yet", Command: "make run",
		Message: "The server is running, but it was compiled before the pages were. Stop it and type this in the project's folder:",
	}
)

// answerError is the one place that turns an error into an answer.
func answerError(log zerolog.Logger, b brand.Brand) echo.HTTPErrorHandler {
	return func(err error, c echo.Context) {
		answer, expected := httpErrorFor(err)
		if !expected {
			log.Error().Err(logging.WithoutAddresses(err)).Str("route", c.Path()).Msg("request failed")
		}
		if c.Response().Committed {
			return
		}
		if err := answer.write(c, b); err != nil {
			log.Debug().Err(logging.WithoutAddresses(err)).Msg("answer not delivered")
		}
	}
}

// httpErrorFor is the answer to an error; expected is false if it is none of those
// that handlers return on purpose.
func httpErrorFor(err error) (answer httpError, expected bool) {
	var fromRouter *echo.HTTPError
	switch {
	case errors.As(err, &answer):
		return answer, true
	case !errors.As(err, &fromRouter):
		return errInternal, false
	case fromRouter.Code == http.StatusNotFound:
		return errUnknownPage, true
	case fromRouter.Code == http.StatusMethodNotAllowed:
		return errMethod, true
	}
	return errInternal, false
}

// write answers in HTML, JSON or plain text, whichever the client accepts.
func (e httpError) write(c echo.Context, b brand.Brand) error {
	h := c.Response().Header()
	h.Set("Cache-Control", "no-store")
	h.Add("Vary", "Accept")
	accept := c.Request().Header.Get("Accept")
	switch {
	case strings.Contains(accept, "text/html"):
		return e.writePage(c, b)
	case strings.Contains(accept, "json"):
		return c.JSON(e.Code, e)
	}
	text := e.Message
	if e.Command != "" {
		text += "\n\n    " + e.Command
	}
	return c.String(e.Code, text+"\n")
}

// brandedError is what the page for errors shows.
type brandedError struct {
	httpError
	Brand, Logo, Style string     // the name, and addresses, empty without a brand's own
	Lang, Dir, HomeOf  string     // the language, its direction, and what the brand's link is called
	Words              errorWords // all else that is said
}

func (e httpError) writePage(c echo.Context, b brand.Brand) error {
	c.Response().Header().Add("Vary", "Accept-Language")
	words, lang := e.wordsFor(acceptedLanguages(c.Request()))
	shown := brandedError{
		httpError: e.in(words), Brand: b.ShownName(),
		Lang: lang, Dir: "ltr", HomeOf: words.homeOf(b.ShownName()), Words: words,
	}
	if lang == "ar" {
		shown.Dir = "rtl"
	}
	if b.Logo != nil {
		shown.Logo = logoPath(b.Logo)
	}
	if b.Palette != nil {
		shown.Style = brandStylePath
	}
	var page bytes.Buffer
	if err := errorPage.Execute(&page, shown); err != nil {
		return err
	}
	return c.HTMLBlob(e.Code, page.Bytes())
}
