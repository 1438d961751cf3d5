package cluster

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"sync"
	"sync/atomic"
)

const (
	saltBytes  = 16
	nonceBytes = 12
	tagBytes   = 16
	// sealedBytes is how much longer something is once it is sealed.
	sealedBytes = saltBytes + 8 + tagBytes
)

// keys are those that follow from CLUSTER_SECRET, each for one purpose.
//
// What a process seals, it seals under a key of its own, which follows from a salt
// that it chose at its start and puts before everything. So a counter is a nonce
// that never comes again, however many processes share the secret.
type keys struct {
	secret  string
	rooms   []byte
	salt    [saltBytes]byte
	packets cipher.AEAD
	records cipher.AEAD
	counter atomic.Uint64

	mu     sync.Mutex // guards what follows
	others map[otherKey]cipher.AEAD
}

// otherKey names a key of another process.
type otherKey struct {
	purpose string
	salt    [saltBytes]byte
}

// The purposes of keys. Another format gets another purpose: that of packets has changed since
// records, which outlive an update of all nodes, have.
const (
	forRooms   = "vidchat cluster 1: rooms"
	forPackets = "vidchat cluster 2: packets"
	forRecords = "vidchat cluster 1: records"
)

func newKeys(secret string, self NodeID) *keys {
	k := &keys{secret: secret, others: make(map[otherKey]cipher.AEAD)}
	_, _ = rand.Read(k.salt[:]) // never fails
	k.rooms = derive(secret, nil, forRooms)
	k.packets = k.aead(forPackets, k.salt[:])
	k.records = k.aead(forRecords, k.salt[:])
	return k
}

func derive(secret string, salt []byte, purpose string) []byte {
	key, err := hkdf.Key(sha256.New, []byte(secret), salt, purpose, 32)
	if err != nil {
		panic(err) // only for keys that are too long
	}
	return key
}

func (k *keys) aead(purpose string, salt []byte) cipher.AEAD {
	block, err := aes.NewCipher(derive(k.secret, salt, purpose))
	if err != nil {
		panic(err) // only for keys of another length
	}
	aead, err := cipher.NewGCM(block)
	if err != nil {
		panic(err) // only for ciphers of another block size
	}
	return aead
}

func (k *keys) room(name string) (key RoomKey) {
	mac := hmac.New(sha256.New, k.rooms)
	mac.Write([]byte(name))
	copy(key[:], mac.Sum(nil))
	return key
}

// seal appends text to dst, sealed so that only holders of the secret can read it,
// and only with the same context.
func (k *keys) seal(dst, text, context []byte, purpose string) []byte {
	aead := k.packets
	if purpose == forRecords {
		aead = k.records
	}
	count := k.counter.Add(1)
	var nonce [nonceBytes]byte
	binary.BigEndian.PutUint64(nonce[nonceBytes-8:], count)
	dst = append(dst, k.salt[:]...)
	dst = binary.BigEndian.AppendUint64(dst, count)
	return aead.Seal(dst, nonce[:], text, context)
}

var errSealed = errors.New("sealed under another secret, or damaged")

// open returns what was sealed. It takes the place of what it is opened from, whose memory
// is spoiled if that fails.
func (k *keys) open(sealed, context []byte, purpose string) ([]byte, error) {
	if len(sealed) < sealedBytes {
		return nil, errSealed
	}
	from := otherKey{purpose, [saltBytes]byte(sealed)}
	aead, known := k.other(from)
	var nonce [nonceBytes]byte
	copy(nonce[nonceBytes-8:], sealed[saltBytes:])
	sealed = sealed[saltBytes+8:]
	text, err := aead.Open(sealed[:0], nonce[:], sealed, context)
	if err != nil {
		return nil, errSealed
	}
	if !known {
		k.keep(from, aead)
	}
	return text, nil
}

// maxOthers bounds how many keys of other processes are kept. Making one takes
// some microseconds.
const maxOthers = 1024

// other is the key of a process. It is kept once it has opened something, so that
// a salt that anyone made up takes no memory.
func (k *keys) other(from otherKey) (aead cipher.AEAD, known bool) {
	k.mu.Lock()
	aead, known = k.others[from]
	k.mu.Unlock()
	if !known {
		aead = k.aead(from.purpose, from.salt[:])
	}
	return aead, known
}

func (k *keys) keep(from otherKey, aead cipher.AEAD) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if len(k.others) >= maxOthers {
		clear(k.others)
	}
	k.others[from] = aead
}
