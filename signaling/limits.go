package signaling

import (
	"errors"
	"math"
	"time"

	"vidchat/internal/limit"
	"vidchat/rooms"
)

// What strangers may try at a room. A client is an address, or a network of IPv6.
var (
	// proofRates limit wrong proofs. Those of all clients are limited too, since an
	// attacker may have many addresses: to 2.2 guesses a second for one room.
	proofRates = limit.TryRates{
		Pair:     limit.Rate{PerSecond: 0.1, Burst: 5},
		Client:   limit.Rate{PerSecond: 0.5, Burst: 50},
		Fresh:    limit.Rate{PerSecond: 2, Burst: 100},
		Known:    limit.Rate{PerSecond: 0.2, Burst: 20},
		Loopback: true,
	}
	// fullRates limit tries at a full room. Its members are probed once in 2 s anyway.
	fullRates = limit.TryRates{Pair: limit.Rate{PerSecond: 0.5, Burst: 10}}
	// knockRates and joinRates limit knocks, and new members, that the members are told
	// of. They do not fill the outbox of a member in the time in which it has to respond.
	knockRates = limit.TryRates{
		Pair:  limit.Rate{PerSecond: 0.2, Burst: 10},
		Fresh: limit.Rate{PerSecond: 1, Burst: 32},
		Known: limit.Rate{PerSecond: 0.5, Burst: 16},
	}
	joinRates = limit.TryRates{
		Pair:  limit.Rate{PerSecond: 0.5, Burst: 20},
		Fresh: limit.Rate{PerSecond: 1, Burst: 32},
		Known: limit.Rate{PerSecond: 0.25, Burst: 24},
	}
)

// limits count what strangers try.
type limits struct{ proofs, full, knocks, joins *limit.Tries }

func newLimits() limits {
	return limits{
		proofs: limit.NewTries(proofRates), full: limit.NewTries(fullRates),
		knocks: limit.NewTries(knockRates), joins: limit.NewTries(joinRates),
	}
}

// limitedError is an error of a client that has tried too often.
type limitedError struct {
	error
	wait time.Duration
}

func (e limitedError) Unwrap() error { return e.error }

// seconds returns the time to wait, rounded up.
func (e limitedError) seconds() int { return max(int(math.Ceil(e.wait.Seconds())), 1) }

// limitedDelay is how long the answer to a try takes that is over a limit. Until then the
// server handles nothing else of that client, so its tries cost little CPU.
const limitedDelay = 50 * time.Millisecond

// delayLimited waits if an error means that there were too many tries. It returns the
// error.
func delayLimited(err error) error {
	if errors.As(err, new(limitedError)) {
		time.Sleep(limitedDelay)
	}
	return err
}

// try is a try that is being made, or err if there were too many.
type try struct {
	giveBack func()
	err      error
}

// takeTry counts a try before it is made. reason is the error if there were too many.
func takeTry(tries *limit.Tries, p *participant, room string, reason error) try {
	giveBack, wait, ok := tries.Take(p.Client(), room, time.Now())
	if !ok {
		return try{err: limitedError{reason, wait}}
	}
	return try{giveBack: giveBack}
}

// takeProof counts the proof of a request, if it has one.
func (l *limits) takeProof(p *participant, room string, o rooms.Options) try {
	if o.Proof == "" {
		return try{}
	}
	return takeTry(l.proofs, p, room, errWrongProofs)
}

// settle gives the try back unless it counts.
func (t try) settle(counts bool) {
	if t.giveBack != nil && !counts {
		t.giveBack()
	}
}
