package rooms

import "sync"

// sentEvent is the nth event that a socket was sent.
type sentEvent[M Content[M]] struct {
	nth uint64
	Event[M]
	next *sentEvent[M] // in its list
}

// sentList holds events that a socket was sent, oldest first. The lists of a registry
// share the memory of those that were taken out: lists grow and shrink all the time, and
// most are empty.
type sentList[M Content[M]] struct {
	spare      *sync.Pool // of *sentEvent[M]
	head, tail *sentEvent[M]
	count      int
	bytes      int // of messages
}

// push adds an event, which belongs to the list from now on.
func (l *sentList[M]) push(nth uint64, e Event[M]) {
	s, _ := l.spare.Get().(*sentEvent[M])
	if s == nil {
		s = new(sentEvent[M])
	}
	s.nth, s.Event = nth, e
	if l.tail == nil {
		l.head = s
	} else {
		l.tail.next = s
	}
	l.tail = s
	l.count++
	l.bytes += e.size()
}

// oldest is which event pop would take. The list is not empty.
func (l *sentList[M]) oldest() (nth uint64) { return l.head.nth }

// pop takes the oldest event out, which belongs to the caller then.
func (l *sentList[M]) pop() (nth uint64, e Event[M]) {
	s := l.head
	nth, e = s.nth, s.Event
	if l.head = s.next; l.head == nil {
		l.tail = nil
	}
	l.count--
	l.bytes -= e.size()
	*s = sentEvent[M]{}
	l.spare.Put(s)
	return nth, e
}

// drop drops the oldest event.
func (l *sentList[M]) drop() {
	_, e := l.pop()
	e.free()
}

// clear drops all events.
func (l *sentList[M]) clear() {
	for l.count > 0 {
		l.drop()
	}
}
