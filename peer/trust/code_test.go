package trust

import (
	"errors"
	"testing"
)

func TestCodeExchange(t *testing.T) {
	ann, bob := NewCodeExchange("sha-256 aa", "sha-256 bb"), NewCodeExchange("sha-256 bb", "sha-256 aa")
	toBob, err := ann.Reveal(bob.Commit())
	if err != nil {
		t.Fatal(err)
	}
	toAnn, err := bob.Reveal(ann.Commit())
	if err != nil {
		t.Fatal(err)
	}
	code, err := ann.Code(toAnn)
	if err != nil || len(code) != len("000 000") {
		t.Fatalf("%q, %v", code, err)
	}
	if other, err := bob.Code(toBob); err != nil || other != code {
		t.Errorf("%q and %q, %v", code, other, err)
	}
	if again, err := ann.Code("something else"); again != "" || err != nil {
		t.Errorf("after the exchange: %q, %v", again, err)
	}
}

func TestWrongCodeExchanges(t *testing.T) {
	ann, bob := NewCodeExchange("sha-256 aa", "sha-256 bb"), NewCodeExchange("sha-256 bb", "sha-256 aa")
	if _, err := ann.Code(bob.nonce); !errors.Is(err, ErrExchange) {
		t.Errorf("a reveal before a commitment: %v", err)
	}
	if _, err := ann.Reveal(bob.Commit()); err != nil {
		t.Fatal(err)
	}
	if again, err := ann.Reveal(bob.Commit()); again != "" || err != nil {
		t.Errorf("a repetition: %q, %v", again, err)
	}
	if _, err := ann.Reveal("another"); !errors.Is(err, ErrExchange) {
		t.Errorf("another commitment: %v", err)
	}
	for _, nonce := range []string{ann.nonce, "", "=", bob.nonce + "AA"} {
		if _, err := ann.Code(nonce); !errors.Is(err, ErrExchange) {
			t.Errorf("the reveal %q: %v", nonce, err)
		}
	}
}
