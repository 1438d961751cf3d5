// Package buffer has memory that is used again, so that passing bytes on leaves no
// garbage.
package buffer

import "sync"

// Buffer holds bytes for a while. It has one owner at a time, who may pass it on.
// The last one frees it, after which nobody may use its bytes: they are about to be
// another client's. One that is never freed is garbage as any memory.
type Buffer struct {
	bytes []byte
	class int  // of sizes; as many as there are for one that is not used again
	freed bool // known where poisons says so
}

// sizes are those of buffers that are used again. Most messages are
// candidates of 200 bytes or descriptions of 2 to 10 kB.
var sizes = [...]int{256, 384, 512, 768, 1 << 10, 1536, 2 << 10, 3 << 10, 4 << 10, 6 << 10, 8 << 10, 12 << 10, Large}

// Large is the size of the largest buffers that are used again.
const Large = 16 << 10

var pools [len(sizes)]sync.Pool // of *Buffer

// New returns an empty buffer that has room for n bytes.
func New(n int) *Buffer {
	for class, size := range sizes {
		if n > size {
			continue
		}
		b, _ := pools[class].Get().(*Buffer)
		if b == nil {
			b = &Buffer{bytes: make([]byte, 0, size), class: class}
		}
		return b
	}
	return &Buffer{bytes: make([]byte, 0, n), class: len(sizes)}
}

// Copy returns a buffer with a copy of some bytes.
func Copy(bytes []byte) *Buffer {
	b := New(len(bytes))
	b.bytes = append(b.bytes, bytes...)
	return b
}

// Bytes are what the buffer holds. They are valid until it is freed.
func (b *Buffer) Bytes() []byte { return b.bytes }

// Len is how many bytes the buffer holds.
func (b *Buffer) Len() int {
	if b == nil {
		return 0
	}
	return len(b.bytes)
}

// Cap is how much memory the buffer takes, in bytes.
func (b *Buffer) Cap() int {
	if b == nil {
		return 0
	}
	return cap(b.bytes)
}

// Append appends to the buffer, or to a larger one that takes its place.
func (b *Buffer) Append(more []byte) *Buffer {
	b = b.grow(len(more))
	b.bytes = append(b.bytes, more...)
	return b
}

// AppendString is Append for text.
func (b *Buffer) AppendString(more string) *Buffer {
	b = b.grow(len(more))
	b.bytes = append(b.bytes, more...)
	return b
}

// grow returns a buffer that has room for n bytes more.
func (b *Buffer) grow(n int) *Buffer {
	need := len(b.bytes) + n
	if need <= cap(b.bytes) {
		return b
	}
	if need > Large {
		need += need / 4 // so that many small pieces do not copy the whole each time
	}
	larger := New(need)
	larger.bytes = append(larger.bytes, b.bytes...)
	b.Free()
	return larger
}

// Free lets the memory be used again. A nil buffer is freed already.
func (b *Buffer) Free() {
	if b == nil {
		return
	}
	if poisons {
		if b.freed {
			panic("buffer: freed twice")
		}
		Poison(b.bytes)
		b.freed = true
		return // to the garbage, so that who still uses it finds the poison
	}
	b.bytes = b.bytes[:0]
	if b.class < len(sizes) {
		pools[b.class].Put(b)
	}
}

// Poison spoils bytes that nobody may use any more, where poisons says so.
func Poison(bytes []byte) {
	if poisons {
		for i := range bytes {
			bytes[i] = poison
		}
	}
}

// poison is in no valid text.
const poison = 0xfe
