package trust

import "testing"

// secret is that of the example in PROTOCOL.md.
var secret = []byte{0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15}

func TestMACOfTheExample(t *testing.T) {
	key, err := NewKey("room", secret)
	if err != nil {
		t.Fatal(err)
	}
	example := Signed{From: "ann", To: "bob", Type: "offer", Epoch: "epoch", Offer: 12, Name: "Zoë", SDP: "v=0\r\nä"}
	const text = "9:vidchat 2,4:room,3:ann,3:bob,5:offer,5:epoch,2:12,0:,4:Zoë,7:v=0\r\nä,"
	if got := key.text(example); got != text {
		t.Errorf("the text is %q", got)
	}
	const mac = "kiGyCnoSZTSJyK-gDWpWuGuMeZr0ODa5G16Tt9KToEU"
	if got := key.Sign(example); got != mac {
		t.Errorf("the MAC is %s", got)
	}
	if !key.Verify(example, mac) {
		t.Error("the MAC is refused")
	}
	other := example
	other.Name = "Zoe"
	if key.Verify(other, mac) || key.Verify(example, mac[1:]) || key.Verify(example, "") {
		t.Error("a wrong MAC is accepted")
	}
}

func TestOrder(t *testing.T) {
	var order Order
	for _, step := range []struct {
		what string
		s    Signed
		want bool
	}{
		{"first offer", Signed{Type: "offer", Epoch: "a", Offer: 2}, true},
		{"its repetition", Signed{Type: "offer", Epoch: "a", Offer: 2}, true},
		{"an earlier offer", Signed{Type: "offer", Epoch: "a", Offer: 1}, false},
		{"an answer to us", Signed{Type: "answer", Epoch: "a", Answers: "own"}, true},
		{"an answer to somebody else", Signed{Type: "answer", Epoch: "a", Answers: "other"}, false},
		{"a reload", Signed{Type: "offer", Epoch: "b", Offer: 1}, true},
		{"an offer from before it", Signed{Type: "offer", Epoch: "a", Offer: 3}, false},
	} {
		if got := order.Newest(step.s, "own"); got != step.want {
			t.Errorf("%s: %t", step.what, got)
		}
	}
	if order.Epoch() != "b" {
		t.Errorf("the epoch is %q", order.Epoch())
	}
}
