package config

import (
	"fmt"
	"os"
	"strings"
	"testing"
)

// docs/settings.md lists the settings as the server reads them.
func TestDocsListTheSettings(t *testing.T) {
	text, err := os.ReadFile("../../docs/settings.md")
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
	if !strings.Contains(string(text), table.String()) {
		t.Errorf("docs/settings.md lacks this table:\n%s", table.String())
	}
}
