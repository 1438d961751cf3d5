package signaling

import (
	"encoding/binary"
	"net/netip"
)

// writer writes the fields of a frame.
type writer struct{ b []byte }

func (w *writer) byte(v byte)     { w.b = append(w.b, v) }
func (w *writer) number(v uint64) { w.b = binary.AppendUvarint(w.b, v) }
func (w *writer) text(v string)   { w.number(uint64(len(v))); w.b = append(w.b, v...) }
func (w *writer) bytes(v []byte)  { w.number(uint64(len(v))); w.b = append(w.b, v...) }

func (w *writer) bool(v bool) {
	if v {
		w.byte(1)
	} else {
		w.byte(0)
	}
}

func (w *writer) texts(all []string) {
	w.number(uint64(len(all)))
	for _, v := range all {
		w.text(v)
	}
}

func (w *writer) numbers(all map[uint64]uint64) {
	w.number(uint64(len(all)))
	for k, v := range all {
		w.number(k)
		w.number(v)
	}
}

func (w *writer) flags(all map[string]bool) {
	w.number(uint64(len(all)))
	for k, v := range all {
		w.text(k)
		w.bool(v)
	}
}

// reader reads the fields of a frame. After the first that is damaged, all are zero.
type reader struct {
	b      []byte
	failed bool
}

func (r *reader) fail() { r.b, r.failed = nil, true }

func (r *reader) byte() byte {
	if len(r.b) == 0 {
		r.fail()
		return 0
	}
	v := r.b[0]
	r.b = r.b[1:]
	return v
}

func (r *reader) bool() bool { return r.byte() != 0 }

func (r *reader) number() uint64 {
	v, n := binary.Uvarint(r.b)
	if n <= 0 {
		r.fail()
		return 0
	}
	r.b = r.b[n:]
	return v
}

// bytes returns a field that is borrowed from the frame.
func (r *reader) bytes() []byte {
	n := r.number()
	if n > uint64(len(r.b)) {
		r.fail()
		return nil
	}
	v := r.b[:n:n]
	r.b = r.b[n:]
	return v
}

func (r *reader) text() string { return string(r.bytes()) }

// count reads how many items follow, each of which has at least one byte.
func (r *reader) count() int {
	n := r.number()
	if n > uint64(len(r.b)) {
		r.fail()
		return 0
	}
	return int(n)
}

func (r *reader) texts() (all []string) {
	for range r.count() {
		all = append(all, r.text())
	}
	return all
}

func (r *reader) numbers() map[uint64]uint64 { return readMap(r, r.number, r.number) }

func (r *reader) flags() map[string]bool { return readMap(r, r.text, r.bool) }

func readMap[K comparable, V any](r *reader, key func() K, value func() V) map[K]V {
	n := r.count()
	all := make(map[K]V, n)
	for range n {
		k := key()
		all[k] = value()
	}
	return all
}

func (w *writer) prefix(p netip.Prefix) {
	b, _ := p.MarshalBinary() // never fails
	w.bytes(b)
}

func (r *reader) prefix() (p netip.Prefix) {
	if p.UnmarshalBinary(r.bytes()) != nil {
		r.fail()
	}
	return p
}
