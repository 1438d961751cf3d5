package load

import (
	"testing"

	"vidchat/peer/call"
	"vidchat/peer/rtc"
)

// Members that never connected do not count in the figures.
func TestSummarize(t *testing.T) {
	withRTT := func(ms float64) call.Report {
		return call.Report{Peers: []call.PeerReport{{Quality: rtc.Quality{RTTMS: ms}}}}
	}
	connected := func() *part { return &part{isComplete: true, report: withRTT(20)} }
	result, err := summarize([]*part{connected(), connected(), {report: withRTT(0)}, {report: withRTT(0)}, {}, {}})
	if err != nil || result.Calls != 3 || result.Connected != 1 || result.RTTMS != 20 {
		t.Errorf("%+v, %v", result, err)
	}
}
