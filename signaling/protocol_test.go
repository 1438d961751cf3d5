package signaling

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// eventNames returns the values of all event… constants in protocol.go.
func eventNames(t *testing.T) (names []string) {
	t.Helper()
	file, err := parser.ParseFile(token.NewFileSet(), "protocol.go", nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	ast.Inspect(file, func(n ast.Node) bool {
		spec, ok := n.(*ast.ValueSpec)
		if !ok || !strings.HasPrefix(spec.Names[0].Name, "event") {
			return true
		}
		name, err := strconv.Unquote(spec.Values[0].(*ast.BasicLit).Value)
		if err != nil {
			t.Fatal(err)
		}
		names = append(names, name)
		return false
	})
	return names
}

// Event names are in three places that have to agree.
func TestEventNamesAgree(t *testing.T) {
	names := eventNames(t)
	if len(names) < 20 {
		t.Fatalf("only %q in protocol.go", names)
	}
	protocol, err := os.ReadFile("../PROTOCOL.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range names {
		if !strings.Contains(string(protocol), "`"+name+"`") {
			t.Errorf("PROTOCOL.md does not describe %q", name)
		}
	}
	client, err := os.ReadFile("../client/kit/src/signaling/protocol.ts")
	if err != nil {
		t.Fatal(err)
	}
	_, list, _ := strings.Cut(string(client), "export const EVENTS = {")
	list, _, _ = strings.Cut(list, "}")
	clientNames := regexp.MustCompile(`'([^']+)'`).FindAllStringSubmatch(list, -1)
	if len(clientNames) < 8 {
		t.Fatalf("only %q in the client", clientNames)
	}
	for _, match := range clientNames {
		if !slices.Contains(names, match[1]) {
			t.Errorf("the client's event %q is not the server's", match[1])
		}
	}
}
