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
		Pair:   limit.Rate{PerSecond: 0.1, Burst: 5},
		Client: limit.Rate{PerSecond: 0.5, Burst: 50},
		Fresh:  limit.Rate{PerSecond: 2, Burst: 100},
		Known:  limit.Rate{PerSecond: 0.2, Burst: 20},
	}
	// fullRates limit tries at a full room. The members are probed once in 2 s anyway.
	fullRates = limit.TryRates{Pair: limit.Rate{PerSecond: 0.5, Burst: 10}}
	// knockRates limit knocks that the members are told of. Together they need much
	// longer to fill the outbox of a member that does not read than it has to respond.
	knockRates = limit.TryRates{
		Pair:  limit.Rate{PerSecond: 0.2, Burst: 10},
		Fresh: limit.Rate{PerSecond: 1, Burst: 32},
		Known: limit.Rate{PerSecond: 0.5, Burst: 16},
	}
)

// limits count what strangers try.
type limits struct{ proofs, full, knocks *limit.Tries }

func newLimits() limits {
	return limits{limit.NewTries(proofRates), limit.NewTries(fullRates), limit.NewTries(knockRates)}
}

// limitedError is an error of a client that has tried too often.
type limitedError struct {
	error
	wait time.Duration
}

func (e limitedError) Unwrap() error { return e.error }

// seconds returns the time to wait, rounded up.
func (e limitedError) seconds() int { return max(int(math.Ceil(e.wait.Seconds())), 1) }

// proofTry is a try of a proof that is being made.
type proofTry struct {
	giveBack func()
	err      error // that there were too many
}

// takeProof counts the proof of a request, if it has one, before it is compared.
func (s *Server) takeProof(p *participant, room string, o rooms.Options) proofTry {
	if o.Proof == "" {
		return proofTry{giveBack: func() {}}
	}
	giveBack, wait, ok := s.limits.proofs.Take(p.Client(), room, time.Now())
	if !ok {
		return proofTry{err: limitedError{errWrongProofs, wait}}
	}
	return proofTry{giveBack: giveBack}
}

// settle gives the try back unless the proof was wrong.
func (t proofTry) settle(err error) {
	if t.giveBack != nil && !errors.Is(err, rooms.ErrDenied) {
		t.giveBack()
	}
}
