package config

import (
	"fmt"
	"os"
	"strings"
	"testing"
)

// The README lists the settings as the server reads them.
func TestReadmeListsTheSettings(t *testing.T) {
	readme, err := os.ReadFile("../../README.md")
	if err != nil {
		t.Fatal(err)
	}
	var table strings.Builder
	table.WriteString("| Variable | Default | Meaning |\n| --- | --- | --- |\n")
	for _, s := range settings() {
		fallback := ""
		if s.fallback != "" {
			fallback = "`" + s.fallback + "`"
		}
		fmt.Fprintf(&table, "| `%s` | %s | %s |\n", s.name, fallback, s.about)
	}
	if !strings.Contains(string(readme), table.String()) {
		t.Errorf("README.md lacks this table:\n%s", table.String())
	}
}
