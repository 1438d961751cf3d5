package file

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"os"
	"path/filepath"
	"testing"
)

func TestSafeName(t *testing.T) {
	for name, want := range map[string]string{
		"a.pdf": "a.pdf", "../../etc/passwd": "passwd", `C:\x\y.txt`: "y.txt", "..": "file", "a/": "file", ".bashrc": "bashrc", "a\x00b\u202ec": "abc",
	} {
		if got := SafeName(name); got != want {
			t.Errorf("%q: %q", name, got)
		}
	}
}

func TestIncoming(t *testing.T) {
	block := sha256.Sum256([]byte("hello"))
	all := sha256.Sum256(block[:])
	right := hex.EncodeToString(all[:])
	for _, test := range []struct {
		data, sum string
		want      error
	}{{"hello", right, nil}, {"hello", "00", ErrDamaged}, {"hell", right, ErrDamaged}, {"hello!", right, ErrDamaged}, {"", right, ErrDamaged}} {
		folder := t.TempDir()
		in, err := Create(folder, "id", "../a", 5)
		if err != nil {
			t.Fatal(err)
		}
		_, err = in.Add([]byte(test.data))
		if err == nil {
			_, err = in.Finish(test.sum)
		}
		if !errors.Is(err, test.want) {
			t.Errorf("%+v: %v", test, err)
		}
		if err := in.Close(); err != nil {
			t.Error(err)
		}
		text, _ := os.ReadFile(filepath.Join(folder, "a"))
		if left, _ := os.ReadDir(folder); (string(text) == "hello") != (test.want == nil) || len(left) != len(text)/5 {
			t.Errorf("%+v: left are %q in %v", test, text, left)
		}
	}
}
