package engine

import (
	"sync/atomic"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// A loop that was busy lets packets come together, and waits for the next one
// as it is once it has slept for nothing.
func TestNap(t *testing.T) {
	r, arrive := waiting(t)
	r.brief = briefWaits
	arrive()
	if n := r.nap(); n != 1 {
		t.Errorf("%d are there, want 1", n)
	}
	r.take(t)
	go func() {
		time.Sleep(200 * napTime)
		arrive()
	}()
	if n := r.await(); n != 1 || r.brief != 0 {
		t.Errorf("%d are there after %d brief waits, want 1 after none", n, r.brief)
	}
	r.take(t)
	var longest time.Duration
	for range 10 { // a signal of the runtime ends some early
		began := time.Now()
		if n := r.nap(); n != 0 {
			t.Errorf("%d are there, want none", n)
		}
		longest = max(longest, time.Since(began))
	}
	if longest < napTime {
		t.Errorf("it sleeps for %v, want %v", longest, napTime)
	}
}

// Waits that are brief, because something is there, make it sleep.
func TestBriefWaits(t *testing.T) {
	r, arrive := waiting(t)
	arrive()
	for deadline := time.Now().Add(10 * time.Second); r.brief < briefWaits; { // a busy machine makes some long
		if n := r.await(); n != 1 || time.Now().After(deadline) {
			t.Fatalf("%d are there, and %d waits in a row were brief", n, r.brief)
		}
	}
}

// waitingReactor is one whose loop does not run.
type waitingReactor struct{ *reactor }

// waiting returns such a reactor, and what lets something arrive.
func waiting(t *testing.T) (waitingReactor, func()) {
	t.Helper()
	epoll, err := unix.EpollCreate1(unix.EPOLL_CLOEXEC)
	if err != nil {
		t.Fatal(err)
	}
	wake, err := unix.Eventfd(0, unix.EFD_CLOEXEC|unix.EFD_NONBLOCK)
	if err != nil {
		t.Fatal(err)
	}
	r := &reactor{epoll: epoll, wake: wake, stirs: new(atomic.Uint64)}
	t.Cleanup(r.closeAll)
	if err := r.control(unix.EPOLL_CTL_ADD, wake, wakeKey); err != nil {
		t.Fatal(err)
	}
	return waitingReactor{r}, r.ring
}

// take reads what has arrived.
func (r waitingReactor) take(t *testing.T) {
	t.Helper()
	var count [8]byte
	if _, err := unix.Read(r.wake, count[:]); err != nil {
		t.Fatal(err)
	}
}
