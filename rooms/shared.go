package rooms

import (
	"maps"
	"math"
	"math/rand/v2"
	"slices"
	"sync/atomic"
	"time"
)

// shared is what a seat has if its room is shared with other nodes. The registry's mutex
// guards it.
type shared struct {
	stream, messages uint64            // the origin of the last message that its local socket sent
	streams          map[uint64]uint64 // of other nodes: the last message of the seat that was relayed
	given            map[uint64]uint64 // by stream: what an earlier owner had sent to the seat
	known            map[string]bool   // after a takeover: the ids of the members the client knows of
	unnumbered       bool              // after a takeover: nobody has said which message was the last
	silent           bool              // after a takeover: nobody was told that it has no socket
}

// share prepares a new seat.
func (r *Registry[S, M]) share(s *seat[S, M]) {
	if r.owned != nil {
		s.shared = &shared{stream: NewStream()}
	}
}

// lastStream is the time of the last stream, in microseconds.
var lastStream atomic.Uint64

// NewStream returns a number for a stream. Later ones of a process are greater, so that what
// a client has said in several streams can be put in order.
func NewStream() uint64 {
	for {
		last := lastStream.Load()
		next := max(last+1, uint64(time.Now().UnixMicro()))
		if lastStream.CompareAndSwap(last, next) {
			return next<<12 | rand.Uint64N(1<<12) // nodes may have the same time
		}
	}
}

// How many streams are remembered of a seat, and of all that a seat was given. Each connection
// of a client is a stream, and only what is not settled may come again; so of one client, the
// oldest streams are of no use any longer. Of several, the oldest may be that of the one who
// has been connected longest.
const (
	maxStreams = 8
	maxGiven   = 8 * maxStreams
)

// NoteGiven notes that a member was sent a message, among what it was given.
func NoteGiven(given map[uint64]uint64, o Origin) { noteStream(given, o.Stream, o.Number, maxGiven) }

// noteStream notes the last message of a stream, and forgets older streams if there are more
// than most.
func noteStream(all map[uint64]uint64, stream, number uint64, most int) {
	all[stream] = number
	for len(all) > most {
		oldest := uint64(math.MaxUint64)
		for other := range all {
			if other != stream {
				oldest = min(oldest, other)
			}
		}
		delete(all, oldest)
	}
}

// mayUse reports whether a room may be entered here.
func (r *Registry[S, M]) mayUse(name string) bool { return r.owned == nil || r.owned[name] }

// nextOrigin is the origin of the next message of the seat's socket.
func (s *seat[S, M]) nextOrigin() Origin {
	if s.shared == nil {
		return Origin{}
	}
	s.messages++
	return Origin{s.stream, s.messages}
}

// wasGiven reports whether an earlier owner has sent a message to the seat.
func (s *seat[S, M]) wasGiven(e Event[M]) bool { return s.given[e.Origin.Stream] >= e.Origin.Number }

// noteQueued counts what is queued as given: the owner before may send it once more.
func (s *seat[S, M]) noteQueued() {
	for _, e := range s.queue {
		if e.Kind != Message {
			continue
		}
		if s.given == nil {
			s.given = make(map[uint64]uint64)
		}
		NoteGiven(s.given, Origin{e.Origin.Stream, max(s.given[e.Origin.Stream], e.Origin.Number)})
	}
}

// had returns, by stream, which messages of the others the seat has been sent, or was not to
// be sent.
func (s *seat[S, M]) had() map[uint64]uint64 {
	if s.shared == nil {
		return nil
	}
	given := cloneMap(s.given)
	for _, other := range s.room.seats {
		if other == s {
			continue
		}
		for stream, number := range other.streams {
			given[stream] = max(given[stream], number)
		}
	}
	live := s.liveStreams()
	for stream, number := range live {
		given[stream] = max(given[stream], number)
	}
	for _, stream := range slices.Sorted(maps.Keys(given)) { // the oldest first
		if len(given) <= maxGiven {
			break
		}
		if _, isLive := live[stream]; !isLive {
			delete(given, stream)
		}
	}
	for _, e := range s.queue {
		if e.Kind == Message && given[e.Origin.Stream] >= e.Origin.Number {
			given[e.Origin.Stream] = e.Origin.Number - 1
		}
	}
	return given
}

// liveStreams returns the last message of the stream that each of the others goes on with: of
// its socket here, and of the newest one at another node.
func (s *seat[S, M]) liveStreams() map[uint64]uint64 {
	live := make(map[uint64]uint64)
	for _, other := range s.room.seats {
		if other == s {
			continue
		}
		live[other.stream] = other.messages
		newest := uint64(0)
		for stream := range other.streams {
			newest = max(newest, stream)
		}
		if newest > 0 {
			live[newest] = max(live[newest], other.streams[newest])
		}
	}
	return live
}

// hasToken compares with the token, or with the id if nobody has presented the token
// since the seat was taken over.
func (s *seat[S, M]) hasToken(token string) bool {
	if s.token == "" {
		return s.id == idOf(token)
	}
	return equal(s.token, token)
}

