package web

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"path"
	"strconv"
	"strings"
	"time"
)

// asset is a file as it goes over the wire, in one or two encodings.
type asset struct {
	contentType string
	tag         string // hash of the content, without quotes
	plain       []byte
	gzipped     []byte // nil if gzip gains nothing
}

// contentTypes replaces the table of package mime, which depends on files of the
// machine that a small container does not have.
var contentTypes = map[string]string{
	".css": "text/css; charset=utf-8", ".html": "text/html; charset=utf-8",
	".js": "text/javascript; charset=utf-8", ".mjs": "text/javascript; charset=utf-8",
	".json": "application/json", ".map": "application/json", ".webmanifest": "application/manifest+json",
	".txt": "text/plain; charset=utf-8", ".xml": "text/xml; charset=utf-8", ".wasm": "application/wasm",
	".svg": "image/svg+xml", ".png": "image/png", ".jpg": "image/jpeg", ".jpeg": "image/jpeg", ".gif": "image/gif",
	".webp": "image/webp", ".avif": "image/avif", ".ico": "image/x-icon",
	".woff": "font/woff", ".woff2": "font/woff2", ".ttf": "font/ttf", ".otf": "font/otf",
	".mp3": "audio/mpeg", ".ogg": "audio/ogg", ".wav": "audio/wav", ".mp4": "video/mp4", ".webm": "video/webm",
}

func contentType(name string) string {
	if known, ok := contentTypes[strings.ToLower(path.Ext(name))]; ok {
		return known
	}
	return "application/octet-stream"
}

func newAsset(name string, content []byte) *asset {
	sum := sha256.Sum256(content)
	return &asset{
		contentType: contentType(name),
		tag:         base64.RawURLEncoding.EncodeToString(sum[:12]),
		plain:       content,
		gzipped:     compress(content),
	}
}

// compress returns nil if it would not save a tenth: images and fonts are already
// compressed, and tiny files fit into one packet anyway.
func compress(content []byte) []byte {
	var out bytes.Buffer
	w, err := gzip.NewWriterLevel(&out, gzip.BestCompression)
	if err != nil {
		return nil
	}
	if _, err := w.Write(content); err != nil || w.Close() != nil {
		return nil
	}
	if out.Len() > len(content)*9/10 {
		return nil
	}
	return out.Bytes()
}

// ServeHTTP answers with an encoding that the client accepts, or 304. The two
// encodings have different tags, since a cache must not mix them up. Ranges are
// of the plain content only.
func (a *asset) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, tag, h := a.plain, a.tag, w.Header()
	h.Set("Content-Type", a.contentType)
	if a.gzipped != nil {
		h.Add("Vary", "Accept-Encoding")
		if r.Header.Get("Range") == "" && acceptsGzip(r.Header.Get("Accept-Encoding")) {
			body, tag = a.gzipped, a.tag+"-gzip"
			h.Set("Content-Encoding", "gzip")
			// ServeContent leaves the length of an encoded body to its caller.
			h.Set("Content-Length", strconv.Itoa(len(body)))
		}
	}
	h.Set("ETag", `"`+tag+`"`)
	http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(body))
}

// acceptsGzip reads an Accept-Encoding header (RFC 9110, section 12.5.3).
func acceptsGzip(header string) bool {
	anything := false
	for entry := range strings.SplitSeq(header, ",") {
		coding, parameters, _ := strings.Cut(entry, ";")
		switch strings.ToLower(strings.TrimSpace(coding)) {
		case "gzip", "x-gzip":
			return wanted(parameters)
		case "*":
			anything = wanted(parameters)
		}
	}
	return anything
}

// wanted reports whether a coding is accepted: a quality of zero refuses it.
func wanted(parameters string) bool {
	q, ok := strings.CutPrefix(strings.ToLower(strings.TrimSpace(parameters)), "q=")
	if !ok {
		return true
	}
	quality, err := strconv.ParseFloat(q, 64)
	return err == nil && quality > 0
}

// streamed is a file too large to keep in memory. It is sent as it is.
type streamed struct {
	name string
	file io.ReadSeeker
	info fs.FileInfo
}

func (f streamed) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	h := w.Header()
	h.Set("Content-Type", contentType(f.name))
	h.Set("ETag", fmt.Sprintf(`"%x-%x"`, f.info.ModTime().UnixNano(), f.info.Size()))
	http.ServeContent(w, r, "", f.info.ModTime(), f.file)
}
