// Package internal_test holds the tests of the repository as a whole: what its
// packages import, and what the README and the image say of them.
package internal_test

import (
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// module is the name in go.mod, and root its folder seen from this one.
const (
	module = "vidchat"
	root   = ".."
)

// rule says what the files of a package may import, its tests aside.
type rule struct {
	may    []string // folders of this module; everything else of it is forbidden
	mayNot []string // other packages, with everything below them
}

// rules has every package of the module. Imports run one way: from what reads
// the command line, over what speaks HTTP, down to what knows no network.
var rules = map[string]rule{
	// The program.
	".":              {may: []string{"client", "internal/check", "internal/config", "internal/server"}, mayNot: []string{"net", "github.com", "golang.org"}},
	"client":         {mayNot: []string{"net", "os", "github.com", "golang.org"}},
	"internal/brand": {mayNot: []string{"net", "github.com", "golang.org"}},
	"internal/config": {
		may:    []string{"internal/brand", "internal/ice", "internal/limit", "internal/origin"},
		mayNot: []string{"github.com/gobwas", "github.com/googollee", "github.com/labstack", "github.com/prometheus"},
	},
	"internal/connections": {
		may:    []string{"internal/limit"},
		mayNot: []string{"os", "github.com/gobwas", "github.com/googollee", "github.com/labstack", "github.com/rs"},
	},
	"internal/check": {
		may:    []string{"internal/cluster", "internal/config", "internal/turn"},
		mayNot: []string{"github.com/gobwas", "github.com/googollee", "github.com/labstack", "github.com/redis"},
	},
	"internal/certificate": {mayNot: []string{"github.com/gobwas", "github.com/googollee", "github.com/labstack"}},
	"internal/turn": {
		may:    []string{"internal/ice", "internal/limit"},
		mayNot: []string{"net/http", "os", "github.com/gobwas", "github.com/googollee", "github.com/labstack"},
	},
	"internal/cluster": {may: []string{"internal/engineio/buffer"}, mayNot: []string{"net/http", "github.com/gobwas", "github.com/googollee", "github.com/labstack"}},
	"internal/forward": {may: []string{"internal/cluster"}, mayNot: []string{"github.com/gobwas", "github.com/googollee", "github.com/labstack", "github.com/redis"}},
	"internal/ice":     {mayNot: []string{"net/http", "os", "github.com", "golang.org"}},
	"internal/limit":   {mayNot: []string{"net/http", "os", "github.com/labstack", "github.com/prometheus", "github.com/rs"}},
	"internal/logging": {mayNot: []string{"net/http", "os", "github.com/labstack"}},
	"internal/origin":  {mayNot: []string{"os", "github.com/gobwas", "github.com/labstack", "github.com/prometheus"}},
	"internal/server": {
		may:    []string{"internal/certificate", "internal/check", "internal/cluster", "internal/config", "internal/connections", "internal/engineio", "internal/forward", "internal/limit", "internal/logging", "internal/origin", "internal/turn", "internal/web", "signaling"},
		mayNot: []string{"github.com/gobwas", "github.com/googollee", "github.com/joho", "github.com/labstack", "github.com/redis"},
	},
	"internal/web": {
		may:    []string{"internal/brand", "internal/config", "internal/ice", "internal/limit", "internal/logging", "internal/origin"},
		mayNot: []string{"os", "github.com/gobwas", "github.com/googollee", "github.com/joho"},
	},
	"signaling": {
		may:    []string{"internal/engineio", "internal/engineio/buffer", "internal/engineio/wire", "internal/limit", "internal/socketio", "internal/socketio/rawjson", "rooms"},
		mayNot: []string{"os", "github.com/gobwas", "github.com/labstack"},
	},
	"rooms": {mayNot: []string{"net", "os", "github.com", "golang.org"}},
	"internal/socketio": {
		may:    []string{"internal/engineio", "internal/engineio/wire", "internal/socketio/rawjson"},
		mayNot: []string{"os", "github.com/gobwas", "github.com/labstack"},
	},
	"internal/socketio/rawjson": {mayNot: []string{"net", "os", "github.com", "golang.org"}},
	"internal/engineio": {
		may:    []string{"internal/engineio/buffer", "internal/engineio/netpoll", "internal/engineio/wire", "internal/limit", "internal/origin"},
		mayNot: []string{"os", "github.com/googollee", "github.com/labstack"},
	},
	"internal/engineio/netpoll": {mayNot: []string{"net/http", "github.com"}},
	"internal/engineio/buffer":  {mayNot: []string{"net", "os", "github.com", "golang.org"}},
	"internal/engineio/wire":    {may: []string{"internal/engineio/buffer"}, mayNot: []string{"net", "os", "sync", "github.com/googollee", "github.com/rs"}},

	// What only tests and measurements use.
	"internal/servertest":            {may: []string{"internal/config", "internal/enginetest/dialer", "internal/enginetest/peer", "internal/enginetest/wait", "internal/server"}, mayNot: []string{"os", "github.com"}},
	"internal/enginetest/counts":     {mayNot: []string{"net", "github.com"}},
	"internal/enginetest/balancer":   {mayNot: []string{"os", "github.com"}},
	"internal/enginetest/dialer":     {mayNot: []string{"os", "github.com/googollee", "github.com/labstack"}},
	"internal/enginetest/echo":       {may: []string{"internal/engineio", "internal/engineio/wire"}, mayNot: []string{"github.com/googollee", "github.com/labstack"}},
	"internal/enginetest/peer":       {may: []string{"internal/enginetest/dialer", "internal/enginetest/wait"}, mayNot: []string{"os", "github.com"}},
	"internal/enginetest/race":       {mayNot: []string{"net", "github.com"}},
	"internal/enginetest/redis":      {may: []string{"internal/enginetest/wait"}, mayNot: []string{"net/http", "github.com"}},
	"internal/enginetest/socketkind": {mayNot: []string{"github.com/googollee", "github.com/labstack"}},
	"internal/enginetest/tcpproxy":   {mayNot: []string{"net/http", "os", "github.com"}},
	"internal/enginetest/testcert":   {mayNot: []string{"net/http", "github.com"}},
	"internal/enginetest/wait":       {mayNot: []string{"net", "os", "github.com"}},
	"internal/enginetest/witness":    {may: []string{"internal/enginetest/dialer", "internal/enginetest/wait"}, mayNot: []string{"os", "github.com"}},
	"chaos":                          {mayNot: []string{"github.com", "golang.org"}},
	"bench":                          {may: []string{"bench/load", "bench/process", "bench/report", "bench/server"}, mayNot: []string{"github.com"}},
	"bench/latency":                  {mayNot: []string{"net", "os", "github.com"}},
	"bench/load":                     {may: []string{"bench/latency"}, mayNot: []string{"github.com/googollee", "github.com/labstack"}},
	"bench/process":                  {mayNot: []string{"net", "github.com"}},
	"bench/relay":                    {mayNot: []string{"github.com/googollee", "github.com/labstack"}},
	"bench/report":                   {mayNot: []string{"net", "github.com"}},
	"bench/server":                   {may: []string{"bench/load", "bench/process"}, mayNot: []string{"github.com"}},
}

func TestImportsRunOneWay(t *testing.T) {
	for folder, imports := range readImports(t) {
		r, listed := rules[folder]
		if !listed {
			t.Errorf("the rules say nothing of %s: list what it may import", folder)
			continue
		}
		for _, imported := range imports {
			if ours, ok := folderOf(imported); ok && !slices.Contains(r.may, ours) {
				t.Errorf("%s imports %s", folder, imported)
			}
			for _, forbidden := range r.mayNot {
				if imported == forbidden || strings.HasPrefix(imported, forbidden+"/") {
					t.Errorf("%s imports %s", folder, imported)
				}
			}
		}
	}
}

// folderOf is the folder of an imported package, if it is one of this module.
func folderOf(imported string) (folder string, ours bool) {
	if imported == module {
		return ".", true
	}
	return strings.CutPrefix(imported, module+"/")
}

// readImports lists what each package of the module imports, by folder. Tests,
// and packages that consist of them, are left out.
func readImports(t *testing.T) map[string][]string {
	t.Helper()
	tree, imports := os.DirFS(root), make(map[string][]string)
	err := fs.WalkDir(tree, ".", func(name string, entry fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case entry.IsDir() && (isNoPackage(entry.Name()) || isOtherModule(tree, name)):
			return fs.SkipDir
		case entry.IsDir() || path.Ext(name) != ".go" || strings.HasSuffix(name, "_test.go"):
			return nil
		}
		found, err := importsOfFile(tree, name)
		folder := path.Dir(name)
		imports[folder] = append(imports[folder], found...)
		return err
	})
	if err != nil || len(imports) == 0 {
		t.Fatalf("found %d packages: %v", len(imports), err)
	}
	for folder := range imports {
		slices.Sort(imports[folder])
		imports[folder] = slices.Compact(imports[folder])
	}
	return imports
}

// isNoPackage reports whether Go ignores folders of a name.
func isNoPackage(name string) bool {
	return name == "node_modules" || name == "testdata" || len(name) > 1 && name[0] == '.'
}

// isOtherModule reports whether a folder is a module of its own, whose packages are none
// of this one.
func isOtherModule(tree fs.FS, folder string) bool {
	_, err := fs.Stat(tree, path.Join(folder, "go.mod"))
	return err == nil && folder != "."
}

func importsOfFile(tree fs.FS, name string) ([]string, error) {
	text, err := fs.ReadFile(tree, name)
	if err != nil {
		return nil, err
	}
	file, err := parser.ParseFile(token.NewFileSet(), name, text, parser.ImportsOnly)
	if err != nil {
		return nil, err
	}
	var imports []string
	for _, spec := range file.Imports {
		imported, err := strconv.Unquote(spec.Path.Value)
		if err != nil {
			return nil, err
		}
		imports = append(imports, imported)
	}
	return imports, nil
}
