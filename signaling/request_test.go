package signaling

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
)

// handshake opens a session over polling and does nothing more.
func (h *harness) handshake(version int) (sid string) {
	h.t.Helper()
	resp, err := h.http.Get(fmt.Sprintf("%s?EIO=%d&transport=polling", h.url, version))
	if err != nil {
		h.t.Fatal(err)
	}
	defer resp.Body.Close()
	body, _ := io.ReadAll(resp.Body)
	begin, end := bytes.IndexByte(body, '{'), bytes.IndexByte(body, '}')
	var open struct {
		SID string `json:"sid"`
	}
	if begin < 0 || end < 0 || json.Unmarshal(body[begin:end+1], &open) != nil {
		h.t.Fatalf("handshake: %d %q", resp.StatusCode, body)
	}
	return open.SID
}

func (h *harness) query(version int, sid string) string {
	return fmt.Sprintf("EIO=%d&transport=polling&sid=%s", version, sid)
}

// post returns the status and the body of the response. The status is 0 if there is none.
func (h *harness) post(version int, sid, contentType string, body io.Reader) (int, string) {
	h.t.Helper()
	resp, err := h.http.Post(h.url+"?"+h.query(version, sid), contentType, body)
	if err != nil {
		return 0, err.Error()
	}
	defer resp.Body.Close()
	answer, _ := io.ReadAll(resp.Body)
	return resp.StatusCode, string(answer)
}

// status returns the status of a request without a body.
func (h *harness) status(method, query string) int {
	h.t.Helper()
	req, err := http.NewRequest(method, h.url+query, nil)
	if err != nil {
		h.t.Fatal(err)
	}
	resp, err := h.http.Do(req)
	if err != nil {
		h.t.Fatal(err)
	}
	_ = resp.Body.Close()
	return resp.StatusCode
}
