//go:build !unix

package engine

// rawIO is the plain way, where sockets are not file descriptors: a reader
// keeps its buffer while it waits, and every write is left to the goroutine
// that may wait.
type rawIO struct{}

func (*rawIO) init(*frames) {}

func (*rawIO) read(f *frames) (int, error) {
	f.borrow()
	return f.conn.Read(f.buf[f.w:])
}

func (*rawIO) try([]byte) (int, error) { return 0, nil }

func (f *frames) borrow() {
	if f.buf == nil {
		f.buf = readBuffers.Get().(*readBuffer)
	}
}
