package rooms

import "sync/atomic"

// content is what the messages of tests consist of. It panics if it is used after it
// was freed, or, if it is borrowed, after Relay has returned.
type content struct {
	text  string
	state *contentState // nil for what a recorder noted
}

type contentState struct {
	copied bool
	over   atomic.Bool
}

func borrowed(text string) content { return content{text, new(contentState)} }

func (c content) Size() int { return len(c.read()) }

func (c content) Copy() content { return content{c.read(), &contentState{copied: true}} }

func (c content) Free() {
	if !c.state.copied {
		panic("a borrowed content was freed")
	}
	c.end()
}

func (c content) end() {
	if c.state.over.Swap(true) {
		panic("a content was freed twice")
	}
}

func (c content) read() string {
	if c.state.over.Load() {
		panic("a content was used after its end")
	}
	return c.text
}

// relay is Relay for content that is borrowed.
func (r *recorder) relay(socket, text string) (recipients int, err error) {
	c := borrowed(text)
	defer c.end()
	return r.Relay(socket, nil, nil, c)
}
