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

// gauges are what the server's metrics say of it, summed over labels.
type gauges struct {
	sessions, rooms, seats  float64
	goroutines, descriptors float64
	resident                float64 // bytes
	panics, slow            float64
	processor               float64 // seconds used
}

func (s *server) gauges() gauges {
	s.t.Helper()
	var families map[string]*dto.MetricFamily
	err := s.ask(context.Background(), "/metrics", func(page io.Reader) (err error) {
		parser := expfmt.NewTextParser(model.LegacyValidation)
		families, err = parser.TextToMetricFamilies(page)
		return err
	})
	if err != nil {
		s.t.Fatalf("metrics: %v", err)
	}
	return gauges{
		sessions:    sum(families["vidchat_sessions"], ""),
		rooms:       sum(families["vidchat_rooms"], ""),
		seats:       sum(families["vidchat_seats"], ""),
		goroutines:  sum(families["go_goroutines"], ""),
		descriptors: sum(families["process_open_fds"], ""),
		resident:    sum(families["process_resident_memory_bytes"], ""),
		processor:   sum(families["process_cpu_seconds_total"], ""),
		panics:      sum(families["vidchat_panics_total"], "") + sum(families["vidchat_handler_panics_total"], ""),
		slow:        sum(families["vidchat_sessions_ended_total"], "slow reader"),
	}
}

// sum adds the values that have a label of this value, if one is given.
func sum(family *dto.MetricFamily, label string) (total float64) {
	for _, m := range family.GetMetric() {
		if label == "" || len(m.Label) > 0 && m.Label[0].GetValue() == label {
			total += m.GetGauge().GetValue() + m.GetCounter().GetValue()
		}
	}
	return total
}

// The server looks at its connections every 25 s, gives them up to 20 s more,
// and then holds their seats for one; the rest is for a busy machine.
const forgetTime = 75 * time.Second

// slack is what the runtime and the metrics' own connection may add.
const slack = 3

// settle waits until the server is as it was in the beginning.
func (s *server) settle(before gauges) {
	s.t.Helper()
	began := time.Now()
	for time.Since(began) < forgetTime {
		if now := s.gauges(); now.sessions == 0 && now.rooms == 0 && now.seats == 0 &&
			now.goroutines <= before.goroutines+slack && now.descriptors <= before.descriptors+slack {
			if now.panics > 0 {
				s.t.Errorf("%v panics", now.panics)
			}
			s.t.Logf("all gone after %.1f s: %v", time.Since(began).Seconds(), now)
			return
		}
		time.Sleep(200 * time.Millisecond)
	}
	s.t.Errorf("%v after all clients have gone: %v, in the beginning %v", forgetTime, s.gauges(), before)
	s.t.Log(s.stacks())
}

// stacks tell what the goroutines that are left wait for.
func (s *server) stacks() (text string) {
	_ = s.ask(context.Background(), "/debug/pprof/goroutine?debug=1", func(page io.Reader) error {
		all, err := io.ReadAll(io.LimitReader(page, 16<<10))
		text = string(all)
		return err
	})
	return text
}

func (g gauges) String() string {
	return fmt.Sprintf("%v sessions, %v rooms, %v seats, %v goroutines, %v descriptors, %.1f MiB resident",
		g.sessions, g.rooms, g.seats, g.goroutines, g.descriptors, g.resident/(1<<20))
}

// collect has the server collect its garbage.
func (s *server) collect() {
	s.t.Helper()
	err := s.ask(context.Background(), "/debug/pprof/heap?gc=1", func(page io.Reader) error {
		_, err := io.Copy(io.Discard, page)
		return err
	})
	if err != nil {
		s.t.Fatalf("collecting garbage: %v", err)
	}
}

// resident is the least memory that the server is seen to have while it gives
// back what it does not need. It ends early once there is no more than enough.
func (s *server) resident(enough float64) float64 {
	s.t.Helper()
	s.collect()
	least := s.gauges().resident
	for range 20 {
		if least <= enough {
			break
		}
		time.Sleep(250 * time.Millisecond)
		least = min(least, s.gauges().resident)
	}
	return least
}

func TestSum(t *testing.T) {
	name, other, one, two := "slow reader", "other", 1.0, 2.0
	labelled := func(label string, value float64) *dto.Metric {
		return &dto.Metric{Label: []*dto.LabelPair{{Value: &label}}, Counter: &dto.Counter{Value: &value}}
	}
	family := &dto.MetricFamily{Metric: []*dto.Metric{labelled(name, one), labelled(other, two)}}
	if all, part, none := sum(family, ""), sum(family, name), sum(nil, ""); all != 3 || part != 1 || none != 0 {
		t.Errorf("got %v, %v, %v", all, part, none)
	}
}
