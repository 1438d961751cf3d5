package forward

import (
	"net/http"
	"reflect"
	"testing"
)

// Whatever is read back is what was written, and nothing makes the parsers fail in any
// other way than with an error.
func FuzzFrame(f *testing.F) {
	full := message{method: "POST", query: "sid=x", status: 200, length: -1, header: http.Header{"A": {"b", "c"}, "D": {""}}, body: []byte("body")}
	f.Add(frame{request, 1, full.append(nil)}.append(nil))
	f.Add(frame{readHome, 1 << 40, appendCount(7)}.append(nil))
	f.Add([]byte{1, 1, 0, 0, 0, 0, 0xff, 0xff, 0xff, 0xff, 0x0f})
	f.Fuzz(func(t *testing.T, data []byte) {
		fr, err := parseFrame(data)
		if err != nil {
			return
		}
		if again, err := parseFrame(fr.append(nil)); err != nil || !reflect.DeepEqual(fr, again) {
			t.Fatalf("%v became %v, %v", fr, again, err)
		}
		if n, err := parseCount(fr.body); err == nil && n < 0 {
			t.Fatalf("counted %d", n)
		}
		m, err := parseMessage(fr.body)
		if err != nil {
			return
		}
		again, err := parseMessage(m.append(nil))
		if err != nil || !reflect.DeepEqual(m, again) {
			t.Fatalf("%v became %v, %v", m, again, err)
		}
	})
}
