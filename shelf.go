package main

import (
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"strings"
	"sync"
	"time"
)

const (
	// maxKept is the largest file that is kept in memory; no page or script
	// comes near it.
	maxKept = 2 << 20
	// shelfRoom is how much content one shelf keeps, so that a CLIENT_DIR with
	// more in it than a client cannot fill the memory of a small machine.
	shelfRoom = 32 << 20
)

// shelf serves the files of a folder. A file is read, hashed and compressed when
// it is first asked for, and again when it has changed.
type shelf struct {
	files fs.FS

	mu   sync.Mutex // guards kept and size
	kept map[string]keptAsset
	size int64
}

type keptAsset struct {
	*asset
	changed time.Time
	size    int64
}

func newShelf(files fs.FS) *shelf {
	return &shelf{files: files, kept: make(map[string]keptAsset)}
}

// serve answers with a file and reports whether there is one of that name.
// before is called ahead of the answer, to set headers. Folders and names with a
// leading dot anywhere do not exist for it.
func (s *shelf) serve(w http.ResponseWriter, r *http.Request, name string, before func(http.Header)) (bool, error) {
	if !visible(name) {
		return false, nil
	}
	info, err := fs.Stat(s.files, name)
	if err != nil || !info.Mode().IsRegular() {
		return false, nil
	}
	content, done, err := s.content(name, info)
	if err != nil {
		return false, fmt.Errorf("reading %s: %w", name, err)
	}
	defer done()
	before(w.Header())
	content.ServeHTTP(w, r)
	return true, nil
}

// visible takes the names package fs allows, which never lead out of the folder.
func visible(name string) bool {
	return fs.ValidPath(name) && !strings.HasPrefix(name, ".") && !strings.Contains(name, "/.")
}

// content is the file as it was read before, or as it is now. done ends its use.
func (s *shelf) content(name string, info fs.FileInfo) (content http.Handler, done func(), err error) {
	if kept := s.find(name, info); kept != nil {
		return kept, func() {}, nil
	}
	file, err := s.files.Open(name)
	if err != nil {
		return nil, nil, err
	}
	if seeker, ok := file.(io.ReadSeeker); ok && info.Size() > maxKept {
		return streamed{name, seeker, info}, func() { _ = file.Close() }, nil
	}
	defer file.Close()
	text, err := io.ReadAll(file)
	if err != nil {
		return nil, nil, err
	}
	fresh := newAsset(name, text)
	s.keep(name, info, fresh)
	return fresh, func() {}, nil
}

func (s *shelf) find(name string, info fs.FileInfo) *asset {
	s.mu.Lock()
	defer s.mu.Unlock()
	kept, ok := s.kept[name]
	if !ok || kept.size != info.Size() || !kept.changed.Equal(info.ModTime()) {
		return nil
	}
	return kept.asset
}

// keep puts an asset where the next request finds it, if there is room.
func (s *shelf) keep(name string, info fs.FileInfo, fresh *asset) {
	s.mu.Lock()
	defer s.mu.Unlock()
	size := s.size - s.kept[name].size + info.Size()
	if size > shelfRoom {
		return
	}
	s.size = size
	s.kept[name] = keptAsset{asset: fresh, changed: info.ModTime(), size: info.Size()}
}
