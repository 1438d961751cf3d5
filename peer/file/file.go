// Package file writes and hashes the files of a call, as section 6 of PROTOCOL.md says.
package file

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"hash"
	"os"
	"strings"
	"unicode"
)

const blockSize = 1 << 20

// maxMessage is the longest message of a file that is taken.
const maxMessage = 1 << 18

// ErrDamaged means that a file is not what was offered.
var ErrDamaged = errors.New("the file is damaged")

// Hash is SHA-256 over the SHA-256 of each block of 1 MiB.
type Hash struct {
	blocks, block hash.Hash
	filled        int
}

// NewHash begins a hash.
func NewHash() *Hash { return &Hash{blocks: sha256.New(), block: sha256.New()} }

// Write adds bytes. It never fails.
func (h *Hash) Write(data []byte) (int, error) {
	length := len(data)
	for len(data) > 0 {
		part := data[:min(len(data), blockSize-h.filled)]
		h.block.Write(part)
		h.filled += len(part)
		data = data[len(part):]
		if h.filled == blockSize {
			h.endBlock()
		}
	}
	return length, nil
}

func (h *Hash) endBlock() {
	h.blocks.Write(h.block.Sum(nil))
	h.block.Reset()
	h.filled = 0
}

// Hex ends the hash.
func (h *Hash) Hex() string {
	if h.filled > 0 {
		h.endBlock()
	}
	return hex.EncodeToString(h.blocks.Sum(nil))
}

// SafeName returns the last part of a name, without what file systems give a meaning.
func SafeName(name string) string {
	name = name[strings.LastIndexAny(name, `/\`)+1:]
	name = strings.Map(func(r rune) rune {
		if !unicode.IsPrint(r) || strings.ContainsRune(`<>:"|?*`, r) {
			return -1
		}
		return r
	}, strings.ToValidUTF8(name, ""))
	name = strings.TrimLeft(name, ". ")
	for len(name) > 200 {
		_, name = name[:1], strings.ToValidUTF8(name[1:], "")
	}
	if name == "" {
		return "file"
	}
	return name
}

// Incoming is a file that is being received. It has its name once it is whole.
type Incoming struct {
	root       *os.Root
	part, name string
	file       *os.File
	hash       *Hash
	size, have int64
}

// Create begins a file in a folder. The id, of letters that a name may have, names the part.
func Create(folder, id, name string, size int64) (*Incoming, error) {
	root, err := os.OpenRoot(folder)
	if err != nil {
		return nil, err
	}
	in := &Incoming{root: root, part: id + ".part", name: SafeName(name), hash: NewHash(), size: size}
	if in.file, err = root.OpenFile(in.part, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600); err != nil {
		return nil, errors.Join(err, root.Close())
	}
	return in, nil
}

// Add writes what arrived, and returns how much there is.
func (in *Incoming) Add(data []byte) (int64, error) {
	in.have += int64(len(data))
	if len(data) == 0 || len(data) > maxMessage || in.have > in.size {
		return 0, ErrDamaged
	}
	_, _ = in.hash.Write(data)
	_, err := in.file.Write(data)
	return in.have, err
}

// Finish gives the file its name if it is whole. It overwrites nothing.
func (in *Incoming) Finish(sum string) (string, error) {
	if in.have != in.size || in.hash.Hex() != sum {
		return "", ErrDamaged
	}
	return in.name, in.root.Link(in.part, in.name)
}

// Close removes the part.
func (in *Incoming) Close() error {
	return errors.Join(in.file.Close(), in.root.Remove(in.part), in.root.Close())
}
