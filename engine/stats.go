package engine

import "sync/atomic"

// Stats counts what happened since the engine was made.
type Stats struct {
	ended   map[Reason]*atomic.Int64
	refused map[Refusal]*atomic.Int64
	open    *atomic.Int64
	panics  *atomic.Int64
}

func newStats() Stats {
	st := Stats{
		ended:   make(map[Reason]*atomic.Int64),
		refused: make(map[Refusal]*atomic.Int64),
		open:    new(atomic.Int64),
		panics:  new(atomic.Int64),
	}
	for _, r := range []Reason{
		ReasonClientClosed, ReasonConnectionLost, ReasonPingTimeout, ReasonSlowReader,
		ReasonOverlap, ReasonMalformed, ReasonTooLarge, ReasonNotConnected,
		ReasonServerClosed, ReasonShutdown, ReasonPanic,
	} {
		st.ended[r] = new(atomic.Int64)
	}
	for _, r := range []Refusal{
		RefusedBinary, RefusedMalformed, RefusedType, RefusedNamespace,
		RefusedEvent, RefusedRoom, RefusedArguments,
	} {
		st.refused[r] = new(atomic.Int64)
	}
	return st
}

// Open is the number of sessions.
func (st *Stats) Open() int64 { return st.open.Load() }

// Ended is how many sessions ended for a reason.
func (st *Stats) Ended(r Reason) int64 { return st.ended[r].Load() }

// Refused is how many packets were not let through for a reason.
func (st *Stats) Refused(r Refusal) int64 { return st.refused[r].Load() }

func (st *Stats) opened(*Session) { st.open.Add(1) }

func (st *Stats) forgotten(s *Session) {
	st.open.Add(-1)
	st.ended[s.Reason()].Add(1)
}

// Refuse counts and logs a packet of this session that was not let through.
func (s *Session) Refuse(why Refusal) {
	s.engine.Stats.refused[why].Add(1)
	if l := s.engine.cfg.Log.Debug(); l.Enabled() {
		s.Log().Debug().Str("reason", string(why)).Msg("packet refused")
	}
}
