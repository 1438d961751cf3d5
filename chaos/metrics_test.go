package chaos

import (
	"context"
	"fmt"
	"io"
	"testing"
	"time"

	dto "github.com/prometheus/client_model/go"
	"github.com/prometheus/common/expfmt"
	"github.com/prometheus/common/model"
)

// metrics are values of the server's /metrics page, summed over labels.
type metrics struct {
	sessions, rooms, seats  float64
	goroutines, descriptors float64
	residentBytes           float64
	heapBytes, stackBytes   float64 // objects of the heap, and stacks of goroutines
	panics, slowReaders     float64
	cpuSeconds              float64
	packetsIn               float64
}

func (s *server) metrics() metrics {
	s.t.Helper()
	var families map[string]*dto.MetricFamily
	err := s.getAdmin(context.Background(), "/metrics", func(page io.Reader) (err error) {
		parser := expfmt.NewTextParser(model.LegacyValidation)
		families, err = parser.TextToMetricFamilies(page)
		return err
	})
	if err != nil {
		s.t.Fatalf("metrics: %v", err)
	}
	return metrics{
		sessions:      sum(families["vidchat_sessions"], ""),
		rooms:         sum(families["vidchat_rooms"], ""),
		seats:         sum(families["vidchat_seats"], ""),
		goroutines:    sum(families["go_goroutines"], ""),
		descriptors:   sum(families["process_open_fds"], ""),
		residentBytes: sum(families["process_resident_memory_bytes"], ""),
		heapBytes:     sum(families["go_memstats_heap_alloc_bytes"], ""),
		stackBytes:    sum(families["go_memstats_stack_inuse_bytes"], ""),
		packetsIn:     sum(families["vidchat_packets_total"], "in"),
		cpuSeconds:    sum(families["process_cpu_seconds_total"], ""),
		panics:        sum(families["vidchat_panics_total"], "") + sum(families["vidchat_handler_panics_total"], ""),
		slowReaders:   sum(families["vidchat_sessions_ended_total"], "slow_reader"),
	}
}

// sum adds up the values, or only those whose first label has a given value.
func sum(family *dto.MetricFamily, label string) (total float64) {
	for _, m := range family.GetMetric() {
		if label == "" || len(m.Label) > 0 && m.Label[0].GetValue() == label {
			total += m.GetGauge().GetValue() + m.GetCounter().GetValue()
		}
	}
	return total
}

// detectionTimeout limits how long the server may take to detect that a client has gone.
// It pings every 25 s, waits up to 20 s for the pong, and then holds the seat for 1 s.
// The rest is for a busy machine.
const detectionTimeout = 75 * time.Second

// slack is how many goroutines and descriptors the runtime and the connection for metrics
// may add.
const slack = 3

// idleLinks is how many goroutines the links to go-socket.io have that the server keeps for
// the next events: four links of three (internal/socketio/library.go).
const idleLinks = 4 * 3

// awaitInitialState waits until the server is in its initial state again.
func (s *server) awaitInitialState(before metrics) {
	s.t.Helper()
	began := time.Now()
	for time.Since(began) < detectionTimeout {
		if now := s.metrics(); now.sessions == 0 && now.rooms == 0 && now.seats == 0 &&
			now.goroutines <= before.goroutines+slack+idleLinks && now.descriptors <= before.descriptors+slack {
			if now.panics > 0 {
				s.t.Errorf("%v panics", now.panics)
			}
			s.t.Logf("initial state after %.1f s: %v", time.Since(began).Seconds(), now)
			return
		}
		time.Sleep(200 * time.Millisecond)
	}
	s.t.Errorf("%v after all clients have gone: %v, initially %v", detectionTimeout, s.metrics(), before)
	s.t.Log(s.stacks())
}

// stacks returns the stacks of the remaining goroutines.
func (s *server) stacks() (text string) {
	_ = s.getAdmin(context.Background(), "/debug/pprof/goroutine?debug=1", func(page io.Reader) error {
		all, err := io.ReadAll(io.LimitReader(page, 16<<10))
		text = string(all)
		return err
	})
	return text
}

func (m metrics) String() string {
	return fmt.Sprintf("%v sessions, %v rooms, %v seats, %v goroutines, %v descriptors, %.1f MiB resident",
		m.sessions, m.rooms, m.seats, m.goroutines, m.descriptors, m.residentBytes/(1<<20))
}

// collectGarbage makes the server collect its garbage.
func (s *server) collectGarbage() {
	s.t.Helper()
	err := s.getAdmin(context.Background(), "/debug/pprof/heap?gc=1", func(page io.Reader) error {
		_, err := io.Copy(io.Discard, page)
		return err
	})
	if err != nil {
		s.t.Fatalf("collecting garbage: %v", err)
	}
}

// memory is what the server keeps, in bytes.
type memory struct {
	resident float64 // in the system's account
	live     float64 // in the runtime's: objects that are reachable, and stacks
}

// memoryInUse returns the lowest memory that is observed while the server returns unused
// memory to the system. It returns early once that is at most enough.
func (s *server) memoryInUse(enough memory) memory {
	s.t.Helper()
	lowest := s.collectedMemory()
	for range 20 {
		if lowest.resident <= enough.resident && lowest.live <= enough.live {
			break
		}
		time.Sleep(250 * time.Millisecond)
		now := s.collectedMemory() // the runtime returns memory in steps
		lowest = memory{min(lowest.resident, now.resident), min(lowest.live, now.live)}
	}
	return lowest
}

func (s *server) collectedMemory() memory {
	s.t.Helper()
	s.collectGarbage()
	m := s.metrics()
	return memory{resident: m.residentBytes, live: m.heapBytes + m.stackBytes}
}

func (m memory) String() string {
	return fmt.Sprintf("%.1f MiB resident, %.2f MiB live", m.resident/(1<<20), m.live/(1<<20))
}

func TestSum(t *testing.T) {
	reason, other := "slow_reader", "other"
	labelled := func(label string, value float64) *dto.Metric {
		return &dto.Metric{Label: []*dto.LabelPair{{Value: &label}}, Counter: &dto.Counter{Value: &value}}
	}
	family := &dto.MetricFamily{Metric: []*dto.Metric{labelled(reason, 1), labelled(other, 2)}}
	if all, part, none := sum(family, ""), sum(family, reason), sum(nil, ""); all != 3 || part != 1 || none != 0 {
		t.Errorf("got %v, %v, %v", all, part, none)
	}
}
