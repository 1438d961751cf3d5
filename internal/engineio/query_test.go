package engineio

import (
	"net/url"
	"testing"
)

// FuzzQuery compares with url.ParseQuery.
func FuzzQuery(f *testing.F) {
	for _, seed := range []string{
		"", "EIO=4&transport=polling&sid=a-_b", "sid=1&sid=2", "sid", "sid=", "=x", "&&sid=1&", "s%69d=%31", "sid=a+b", "sid=%", "sid=%zz&sid=2",
		"sid=1;x=2", "s;id=1&sid=3", "sid=a=b", "%=1&sid=4", "SID=1", "sid=\x00é",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		want, _ := url.ParseQuery(text) // which goes on after an error
		for _, name := range []string{"sid", "EIO", "", "x"} {
			if got := query(text).get(name); got != want.Get(name) {
				t.Errorf("%q: %q is %q, want %q", text, name, got, want.Get(name))
			}
			if got := query(text).has(name); got != want.Has(name) {
				t.Errorf("%q: there is %q: %v", text, name, got)
			}
		}
	})
}

func TestQueryNeedsNoMemory(t *testing.T) {
	q := query("EIO=4&transport=polling&t=PgX0000&sid=MDEyMzQ1Njc4OWFiY2Rl")
	if n := testing.AllocsPerRun(100, func() { _, _ = q.get("sid"), q.has("j") }); n > 0 {
		t.Errorf("%v allocations", n)
	}
}
