package buffer

import (
	"bytes"
	"testing"
)

func TestSizes(t *testing.T) {
	for _, n := range []int{0, 1, sizes[0], sizes[0] + 1, 2500, Large, Large + 1, 1 << 20} {
		b := New(n)
		if b.Len() != 0 || cap(b.bytes) < n || n > 4<<10 && cap(b.bytes) > 2*n {
			t.Errorf("for %d bytes, %d of %d", n, b.Len(), cap(b.bytes))
		}
		b.Free()
	}
	(*Buffer)(nil).Free()
}

// Whatever the sizes of the pieces, they are there in their order.
func TestAppend(t *testing.T) {
	for _, piece := range []int{1, 100, 5000, Large + 1} {
		var want []byte
		b := New(0)
		for i := range 20 {
			more := bytes.Repeat([]byte{byte(i)}, piece)
			want, b = append(want, more...), b.Append(more)
		}
		if !bytes.Equal(b.Bytes(), want) || b.Len() != len(want) {
			t.Errorf("pieces of %d: %d bytes are not as they were appended", piece, b.Len())
		}
		b.Free()
	}
}

// A copy does not change with what it was made of.
func TestCopy(t *testing.T) {
	text := []byte("details")
	b := Copy(text)
	text[0] = 'x'
	if string(b.Bytes()) != "details" {
		t.Errorf("got %q", b.Bytes())
	}
}

// Tests see a buffer that is used after it was freed, or freed twice.
func TestPoison(t *testing.T) {
	if !poisons {
		return // the race detector is off
	}
	b := Copy([]byte("secret"))
	kept := b.Bytes()
	b.Free()
	if bytes.Contains(kept, []byte("s")) {
		t.Errorf("%q can be read after it was freed", kept)
	}
	defer func() {
		if recover() == nil {
			t.Error("a buffer was freed twice")
		}
	}()
	b.Free()
}

func TestReuseAllocatesNothing(t *testing.T) {
	if poisons {
		return // the race detector lets pools forget at random
	}
	text := make([]byte, 2500)
	if n := testing.AllocsPerRun(1000, func() { Copy(text).Free() }); n > 0.1 {
		t.Errorf("%v allocations", n)
	}
}
