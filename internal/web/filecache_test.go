package web

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestFileCacheIsBounded(t *testing.T) {
	t.Parallel() // it takes a while beside others that wait
	dir := t.TempDir()
	text := []byte(strings.Repeat("x", maxCachedFile))
	cache := newFileCache(os.DirFS(dir))
	for i := range maxCached/maxCachedFile + 2 {
		name := string(rune('a' + i))
		if err := os.WriteFile(filepath.Join(dir, name), text, 0o644); err != nil {
			t.Fatal(err)
		}
		info, err := os.Stat(filepath.Join(dir, name))
		if err != nil {
			t.Fatal(err)
		}
		if _, _, err := cache.content(name, info); err != nil {
			t.Fatal(err)
		}
	}
	if cache.size > maxCached || len(cache.assets) != maxCached/maxCachedFile {
		t.Errorf("it keeps %d files of %d bytes", len(cache.assets), cache.size)
	}
}
