package engineio

import (
	"net/url"
	"strings"
)

// query is the query of a request. It is read where it stands: each poll has a few
// parameters, and url.Values would be the most expensive part of finding its session.
type query string

// get returns the first value of a parameter, or "".
func (q query) get(name string) string {
	value, _ := q.find(name)
	return value
}

// has reports whether there is a parameter.
func (q query) has(name string) bool {
	_, ok := q.find(name)
	return ok
}

// find reads what url.ParseQuery does, and skips what that skips.
func (q query) find(name string) (value string, ok bool) {
	for pair := range strings.SplitSeq(string(q), "&") {
		if pair == "" || strings.Contains(pair, ";") {
			continue
		}
		key, value, _ := strings.Cut(pair, "=")
		if key, err := url.QueryUnescape(key); err != nil || key != name {
			continue
		}
		if value, err := url.QueryUnescape(value); err == nil {
			return value, true
		}
	}
	return "", false
}
