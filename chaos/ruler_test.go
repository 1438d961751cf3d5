package chaos

import (
	"io"
	"os/exec"
	"sync"
	"testing"
	"time"
)

// ruler measures how long a byte takes to another process and back, one that
// has nothing else to do: that is what the machine takes when others have its
// processors.
type ruler struct {
	in      io.WriteCloser
	out     io.Reader
	stop    chan struct{}
	running sync.WaitGroup
	took    []time.Duration
}

func newRuler(t testing.TB) *ruler {
	t.Helper()
	cat := exec.Command("cat")
	in, err := cat.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := cat.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cat.Start(); err != nil {
		t.Fatal(err)
	}
	r := &ruler{in: in, out: out, stop: make(chan struct{})}
	r.running.Go(func() {
		r.measure()
		_ = in.Close()
		_ = cat.Wait()
	})
	t.Cleanup(func() { r.end() })
	return r
}

func (r *ruler) measure() {
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	for b := []byte{0}; ; {
		select {
		case <-r.stop:
			return
		case <-tick.C:
		}
		began := time.Now()
		if _, err := r.in.Write(b); err != nil {
			return
		}
		if _, err := io.ReadFull(r.out, b); err != nil {
			return
		}
		r.took = append(r.took, time.Since(began))
	}
}

// end tells how long it took each time.
func (r *ruler) end() []time.Duration {
	select {
	case <-r.stop:
	default:
		close(r.stop)
	}
	r.running.Wait()
	return r.took
}

func TestRuler(t *testing.T) {
	r := newRuler(t)
	time.Sleep(100 * time.Millisecond)
	if took := r.end(); len(took) == 0 || percentile(took, 100) <= 0 {
		t.Errorf("it measured %v", took)
	}
}
