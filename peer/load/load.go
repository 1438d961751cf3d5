// Package load makes many calls of two with real media, and says what they were like.
package load

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"slices"
	"sync"
	"syscall"
	"time"

	"vidchat/peer/call"
	"vidchat/peer/link"
	"vidchat/peer/rtc"
)

// Bounds of Options.
const (
	MaxCalls = 500
	MaxTime  = 10 * time.Minute
)

// ErrBounds means that there are no calls or too many, or that their times are negative or
// too long.
var ErrBounds = fmt.Errorf("from 1 to %d calls, for at most %v", MaxCalls, MaxTime)

// Options say how many calls to make, and how long they stay when all are connected, or
// when connecting has taken too long.
type Options struct {
	Calls   int
	Stay    time.Duration
	Connect time.Duration
	Part    call.Options // of everybody; the link's room and key are replaced
}

func (o Options) areInBounds() bool {
	for _, time := range []time.Duration{o.Stay, o.Connect} { // whose sum could overflow
		if time < 0 || time > MaxTime {
			return false
		}
	}
	return o.Calls >= 1 && o.Calls <= MaxCalls && o.Stay+o.Connect <= MaxTime
}

// Result is what the calls were like.
type Result struct {
	Calls     int     `json:"calls"`
	Connected int     `json:"connected"` // of which both sides saw the other's picture and heard the tone
	FrameMS   float64 `json:"firstFrameMs"`
	RTTMS     float64 `json:"rttMs"`
	LossPct   float64 `json:"lossPercent"`
	JitterMS  float64 `json:"jitterMs"`
	KBitPerS  float64 `json:"kbitPerSecond"`
	CPU       float64 `json:"cpuSeconds"`
	WallS     float64 `json:"seconds"`
}

// Run makes the calls. Figures of the result are medians over all connected members,
// and the processor time of this process. With an error of some members, the result is
// about the others.
func Run(ctx context.Context, options Options) (Result, error) {
	if !options.areInBounds() {
		return Result{}, ErrBounds
	}
	begun, used := time.Now(), processorTime()
	ctx, stop := context.WithCancel(ctx)
	defer stop()

	parts := make([]*part, 2*options.Calls)
	var running, connecting sync.WaitGroup
	for i := 0; i < len(parts); i += 2 {
		room := randomLink(options.Part.Link)
		for j := range 2 {
			p := &part{connected: make(chan struct{})}
			parts[i+j] = p
			running.Go(func() { p.run(ctx, options.Part, room) })
			connecting.Go(func() { wait(ctx, p.connected, options.Connect) })
		}
	}
	connecting.Wait()
	wait(ctx, nil, options.Stay)
	stop()
	running.Wait()

	result, err := summarize(parts)
	result.CPU = (processorTime() - used).Seconds()
	result.WallS = time.Since(begun).Seconds()
	return result, err
}

// wait waits until the channel is closed, or the time or the context is over.
func wait(ctx context.Context, closed <-chan struct{}, limit time.Duration) {
	over := time.NewTimer(limit)
	defer over.Stop()
	select {
	case <-closed:
	case <-over.C:
	case <-ctx.Done():
	}
}

// part is one member of one call.
type part struct {
	connected  chan struct{} // closed when picture and tone have arrived
	seen       bool
	heard      bool
	isComplete bool
	report     call.Report
	err        error
}

func (p *part) run(ctx context.Context, options call.Options, room link.Link) {
	options.Link, options.Access, options.Moment = room, link.Access{Secret: room.Key}, p.onMoment
	c, err := call.New(options)
	if err == nil {
		p.report, err = c.Run(ctx)
	}
	p.err = err
}

func (p *part) onMoment(moment call.Moment) {
	p.seen = p.seen || moment.What == string(rtc.FirstFrame)
	p.heard = p.heard || moment.What == string(rtc.FirstSound)
	if p.seen && p.heard && !p.isComplete {
		p.isComplete = true
		close(p.connected)
	}
}

// summarize reads the parts of calls that are over, two for each.
func summarize(parts []*part) (Result, error) {
	var (
		result                            = Result{Calls: len(parts) / 2}
		errs                              []error
		frames, rtts, losses, jits, rates []float64
	)
	for pair := range slices.Chunk(parts, 2) {
		errs = append(errs, pair[0].err, pair[1].err)
		if pair[0].isComplete && pair[1].isComplete {
			result.Connected++
		}
		for _, p := range pair {
			if !p.isComplete {
				continue
			}
			if first, ok := p.report.Since(rtc.FirstFrame); ok {
				frames = append(frames, float64(first.Microseconds())/1000)
			}
			for _, peer := range p.report.Peers {
				rtts = append(rtts, peer.Quality.RTTMS)
				losses = append(losses, peer.Quality.Video.LossPct)
				jits = append(jits, peer.Quality.Video.JitterMS)
				rates = append(rates, peer.Quality.Video.KBitPerS+peer.Quality.Audio.KBitPerS)
			}
		}
	}
	result.FrameMS, result.RTTMS, result.LossPct = median(frames), median(rtts), median(losses)
	result.JitterMS, result.KBitPerS = median(jits), median(rates)
	return result, errors.Join(errs...)
}

func median(values []float64) float64 {
	if len(values) == 0 {
		return 0
	}
	slices.Sort(values)
	return values[len(values)/2]
}

// randomLink draws a room with a key at the same server.
func randomLink(at link.Link) link.Link {
	random := make([]byte, 32)
	_, _ = rand.Read(random) // it never fails
	return link.Link{Origin: at.Origin, Room: fmt.Sprintf("%x", random[:16]), Key: random[16:]}
}

// processorTime is what this process has used.
func processorTime() time.Duration {
	var usage syscall.Rusage
	if syscall.Getrusage(syscall.RUSAGE_SELF, &usage) != nil {
		return 0
	}
	return time.Duration(usage.Utime.Nano() + usage.Stime.Nano())
}
