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

// What a seat was given has the stream that each of the others goes on with, even if those of
// all seats are too many, and the member connected longest has the oldest one.
func TestLiveStreamsAreRemembered(t *testing.T) {
	const seats = 8
	rm := &room[*line, talk]{}
	for i := range uint64(seats) {
		s := &seat[*line, talk]{room: rm, shared: &shared{stream: 1000*i + 1, messages: 5, streams: make(map[uint64]uint64)}}
		for old := range uint64(maxStreams) {
			s.streams[1000*i+10+old] = 3
		}
		rm.seats = append(rm.seats, s)
	}
	receiver := &seat[*line, talk]{room: rm, shared: &shared{}}
	rm.seats = append(rm.seats, receiver)
	had := receiver.had()
	for i, s := range rm.seats[:seats] {
		if newest := uint64(1000*i + 10 + maxStreams - 1); had[s.stream] != 5 || had[newest] != 3 {
			t.Errorf("of seat %d, message %d and %d are remembered", i, had[s.stream], had[newest])
		}
	}
	if len(had) > maxGiven {
		t.Errorf("%d streams are remembered", len(had))
	}
}
