package web

import (
	"errors"
	"io/fs"
	"net/http"
	"strings"

	"github.com/labstack/echo/v4"
)

const (
	revalidate = "no-cache"                            // keep it, and ask each time whether it has changed
	immutable  = "public, max-age=31536000, immutable" // its name carries a hash of its content
)

// embedOriginsPath is where the call page asks for EMBED_ORIGINS.
const embedOriginsPath = "/embed-origins"

func (s *Site) landingPage(c echo.Context) error {
	return s.sendPage(c, "index.html", s.landingMessages, nil)
}

// callPage answers with and without a slash at the end: people have links of both
// kinds.
func (s *Site) callPage(c echo.Context) error {
	if s.replacement == nil {
		return s.sendPage(c, "call/index.html", s.callMessages, s.config.EmbedOrigins)
	}
	return s.sendReplacement(c, "index.html", errUnknownPage)
}

// embedOrigins tells the call page in a frame whose messages it may trust.
func (s *Site) embedOrigins(c echo.Context) error {
	c.Response().Header().Set("Cache-Control", "no-store")
	return c.JSON(http.StatusOK, map[string][]string{"origins": s.config.EmbedOrigins})
}

// testPage answers with our own call page, also if CLIENT_DIR has another: it tests
// what a call needs when it is opened there.
func (s *Site) testPage(c echo.Context) error {
	return s.sendPage(c, "call/index.html", s.callMessages, nil)
}

// sendPage answers with one of our own pages, which pages of these origins may show in a
// frame.
func (s *Site) sendPage(c echo.Context, name string, messages messagePaths, embedders []string) error {
	return send(c, s.client, name, errNotBuilt, func(h http.Header) {
		h.Set("Cache-Control", revalidate)
		if len(embedders) > 0 {
			setEmbedPolicies(h, embedders)
		}
		messages.preload(h, c.Request())
	})
}

func (s *Site) rootFile(c echo.Context) error {
	return send(c, s.client, requestedName(c, "/"), errUnknownPage, cached(revalidate))
}

func (s *Site) asset(c echo.Context) error {
	return send(c, s.client, requestedName(c, "/"), errUnknownPage, cached(immutable))
}

func (s *Site) errorStyle(c echo.Context) error {
	return send(c, s.errorFiles, "errorpage/error.css", errUnknownPage, cached(revalidate))
}

func (s *Site) errorScript(c echo.Context) error {
	return send(c, s.errorFiles, "errorpage/link.js", errUnknownPage, cached(revalidate))
}

// errorFont answers with the client's font. Without a compiled client, the page
// uses a font of the system.
func (s *Site) errorFont(c echo.Context) error {
	names, err := fs.Glob(s.client.files, clientFont)
	if err != nil || len(names) == 0 {
		return errUnknownPage
	}
	return send(c, s.client, names[0], errUnknownPage, cached(revalidate))
}

func (s *Site) replacementFile(c echo.Context) error {
	return s.sendReplacement(c, requestedName(c, "/call/"), errUnknownPage)
}

// rootFallback looks in CLIENT_DIR for what no route has. A page that names its
// files relatively asks for them above /call if it was opened as /call, and a
// page compiled for the root always does.
func (s *Site) rootFallback(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		err := next(c)
		method := c.Request().Method
		missing := errors.Is(err, echo.ErrNotFound) || errors.Is(err, errUnknownPage)
		if !missing || (method != http.MethodGet && method != http.MethodHead) {
			return err
		}
		return s.sendReplacement(c, requestedName(c, "/"), err)
	}
}

// sendReplacement answers with a file of CLIENT_DIR.
func (s *Site) sendReplacement(c echo.Context, name string, missing error) error {
	return send(c, s.replacement, name, missing, func(h http.Header) {
		removePagePolicies(h)
		h.Set("Cache-Control", revalidate)
	})
}

// send answers with a file of the cache, or with the error for a missing one.
// setHeaders is called only for a file that is there.
func send(c echo.Context, from *fileCache, name string, missing error, setHeaders func(http.Header)) error {
	found, err := from.serve(c.Response(), c.Request(), name, setHeaders)
	if err != nil {
		return err
	}
	if !found {
		return missing
	}
	return nil
}

func cached(policy string) func(http.Header) {
	return func(h http.Header) { h.Set("Cache-Control", policy) }
}

// requestedName is the decoded path below a prefix, as a name for package fs.
func requestedName(c echo.Context, prefix string) string {
	return strings.TrimPrefix(c.Request().URL.Path, prefix)
}
