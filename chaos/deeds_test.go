package chaos

import (
	"context"
	"slices"
	"testing"
)

// deed is something a client does.
type deed struct {
	name string
	do   func(ctx context.Context, c *client)
	// weight is how many others it counts for in the pace, since it sends much;
	// 0 is 1.
	weight int
}

func (d *deed) cost() int { return max(d.weight, 1) }

// deeds are all of them. A client has a session when it does one.
var deeds = slices.Concat(roomDeeds, packetDeeds, requestDeeds, socketDeeds, floodDeeds)

func TestDeedsHaveTheirOwnNames(t *testing.T) {
	names := make(map[string]bool)
	for _, d := range deeds {
		if names[d.name] {
			t.Errorf("two are named %q", d.name)
		}
		names[d.name] = true
	}
}
