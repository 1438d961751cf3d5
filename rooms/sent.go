package rooms

import "sync"

// sentEvent is the nth event that a socket was sent.
type sentEvent[M Content[M]] struct {
	nth uint64
	Event[M]
}

// sentList holds events that a socket was sent, oldest first, in blocks that the lists
// of a registry share: lists grow and shrink all the time, and most are empty.
type sentList[M Content[M]] struct {
	spare       *sync.Pool // of *sentBlock[M]
	head, tail  *sentBlock[M]
	first, last int // the first event in head, and the place behind the last one in tail
	count       int
	bytes       int // of messages
}

const blockEvents = 4

type sentBlock[M Content[M]] struct {
	events [blockEvents]sentEvent[M]
	next   *sentBlock[M]
}

// push adds an event, which belongs to the list from now on.
func (l *sentList[M]) push(e sentEvent[M]) {
	if l.tail == nil || l.last == blockEvents {
		l.addBlock()
	}
	l.tail.events[l.last] = e
	l.last++
	l.count++
	l.bytes += e.size()
}

func (l *sentList[M]) addBlock() {
	b, _ := l.spare.Get().(*sentBlock[M])
	if b == nil {
		b = new(sentBlock[M])
	}
	if l.tail == nil {
		l.head, l.first = b, 0
	} else {
		l.tail.next = b
	}
	l.tail, l.last = b, 0
}

// oldest is the event that pop would take. The list is not empty.
func (l *sentList[M]) oldest() *sentEvent[M] { return &l.head.events[l.first] }

// pop takes the oldest event out, which belongs to the caller then.
func (l *sentList[M]) pop() sentEvent[M] {
	e := l.head.events[l.first]
	l.head.events[l.first] = sentEvent[M]{}
	l.first++
	l.count--
	l.bytes -= e.size()
	switch {
	case l.count == 0:
		l.spare.Put(l.head)
		l.head, l.tail = nil, nil
	case l.first == blockEvents:
		b := l.head
		l.head, l.first = b.next, 0
		b.next = nil
		l.spare.Put(b)
	}
	return e
}

// drop drops the oldest event.
func (l *sentList[M]) drop() { l.pop().free() }

// clear drops all events.
func (l *sentList[M]) clear() {
	for l.count > 0 {
		l.drop()
	}
}
