package signaling

import (
	"context"
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"vidchat/internal/enginetest/counts"
	"vidchat/internal/enginetest/dialer"
	"vidchat/internal/enginetest/wait"
	"vidchat/internal/enginetest/witness"
)

// takeovers is how often the owner of a room changes in TestTakeoversUnderLoad. It is more
// in make soak.
func takeovers(t *testing.T) int { return counts.Of(t, "TAKEOVERS", 8) }

// trouble is what happens to the owner of a room.
type trouble int

const (
	killed   trouble = iota // its node is gone for good
	asleep                  // its node does nothing for longer than its lease
	stopped                 // its node stops in order
	unlinked                // what it and another node send each other is lost for a while
	troubles
)

// Whatever happens to the owners of a room, its members hear each other: every message once
// and in order, and nobody else gets a seat. Only those whose own node is gone have to come
// back, and may hear again what they have heard.
func TestTakeoversUnderLoad(t *testing.T) {
	h := &household{nodes: startNodes(t, 4), rng: rand.New(rand.NewPCG(1, 2)), dead: make(map[int]bool)}
	for i := range 4 {
		w := witness.New(t, string('A'+rune(i)), witness.Room{Name: "room", Seats: 4})
		w.Enter(i, h.all[i].options(4, dialer.WebSocket))
		h.witnesses = append(h.witnesses, w)
	}
	var counts [troubles]int
	for round := range takeovers(t) {
		h.round, h.owner = round, h.indexOf(h.cloud.ownerOf("room"))
		h.trouble = trouble(h.rng.IntN(int(troubles)))
		if len(h.elsewhere()) == 0 {
			h.trouble = killed // nobody would notice the others
		}
		counts[h.trouble]++
		h.speak(h.witnesses)
		h.makeTrouble()
		h.returnEnded()
		witness.ExpectAllHeard(t, fmt.Sprintf("in round %d of kind %d", round, h.trouble), h.witnesses)
	}
	t.Logf("%d nodes were killed, %d slept, %d stopped, and %d links were lost; %d witnesses came back though their node lived",
		counts[killed], counts[asleep], counts[stopped], counts[unlinked], h.returned)
}

// household is a room on several nodes whose members are witnesses.
type household struct {
	*nodes
	witnesses []*witness.Witness
	rng       *rand.Rand
	dead      map[int]bool // nodes

	returned int // though their nodes lived

	round   int
	owner   int
	trouble trouble
}

// speak has some say something, once: what is not confirmed yet must not exceed what is kept
// for a seat.
func (h *household) speak(all []*witness.Witness) {
	for _, w := range all {
		w.Say()
	}
}

// elsewhere returns those who are at other nodes than the owner's.
func (h *household) elsewhere() (all []*witness.Witness) {
	for _, w := range h.witnesses {
		if w.Node != h.owner {
			all = append(all, w)
		}
	}
	return all
}

// returnEnded has those come back whose sessions were ended, as clients do. A node that is gone
// ends no sessions but its own.
func (h *household) returnEnded() {
	for _, w := range h.witnesses {
		if !w.IsConnected() {
			if h.returned++; h.trouble == killed || h.trouble == stopped {
				h.t.Errorf("in round %d of kind %d, a session at node %d ended, which lived", h.round, h.trouble, w.Node)
			}
			w.LoseConnection(h.witnesses)
			w.ComeBack(w.Node, h.all[w.Node].options(4, dialer.WebSocket))
		}
	}
}

func (h *household) makeTrouble() {
	switch h.trouble {
	case killed:
		h.links[h.owner].cutOff()
		h.speak(h.elsewhere())
		h.replaceOwner()
	case asleep:
		h.links[h.owner].cutOff()
		h.speak(h.elsewhere())
		h.expectOtherOwner()
		h.links[h.owner].heal()
		wait.Until(h.t, "the node serves again", h.links[h.owner].Serving)
	case stopped:
		ended := h.stop(h.owner)
		h.speak(h.elsewhere())
		<-ended // clients return half a second after "restarting" at the earliest
		h.replaceOwner()
	case unlinked:
		others := h.elsewhere()
		other := h.links[others[h.rng.IntN(len(others))].Node]
		h.links[h.owner].breakLink(other)
		h.speak(h.witnesses)
		time.Sleep(h.cloud.lease)
		h.links[h.owner].mendLink(other)
	}
}

// stop stops a node in order.
func (h *household) stop(node int) (ended chan struct{}) {
	server, link := h.all[node], h.links[node]
	ended = make(chan struct{})
	go func() {
		defer close(ended)
		_ = server.Shutdown(context.WithoutCancel(h.t.Context()))
		link.leave()
	}()
	h.t.Cleanup(func() { <-ended })
	return ended
}

// replaceOwner starts a node in place of the owner, whose clients go to that or another one.
func (h *household) replaceOwner() {
	h.dead[h.owner] = true
	h.add()
	for _, w := range h.witnesses {
		if w.Node == h.owner {
			if h.trouble == killed {
				w.LoseNode(h.witnesses)
			}
			node := h.anyNode()
			w.ComeBack(node, h.all[node].options(4, dialer.WebSocket))
		}
	}
	h.expectOtherOwner()
}

func (h *household) expectOtherOwner() {
	h.t.Helper()
	wait.Until(h.t, fmt.Sprintf("in round %d, the room has another owner", h.round), func() bool {
		return h.cloud.ownerOf("room") != h.links[h.owner].name
	})
}

// anyNode returns a node that is not dead.
func (h *household) anyNode() int {
	for {
		if node := h.rng.IntN(len(h.all)); !h.dead[node] {
			return node
		}
	}
}

func (n *nodes) indexOf(name string) int {
	for i, link := range n.links {
		if link.name == name {
			return i
		}
	}
	n.t.Fatalf("no node has the room")
	return 0
}