// isAway is what the others are told.
func (s *seat[S, M]) isAway() bool { return !s.present && (s.shared == nil || !s.silent) }

// returned is called when the client of a seat claims it. It settles what only the client
// can know after a takeover.
func (s *seat[S, M]) returned(o Options) {
	if s.shared == nil {
		return
	}
	if s.token == "" {
		s.token = o.Token
	}
	if s.unnumbered {
		number := uint64(0)
		if o.Seen != nil {
			number = *o.Seen
		}
		s.numberFrom(number)
	}
	s.silent = false
}

// numberFrom numbers the queued messages, after the last one that the client has got.
func (s *seat[S, M]) numberFrom(last uint64) {
	s.unnumbered = false
	s.number = last
	for i := range s.queue {
		if s.queue[i].Kind == Message {
			s.number++
			s.queue[i].Number = s.number
		}
	}
}

// forget says that all members were told that one has left.
func (rm *room[S, M]) forget(id string) {
	for _, s := range rm.seats {
		if s.shared != nil {
			delete(s.known, id)
		}
	}
}

func (rm *room[S, M]) stopGrace() {
	if rm.grace != nil {
		rm.grace.Stop()
		rm.grace = nil
	}
}

func (rm *room[S, M]) findID(id string) *seat[S, M] {
	for _, s := range rm.seats {
		if s.id == id {
			return s
		}
	}
	return nil
}

// markChanged notes that the record of a room has changed.
func (r *Registry[S, M]) markChanged(rm *room[S, M]) {
	if r.owned != nil && !slices.Contains(r.changed, rm.name) {
		r.changed = append(r.changed, rm.name)
		r.hasChanged.Store(true)
	}
}

func (r *Registry[S, M]) reportChanges() {
	if !r.hasChanged.Load() { // as for nearly all messages
		return
	}
	r.mu.Lock()
	names := r.changed
	r.changed = nil
	r.hasChanged.Store(false)
	r.mu.Unlock()
	for _, name := range names {
		r.cfg.Changed(name)
	}
}

// RelayFrom relays a message that a member sent on another node: to all others, or only to
// the members whose ids are in to. It reports whether the message is new: one that was
// relayed already is dropped.
func (r *Registry[S, M]) RelayFrom(room, id string, origin Origin, to []string, m M) (recipients int, fresh bool, err error) {
	r.mu.Lock()
	rm := r.rooms[room]
	var from *seat[S, M]
	if rm != nil {
		from = rm.findID(id)
	}
	if from == nil || from.shared == nil {
		r.mu.Unlock()
		return 0, true, ErrNoSeat
	}
	if from.streams[origin.Stream] >= origin.Number {
		r.mu.Unlock()
		return 0, false, nil
	}
	if from.streams == nil {
		from.streams = make(map[uint64]uint64)
	}
	noteStream(from.streams, origin.Stream, origin.Number, maxStreams)
	e := Event[M]{Kind: Message, Room: rm.name, ID: from.id, Message: m, Origin: origin}
	var deliveries []delivery[S, M]
	for _, s := range slices.Clone(rm.seats) { // some may be freed
		if s == from || len(to) > 0 && !slices.Contains(to, s.id) {
			continue
		}
		recipients++
		if s.shared != nil && s.wasGiven(e) {
			continue
		}
		if d, ok := s.enqueueMessage(e); ok {
			deliveries = append(deliveries, d)
		} else if !s.present {
			over := s.overLimit(r.cfg)
			if r.recount(s); over {
				deliveries = append(deliveries, r.freeSeat(s)...)
			}
		}
	}
	r.mu.Unlock()
	r.drain(deliveries)
	return recipients, true, nil
}

// Has reports whether a socket has a seat or a knock.
func (r *Registry[S, M]) Has(socket S) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.bySocket[socket] != nil || r.knocks[socket] != nil
}

// RoomOf returns the name of the room in which a socket has a seat, or "".
func (r *Registry[S, M]) RoomOf(socket S) string {
	r.mu.Lock()
	defer r.mu.Unlock()
	name, _ := r.roomOf(socket)
	return name
}

// Withdraw withdraws a socket's knock.
func (r *Registry[S, M]) Withdraw(socket S) {
	r.mu.Lock()
	deliveries := r.dropKnock(socket)
	r.mu.Unlock()
	r.drain(deliveries)
}

// Owns reports whether a room was given to Own.
func (r *Registry[S, M]) Owns(name string) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.owned[name]
}

// Disown gives up a room without seats. It reports false if it has one, or is not
// owned here.
func (r *Registry[S, M]) Disown(name string) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	if !r.owned[name] || r.rooms[name] != nil {
		return false
	}
	delete(r.owned, name)
	return true
}

// cloneMap returns a copy that is not nil.
func cloneMap[K comparable, V any](m map[K]V) map[K]V {
	if m == nil {
		return make(map[K]V)
	}
	return maps.Clone(m)
}

// firstQueued is the number before that of the first message in the queue.
func (s *seat[S, M]) firstQueued() uint64 {
	for _, e := range s.queue {
		if e.Kind == Message {
			return e.Number - 1
		}
	}
	return s.number
}
