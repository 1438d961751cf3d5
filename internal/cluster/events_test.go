package cluster

import "testing"

// Nothing is handled after the end, by whoever reads packets still.
func TestNoPacketAfterTheEnd(t *testing.T) {
	var e events
	e.init()
	handled := 0
	count := func() { handled++ }
	e.addPacket(count, nil)
	e.end()
	e.run()
	e.addPacket(count, nil)
	if handled != 1 {
		t.Errorf("%d packets were handled, want 1", handled)
	}
}
