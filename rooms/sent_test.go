package rooms

import (
	"fmt"
	"sync"
	"testing"
)

// A list returns its events in their order, however it grows and shrinks, and an empty
// one keeps no memory.
func TestSentList(t *testing.T) {
	for _, atOnce := range []int{1, 2, 3, 12} {
		l := sentList[content]{spare: new(sync.Pool)}
		pushed, popped, size := 0, 0, 0
		pop := func() {
			t.Helper()
			popped++
			size -= len(fmt.Sprint(popped))
			if nth := l.oldest(); nth != uint64(popped) {
				t.Fatalf("%d at once: event %d in place %d", atOnce, nth, popped)
			}
			if nth, e := l.pop(); nth != uint64(popped) || e.Message.read() != fmt.Sprint(popped) {
				t.Fatalf("%d at once: event %d is the %dth, %q", atOnce, popped, nth, e.Message.read())
			}
		}
		for range 100 {
			for range atOnce {
				pushed++
				text := fmt.Sprint(pushed)
				size += len(text)
				l.push(uint64(pushed), Event[content]{Kind: Message, Message: borrowed(text)})
			}
			for range atOnce - pushed%2 {
				if l.count > 0 {
					pop()
				}
			}
			if l.count != pushed-popped || l.bytes != size {
				t.Fatalf("%d at once: %d events with %d bytes, want %d with %d", atOnce, l.count, l.bytes, pushed-popped, size)
			}
		}
		for l.count > 0 {
			pop()
		}
		if l.head != nil || l.tail != nil || l.bytes != 0 {
			t.Errorf("%d at once: an empty list keeps %+v", atOnce, l)
		}
	}
}
