// Package call takes part in a call: it enters the room, returns to its seat when the
// connection to the server is lost, and connects to the other members. Read call.go
// first, then member.go, which is about one of the others.
package call

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/pion/webrtc/v4"

	"vidchat/peer/link"
	"vidchat/peer/rtc"
	"vidchat/peer/trust"
)

// ErrMoved means that another connection uses the seat.
var ErrMoved = errors.New("another connection uses this seat")

// How long to wait before the first reconnection and before later ones.
const (
	firstDelay = 250 * time.Millisecond
	maxDelay   = 5 * time.Second
)

// maxUnfinishedCodes is how many exchanges of a security code may be left unfinished
// after the nonce was revealed.
const maxUnfinishedCodes = 10

// Refusal is the server's answer to who may not enter.
type Refusal struct {
	Code, Message string
}

func (r *Refusal) Error() string {
	return fmt.Sprintf("the server refused: %s (%s)", r.Message, r.Code)
}

// Options say which call to take part in, and how.
type Options struct {
	Link    link.Link
	Access  link.Access
	Name    string
	Text    string // sent to each member, if not empty
	Send    string // path of a file for each member, if not empty
	Receive string // folder for the files of the others, if not empty
	Lock    bool   // whether to lock the room
	Knocks  Answer // what those who knock are told
	// RelayOnly has media go over TURN servers alone.
	RelayOnly bool
	API       *webrtc.API
	Sender    rtc.Sender
	// Moment and Said, if not nil, are called on the call's goroutine.
	Moment func(Moment)
	Said   func(peer, text string)
}

// Call is one member's part in a call. All but post runs on the goroutine of Run.
type Call struct {
	Options
	ctx    context.Context // of Run
	key    *trust.Key      // nil without a secret
	epoch  string
	page   string
	begun  time.Time
	posted chan func() // from the goroutines of peer connections

	session *session                   // nil while there is no connection to the server
	relay   func(d details, to string) // of the session
	token   string
	id      string
	seen    int64
	offers  int64
	codes   int // exchanges of a code that may still be left unfinished
	servers []webrtc.ICEServer
	members map[string]*member
	report  Report

	attempts   int
	retryAfter time.Duration // what the server asked for
}

// New prepares to take part.
func New(options Options) (*Call, error) {
	c := &Call{
		Options: options, epoch: trust.NewEpoch(), page: trust.NewEpoch(),
		posted: make(chan func()), members: make(map[string]*member), codes: maxUnfinishedCodes,
	}
	if len(options.Access.Secret) > 0 {
		key, err := trust.NewKey(options.Link.Room, options.Access.Secret)
		if err != nil {
			return nil, err
		}
		c.key = &key
	}
	return c, nil
}

// Run takes part until the context ends, which is no error, or the server refuses.
func (c *Call) Run(ctx context.Context) (Report, error) {
	ctx, over := context.WithCancel(ctx)
	defer over() // for timers, which wait for this goroutine
	c.ctx, c.begun = ctx, time.Now()
	for {
		err := c.attend(ctx)
		if ctx.Err() != nil {
			err = nil
		} else if !isFinal(err) && c.pause(ctx) {
			continue
		}
		for _, m := range c.sortedMembers() {
			c.remove(m)
		}
		return c.report, err
	}
}

func isFinal(err error) bool {
	var refusal *Refusal
	return errors.As(err, &refusal) || errors.Is(err, ErrMoved)
}

// pause waits before the next attempt. It returns false if the context ends first.
func (c *Call) pause(ctx context.Context) bool {
	delay := min(maxDelay, firstDelay<<min(c.attempts, 8))
	c.attempts++
	if c.retryAfter > 0 {
		delay, c.retryAfter = c.retryAfter, 0
	}
	over := time.NewTimer(delay)
	defer over.Stop()
	for {
		select {
		case <-ctx.Done():
			return false
		case <-over.C:
			return true
		case task := <-c.posted:
			task()
		}
	}
}

// post has a task run on the goroutine of Run, unless the context ends first.
func (c *Call) post(ctx context.Context, task func()) {
	unlessOver := func() {
		if ctx.Err() == nil {
			task()
		}
	}
	select {
	case c.posted <- unlessOver:
	case <-ctx.Done():
	}
}

// happened adds a moment to the report.
func (c *Call) happened(what, peer string) {
	moment := Moment{AtMS: float64(time.Since(c.begun).Microseconds()) / 1000, What: what, Peer: peer}
	c.report.Timeline = append(c.report.Timeline, moment)
	if c.Moment != nil {
		c.Moment(moment)
	}
}

func (c *Call) sortedMembers() []*member {
	members := make([]*member, 0, len(c.members))
	for _, m := range c.members {
		members = append(members, m)
	}
	slices.SortFunc(members, func(a, b *member) int { return strings.Compare(a.id, b.id) })
	return members
}

// join adds a member, if it is new.
func (c *Call) join(id, name string) *member {
	m := c.members[id]
	if m == nil {
		m = &member{call: c, id: id, polite: c.id < id}
		c.members[id] = m
	}
	if !m.nameSigned {
		m.name = name
	}
	return m
}

// remove closes the connection to a member, and reports on it.
func (c *Call) remove(m *member) {
	if m.conn != nil {
		c.report.Peers = append(c.report.Peers, m.report())
	}
	m.close()
	delete(c.members, m.id)
}

// nextOffer returns the number of a new offer.
func (c *Call) nextOffer() int64 {
	c.offers++
	return c.offers
}
