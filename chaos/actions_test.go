package chaos

import (
	"context"
	"slices"
	"testing"
)

// action is something that a client does.
type action struct {
	name string
	do   func(ctx context.Context, c *client)
	// weight is how many actions it counts for in the rate limit, because it sends
	// much. 0 means 1.
	weight int
}

func (a *action) cost() int { return max(a.weight, 1) }

// actions lists all actions. A client has an open session when it takes one.
var actions = slices.Concat(roomActions, packetActions, requestActions, socketActions, floodActions)

func TestActionNamesAreUnique(t *testing.T) {
	names := make(map[string]bool)
	for _, a := range actions {
		if names[a.name] {
			t.Errorf("two actions are named %q", a.name)
		}
		names[a.name] = true
	}
}
