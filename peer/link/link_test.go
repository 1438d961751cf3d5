package link

import (
	"encoding/hex"
	"errors"
	"testing"
)

const (
	room = "00112233445566778899aabbccddeeff"
	key  = "kiGyCnoSZTSJyK-gDWpWuA"
)

func TestParse(t *testing.T) {
	tests := []struct {
		name, text string
		room       string
		hasKey     bool
		err        error
	}{
		{"whole", "https://calls.example/call/#" + room + "," + key, room, true, nil},
		{"password", "https://calls.example/call/#pw-" + room + "-" + room + "," + key, "pw-" + room + "-" + room, true, nil},
		{"encoded", "https://calls.example/call/%23" + room + "%2C" + key, room, true, nil},
		{"encoded three times", "https://calls.example/call/%252523" + room + "," + key, room, true, nil},
		{"in a sentence", "<https://calls.example/call/#" + room + "," + key + ">.", room, true, nil},
		{"tracked", "https://calls.example/call/#" + room + "," + key + "?utm_source=mail", room, true, nil},
		{"the original's", "http://127.0.0.1:4000/call/#4f3a2b", "4f3a2b", false, nil},
		{"UUID", "http://localhost/call/#1b4e28ba-2fa1-41d2-883f-0016d3cca427", "1b4e28ba-2fa1-41d2-883f-0016d3cca427", false, nil},
		{"typed", "http://localhost/call/#TeamMeeting2026", "TeamMeeting2026", false, nil},
		{"typed with a key", "http://localhost/call/#team," + key, "team", true, nil},
		{"encoded name", "http://localhost/call/#gr%C3%BCn", "grün", false, nil},
		{"without a room", "http://localhost/call/", "", false, ErrNoRoom},
		{"empty room", "http://localhost/call/#", "", false, ErrNoRoom},
		{"without a scheme", "localhost/call/#team", "", false, ErrOrigin},
		{"another scheme", "file://localhost/call/#team", "", false, ErrOrigin},
		{"key lost", "https://calls.example/call/#" + room, "", false, ErrDamaged},
		{"key cut", "https://calls.example/call/#" + room + "," + key[:20], "", false, ErrDamaged},
		{"key alone", "https://calls.example/call/#" + key, "", false, ErrDamaged},
		{"in one case", "https://calls.example/call/#" + room + ",kigycnoszatsjykagdwpwua", "", false, ErrDamaged},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			link, err := Parse(test.text)
			if !errors.Is(err, test.err) {
				t.Fatalf("the error is %v", err)
			}
			if err == nil && (link.Room != test.room || (link.Key != nil) != test.hasKey) {
				t.Errorf("read %q, key %x", link.Room, link.Key)
			}
		})
	}
}

func TestOnThisMachine(t *testing.T) {
	for text, want := range map[string]bool{
		"http://127.0.0.1:4000/call/#a": true,
		"http://[::1]:4000/call/#a":     true,
		"http://localhost/call/#a":      true,
		"https://calls.example/call/#a": false,
		"http://192.0.2.1/call/#a":      false,
	} {
		link, err := Parse(text)
		if err != nil || link.OnThisMachine() != want {
			t.Errorf("%s: %t, %v", text, link.OnThisMachine(), err)
		}
	}
}

// The example of PROTOCOL.md.
func TestUnlock(t *testing.T) {
	const (
		name  = "pw-0123456789abcdef0123456789abcdef-0e28a8202e106c05ae7ca1b8740ec46e"
		proof = "it8yzA2X6xZJqQIrUIRhgITwcF9u14gHbTG-zXBMsnw"
	)
	link, err := Parse("https://calls.example/call/#" + name + ",AAECAwQFBgcICQoLDA0ODw")
	if err != nil {
		t.Fatal(err)
	}
	access, err := link.Unlock("Zoë")
	if err != nil || access.Proof != proof {
		t.Errorf("the proof is %q: %v", access.Proof, err)
	}
	const secret = "000102030405060708090a0b0c0d0e0f" + "77bd3ed72c520557e190a907d4d4db645af0fa615c1aa8bd9b468ed1fdb4265c"
	if got := hex.EncodeToString(access.Secret); got != secret {
		t.Errorf("the secret is %s", got)
	}
	if _, err := link.Unlock("Zoe"); !errors.Is(err, ErrPassword) {
		t.Errorf("a wrong password: %v", err)
	}
	if access, err := link.Unlock(""); err != nil || access.Proof != "" || len(access.Secret) != 16 {
		t.Errorf("without a password: %+v, %v", access, err)
	}
}

// A room with a name of its own has its password, too.
func TestUnlockNamedRoom(t *testing.T) {
	access, err := Link{Room: "pw-name"}.Unlock("Zoë")
	if err != nil || len(access.Proof) != 43 || len(access.Secret) != keyBytes {
		t.Errorf("%+v, %v", access, err)
	}
}
