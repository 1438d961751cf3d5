package trust

import (
	"strings"
	"testing"
)

const (
	plain = "v=0\r\ns=-\r\na=group:BUNDLE 0\r\na=fingerprint:sha-256 AB:01\r\nm=audio 9 UDP/TLS/RTP/SAVPF 111\r\n"
	print = "sha-256 ab:01"
)

func TestCanonical(t *testing.T) {
	for name, sdp := range map[string]string{
		"as browsers write it":    plain,
		"with bare LF":            strings.ReplaceAll(plain, "\r\n", "\n"),
		"with an identity":        plain + "a=identity:x\r\n",
		"with a fingerprint more": plain + "a=fingerprint:sha-256 AB:01\r\n",
	} {
		text, found, err := Canonical(sdp)
		if err != nil || found != print || strings.Contains(text, "identity") || strings.Count(text, "\n") != strings.Count(text, "\r\n") {
			t.Errorf("%s: %q, %q, %v", name, text, found, err)
		}
	}
}

func TestAmbiguousDescriptions(t *testing.T) {
	for _, line := range []string{
		"a=FINGERPRINT:sha-256 BB:02",
		"a= fingerprint:sha-256 BB:02",
		"a=fingerprint :sha-256 BB:02",
		"a=fingerprint:sha-256 BB:02",
		"a=fingerprint:md5 BB:02",
		"A=fingerprint:sha-256 BB:02",
		"a=x\ra=fingerprint:sha-256 BB:02",
		"a=x\u2028a=fingerprint:sha-256 BB:02",
		"a=x\x00",
		"a= setup:active",
		"",
	} {
		if _, _, err := Canonical(plain + line + "\r\n"); err == nil {
			t.Errorf("%q is accepted", line)
		}
	}
	if _, _, err := Canonical("v=0\r\n"); err == nil {
		t.Error("a description without a fingerprint is accepted")
	}
}

func TestMatches(t *testing.T) {
	const empty = "e3:b0:c4:42:98:fc:1c:14:9a:fb:f4:c8:99:6f:b9:24:27:ae:41:e4:64:9b:93:4c:a4:95:99:1b:78:52:b8:55"
	if !Matches("sha-256 "+empty, nil) {
		t.Error("the fingerprint of nothing does not match nothing")
	}
	for _, print := range []string{"sha-256 " + empty[3:], "sha-384 " + empty, "md5 " + empty, ""} {
		if Matches(print, nil) {
			t.Errorf("%q matches", print)
		}
	}
}
