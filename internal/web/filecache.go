package web

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
	// maxCachedFile is the largest file kept in memory, in bytes. Pages and scripts
	// are much smaller.
	maxCachedFile = 2 << 20
	// maxCached is how much one cache keeps, in bytes, so that a CLIENT_DIR with more
	// than a client in it cannot fill the memory of a small machine.
	maxCached = 32 << 20
)

// fileCache serves the files of a folder. A file is read, hashed and compressed
// on the first request for it, and again after it has changed.
type fileCache struct {
	files    fs.FS
	replaced map[string]*asset // served instead of files, or beside them

	mu     sync.Mutex // guards assets and size
	assets map[string]cachedAsset
	size   int64 // of the files behind assets, in bytes
}

type cachedAsset struct {
	*asset
	changed time.Time
	size    int64
}

func newFileCache(files fs.FS) *fileCache {
	return &fileCache{files: files, replaced: make(map[string]*asset), assets: make(map[string]cachedAsset)}
}

// replace has that content served instead of the file of that name. Call it before the
// first request.
func (f *fileCache) replace(name string, content []byte) {
	f.replaced[name] = newAsset(name, content)
}

// serve answers with a file, and reports whether there is one of that name. It
// calls setHeaders before it answers. Folders, and names with a leading dot
// anywhere, do not exist for it.
func (f *fileCache) serve(w http.ResponseWriter, r *http.Request, name string, setHeaders func(http.Header)) (bool, error) {
	if !visible(name) {
		return false, nil
	}
	if content, ok := f.replaced[name]; ok {
		setHeaders(w.Header())
		content.ServeHTTP(w, r)
		return true, nil
	}
	info, err := fs.Stat(f.files, name)
	if err != nil || !info.Mode().IsRegular() {
		return false, nil
	}
	content, done, err := f.content(name, info)
	if err != nil {
		return false, fmt.Errorf("reading %s: %w", name, err)
	}
	defer done()
	setHeaders(w.Header())
	content.ServeHTTP(w, r)
	return true, nil
}

// visible reports whether a name may be served. Names that package fs allows never
// lead out of the folder.
func visible(name string) bool {
	return fs.ValidPath(name) && !strings.HasPrefix(name, ".") && !strings.Contains(name, "/.")
}

// content is the cached file, or the file as it is now. Call done after its use.
func (f *fileCache) content(name string, info fs.FileInfo) (content http.Handler, done func(), err error) {
	if cached := f.find(name, info); cached != nil {
		return cached, func() {}, nil
	}
	file, err := f.files.Open(name)
	if err != nil {
		return nil, nil, err
	}
	if seeker, ok := file.(io.ReadSeeker); ok && info.Size() > maxCachedFile {
		return streamed{name, seeker, info}, func() { _ = file.Close() }, nil
	}
	defer file.Close()
	text, err := io.ReadAll(file)
	if err != nil {
		return nil, nil, err
	}
	fresh := newAsset(name, text)
	f.keep(name, info, fresh)
	return fresh, func() {}, nil
}

func (f *fileCache) find(name string, info fs.FileInfo) *asset {
	f.mu.Lock()
	defer f.mu.Unlock()
	cached, ok := f.assets[name]
	if !ok || cached.size != info.Size() || !cached.changed.Equal(info.ModTime()) {
		return nil
	}
	return cached.asset
}

// keep caches an asset for the next request, if there is room.
func (f *fileCache) keep(name string, info fs.FileInfo, fresh *asset) {
	f.mu.Lock()
	defer f.mu.Unlock()
	size := f.size - f.assets[name].size + info.Size()
	if size > maxCached {
		return
	}
	f.size = size
	f.assets[name] = cachedAsset{asset: fresh, changed: info.ModTime(), size: info.Size()}
}
