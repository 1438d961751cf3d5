package config

import (
	"os"
	"regexp"
	"testing"
)

// The compose file sets nothing that the server would ignore.
func TestComposeFileSetsWhatThereIs(t *testing.T) {
	known := map[string]bool{"GOMEMLIMIT": true} // the Go runtime's own
	for _, s := range settings() {
		known[s.name] = true
	}
	text, err := os.ReadFile("../../compose.yaml")
	if err != nil {
		t.Fatal(err)
	}
	set := regexp.MustCompile(`(?m)^      ([A-Z_]+): `).FindAllStringSubmatch(string(text), -1)
	if len(set) < 5 {
		t.Fatalf("it sets only %v", set)
	}
	for _, name := range set {
		if !known[name[1]] {
			t.Errorf("there is no setting %s", name[1])
		}
	}
}
