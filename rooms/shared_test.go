package rooms

import "testing"

// Of many streams, the last ones are remembered, and the one that goes on in any case: the
// clocks of nodes differ.
func TestStreamsAreBounded(t *testing.T) {
	given := make(map[uint64]uint64)
	for stream := range uint64(10 * maxGiven) {
		NoteGiven(given, Origin{stream + 1, 2 * stream})
		if given[stream+1] != 2*stream || len(given) > maxGiven {
			t.Fatalf("%d streams are remembered after %d", len(given), stream+1)
		}
	}
	NoteGiven(given, Origin{1, 7})
	if last := uint64(10 * maxGiven); given[1] != 7 || given[last] != 2*(last-1) || len(given) != maxGiven {
		t.Errorf("%d streams are remembered, %d of the oldest and %d of the last", len(given), given[1], given[last])
	}
}
