package cluster

import "time"

// Times are how long things take. The zero value of each means its default.
type Times struct {
	// Lease is how long a node is taken to be alive after its last renewal.
	Lease time.Duration
	// Renew is the time between two renewals.
	Renew time.Duration
	// Serve is how long after sending its last good renewal a node acts as an owner.
	// It is shorter than Lease, so that it stops before another node can claim.
	Serve time.Duration
	// Young is how long claims wait after Redis came back without its memory: owners
	// write their records back meanwhile.
	Young time.Duration
	// Record is how long Redis keeps what nobody renews.
	Record time.Duration
	// Command is how long Redis may take to answer.
	Command time.Duration
	// Claim is how long a claim waits for a Redis that does not answer.
	Claim time.Duration
	// Resend is how long something may stay without a receipt before it is sent again.
	Resend time.Duration
	// Receipt is how long a receipt may wait for something to travel with.
	Receipt time.Duration
}

func (t Times) withDefaults() Times {
	for field, fallback := range map[*time.Duration]time.Duration{
		&t.Lease: 5 * time.Second, &t.Renew: time.Second, &t.Serve: 3500 * time.Millisecond,
		&t.Young: 3 * time.Second, &t.Record: time.Hour, &t.Command: time.Second, &t.Claim: 2500 * time.Millisecond,
		&t.Resend: 500 * time.Millisecond, &t.Receipt: 100 * time.Millisecond,
	} {
		if *field == 0 {
			*field = fallback
		}
	}
	return t
}
