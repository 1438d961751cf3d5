// Package media has a test picture and a test tone, encoded ahead, so that no encoder is
// needed. client/e2e/test-media/record.js made the files.
package media

import (
	"bytes"
	"context"
	_ "embed"
	"errors"
	"fmt"
	"io"
	"sync"
	"sync/atomic"
	"time"

	"github.com/pion/webrtc/v4"
	"github.com/pion/webrtc/v4/pkg/media"
	"github.com/pion/webrtc/v4/pkg/media/ivfreader"
)

// IVF is a list of frames, whatever their codec.
var (
	//go:embed picture.ivf
	picture []byte
	//go:embed tone.ivf
	tone []byte
)

// How long a frame lasts.
const (
	pictureFrame = time.Second / 15
	toneFrame    = 20 * time.Millisecond
)

// Source plays the picture and the tone, again and again, on tracks that any number of
// peer connections may send.
type Source struct {
	picture, tone sequence
	keyFrame      atomic.Bool
}

// sequence is what one track plays.
type sequence struct {
	track    *webrtc.TrackLocalStaticSample
	frames   [][]byte
	duration time.Duration
}

// NewSource returns a source that plays while Run runs.
func NewSource() (*Source, error) {
	shown, err := newSequence(webrtc.MimeTypeVP8, "picture", picture, pictureFrame)
	if err != nil {
		return nil, err
	}
	heard, err := newSequence(webrtc.MimeTypeOpus, "tone", tone, toneFrame)
	return &Source{picture: shown, tone: heard}, err
}

func newSequence(codec, id string, file []byte, duration time.Duration) (sequence, error) {
	frames, err := readFrames(file)
	if err != nil {
		return sequence{}, fmt.Errorf("reading the test %s: %w", id, err)
	}
	track, err := webrtc.NewTrackLocalStaticSample(webrtc.RTPCodecCapability{MimeType: codec}, id, "vidchat")
	return sequence{track: track, frames: frames, duration: duration}, err
}

func readFrames(file []byte) (frames [][]byte, err error) {
	reader, _, err := ivfreader.NewWith(bytes.NewReader(file))
	if err != nil {
		return nil, err
	}
	for {
		frame, _, err := reader.ParseNextFrame()
		if errors.Is(err, io.EOF) {
			return frames, nil
		}
		if err != nil {
			return nil, err
		}
		frames = append(frames, frame)
	}
}

// Tracks returns the tone's track and the picture's.
func (s *Source) Tracks() []webrtc.TrackLocal {
	return []webrtc.TrackLocal{s.tone.track, s.picture.track}
}

// RequestKeyFrame has the picture begin anew, with its only key frame.
func (s *Source) RequestKeyFrame() { s.keyFrame.Store(true) }

// Run plays until the context ends.
func (s *Source) Run(ctx context.Context) {
	var playing sync.WaitGroup
	defer playing.Wait()
	playing.Go(func() { s.picture.play(ctx, &s.keyFrame) })
	playing.Go(func() { s.tone.play(ctx, new(atomic.Bool)) })
}

func (s sequence) play(ctx context.Context, restart *atomic.Bool) {
	ticker := time.NewTicker(s.duration)
	defer ticker.Stop()
	for next := 0; ; next++ {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
		if next == len(s.frames) || restart.Swap(false) {
			next = 0
		}
		// It fails for connections that are being closed, which nobody watches any more.
		_ = s.track.WriteSample(media.Sample{Data: s.frames[next], Duration: s.duration})
	}
}
