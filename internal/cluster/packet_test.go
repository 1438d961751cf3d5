package cluster

import (
	"bytes"
	"testing"
)

// Whatever is read back is what was written, and nothing makes the parser fail in any
// other way than with an error.
func FuzzPacket(f *testing.F) {
	full := packet{stream: 3, first: 7, receipt: receipt{stream: 2, upTo: 9, resend: true}}
	f.Add(appendFrame(appendFrame(full.appendHeader(nil), 2, []byte("body")), 1, nil))
	f.Add((&packet{receipt: receipt{stream: 1, over: true}}).appendHeader(nil))
	f.Add([]byte{0, 1, 1, 0, 0, 2, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 1})
	f.Fuzz(func(t *testing.T, data []byte) {
		p, err := parsePacket(data)
		if err != nil {
			return
		}
		again := p.appendHeader(nil)
		size := len(p.frames)
		for len(p.frames) > 0 {
			channel, body, err := p.next()
			if err != nil {
				return
			}
			size -= len(body)
			again = appendFrame(again, channel, body)
		}
		if size < 0 {
			t.Fatalf("bodies have more than the packet: %x", data)
		}
		q, err := parsePacket(again)
		if err != nil || q.stream != p.stream || q.first != p.first || q.receipt != p.receipt {
			t.Fatalf("%x became %x: %v", data, again, err)
		}
	})
}

func TestSealing(t *testing.T) {
	a, b, stranger := newKeys(testSecret, "a"), newKeys(testSecret, "b"), newKeys("another secret of some length", "c")
	text, context := []byte("text"), []byte("context")
	sealed := a.seal([]byte("before"), text, context, forPackets)
	sealed, ok := bytes.CutPrefix(sealed, []byte("before"))
	if !ok || len(sealed) != len(text)+sealedBytes {
		t.Fatalf("sealed %q", sealed)
	}
	for range 2 { // the second time, the key is there
		if got, err := b.open(bytes.Clone(sealed), context, forPackets); err != nil || string(got) != "text" {
			t.Errorf("got %q, %v", got, err)
		}
	}
	damaged := bytes.Clone(sealed)
	damaged[len(damaged)-1] ^= 1
	for name, open := range map[string]func() ([]byte, error){
		"another secret":  func() ([]byte, error) { return stranger.open(bytes.Clone(sealed), context, forPackets) },
		"another context": func() ([]byte, error) { return b.open(bytes.Clone(sealed), []byte("other"), forPackets) },
		"another purpose": func() ([]byte, error) { return b.open(bytes.Clone(sealed), context, forRecords) },
		"damaged":         func() ([]byte, error) { return b.open(bytes.Clone(damaged), context, forPackets) },
		"cut":             func() ([]byte, error) { return b.open(bytes.Clone(sealed[:10]), context, forPackets) },
	} {
		if got, err := open(); err == nil {
			t.Errorf("%s: opened %q", name, got)
		}
	}
	if a.room("x") != b.room("x") || a.room("x") == a.room("y") || a.room("x") == stranger.room("x") {
		t.Error("a room's key does not follow from secret and name alone")
	}
}

// Two nodes' halves of the link, with packets that are lost, doubled and late between
// them: everything arrives once and in order.
func FuzzPeers(f *testing.F) {
	f.Add([]byte{0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11})
	f.Add([]byte("lost, doubled and late packets, and more of them"))
	f.Fuzz(func(t *testing.T, plan []byte) {
		if len(plan) > 200 {
			return
		}
		sender, receiver := &peer{stream: 1, base: 1}, &peer{inStream: 1}
		var late [][]byte
		sent, got := byte(0), byte(0)
		arrive := func(b []byte) {
			p, err := parsePacket(b)
			if err != nil {
				t.Fatal(err)
			}
			frames, err := receiver.accept(&p, 0)
			if err != nil {
				t.Fatal(err)
			}
			for _, fr := range frames {
				if fr.body[0] != got {
					t.Fatalf("got %d, want %d", fr.body[0], got)
				}
				got++
			}
		}
		answer := func() {
			if b, ok := receiver.take(nil, 0); ok {
				p, _ := parsePacket(b)
				if lost, _ := sender.received(p.receipt, 0); lost {
					t.Fatal("the stream was lost")
				}
			}
		}
		for _, step := range plan {
			sender.frames = append(sender.frames, frame{2, []byte{sent}})
			sent++
			b, ok := sender.take(nil, 0)
			switch {
			case !ok:
			case step%5 == 0: // lost
			case step%5 == 1:
				arrive(b)
				arrive(b)
			case step%5 == 2:
				late = append(late, b)
			default:
				arrive(b)
			}
			if step%7 == 0 {
				for _, b := range late {
					arrive(b)
				}
				late = nil
			}
			if step%3 == 0 {
				answer()
			}
			if step%11 == 0 {
				sender.again()
				sender.hold = true
			}
		}
		for range 500 {
			if got == sent {
				break
			}
			sender.again()
			for b, ok := sender.take(nil, 0); ok; b, ok = sender.take(nil, 0) {
				arrive(b)
			}
			answer()
		}
		receiver.owed = true
		answer()
		if got != sent || len(sender.frames) > 0 {
			t.Fatalf("%d of %d arrived, %d have no receipt", got, sent, len(sender.frames))
		}
	})
}
