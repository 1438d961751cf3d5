package web

import (
	"io/fs"
	"net/http"
	"path"
	"regexp"
	"strings"
)

// messageFile is the name of a file with the messages of a part of the client in one
// language, as the build names it.
var messageFile = regexp.MustCompile(`^messages-([a-z]+)-([a-z]+)-.+\.js$`)

// messagePaths are the addresses of the messages of a part of the client, by language.
type messagePaths map[string]string

// messagesOf reads from the names of files which messages a part of the client has.
// There are none if it was not compiled.
func messagesOf(client fs.FS, part string) (messagePaths, error) {
	names, err := fs.Glob(client, "assets/messages-*.js")
	if err != nil {
		return nil, err
	}
	found := make(messagePaths)
	for _, name := range names {
		if parts := messageFile.FindStringSubmatch(path.Base(name)); parts != nil && parts[1] == part {
			found[parts[2]] = "/" + name
		}
	}
	return found, nil
}

// findMessages finds the messages of both pages.
func (s *Site) findMessages(client fs.FS) (err error) {
	if s.landingMessages, err = messagesOf(client, "landing"); err == nil {
		s.callMessages, err = messagesOf(client, "call")
	}
	return err
}

// preload has the browser load the messages of its language together with the page.
// Its script would ask for them only once it runs, a round trip later.
func (m messagePaths) preload(h http.Header, r *http.Request) {
	if len(m) == 0 {
		return
	}
	h.Add("Vary", "Accept-Language")
	if file, ok := m[m.languageFor(acceptedLanguages(r))]; ok {
		h.Add("Link", "<"+file+">; rel=modulepreload")
	}
}

// languageFor is the first language of an Accept-Language header that there is.
func (m messagePaths) languageFor(header string) string {
	return firstLanguage(header, func(language string) bool { return m[language] != "" })
}

// firstLanguage is the first language of an Accept-Language header that there is, as the
// page chooses by the browser's list: browsers send it in that order.
func firstLanguage(header string, exists func(language string) bool) string {
	for entry := range strings.SplitSeq(header, ",") {
		tag, parameters, _ := strings.Cut(entry, ";")
		language, _, _ := strings.Cut(strings.ToLower(strings.TrimSpace(tag)), "-")
		if exists(language) && wanted(parameters) {
			return language
		}
	}
	return "en"
}

// acceptedLanguages are all Accept-Language headers of a request in one.
func acceptedLanguages(r *http.Request) string {
	return strings.Join(r.Header.Values("Accept-Language"), ",")
}
