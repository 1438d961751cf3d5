package limit

import (
	"testing"
	"time"
)

func TestSeldom(t *testing.T) {
	s, start := NewSeldom(time.Minute), time.Unix(1000, 0)
	for _, test := range []struct {
		what  string
		after time.Duration
		want  bool
	}{
		{"a", 0, true}, {"a", time.Second, false}, {"b", time.Second, true}, {"a", time.Minute, true}, {"b", time.Minute, false},
	} {
		if got := s.May(test.what, start.Add(test.after)); got != test.want {
			t.Errorf("%s after %v: %v", test.what, test.after, got)
		}
	}
}
