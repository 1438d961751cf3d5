package coturn

import (
	"bytes"
	"crypto/hmac"
	"crypto/md5"
	"crypto/rand"
	"crypto/sha1"
	"encoding/binary"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"time"

	"vidchat/internal/enginetest/wait"
	"vidchat/internal/ice"
)

// What is needed of STUN and TURN (RFC 8489, RFC 8656).
const (
	methodAllocate         = 0x0003
	methodSendIndication   = 0x0016
	methodCreatePermission = 0x0008
	classError             = 0x0110
	classSuccess           = 0x0100

	attrUsername           = 0x0006
	attrIntegrity          = 0x0008
	attrErrorCode          = 0x0009
	attrPeerAddress        = 0x0012
	attrData               = 0x0013
	attrRealm              = 0x0014
	attrNonce              = 0x0015
	attrRelayedAddress     = 0x0016
	attrAddressFamily      = 0x0017
	attrRequestedTransport = 0x0019

	magicCookie = 0x2112A442
	udp         = 17
)

// codeError is the code of an error response.
type codeError int

func (e codeError) Error() string { return fmt.Sprintf("TURN error %d", int(e)) }

// message is a STUN message that is being written.
type message struct{ bytes []byte }

func newMessage(kind uint16) *message {
	m := &message{binary.BigEndian.AppendUint16(nil, kind)}
	m.bytes = binary.BigEndian.AppendUint32(append(m.bytes, 0, 0), magicCookie)
	id := make([]byte, 12)
	_, _ = rand.Read(id)
	m.bytes = append(m.bytes, id...)
	return m
}

func (m *message) add(kind uint16, value []byte) *message {
	m.bytes = binary.BigEndian.AppendUint16(m.bytes, kind)
	m.bytes = binary.BigEndian.AppendUint16(m.bytes, uint16(len(value)))
	m.bytes = append(m.bytes, value...)
	m.bytes = append(m.bytes, make([]byte, -len(value)&3)...)
	binary.BigEndian.PutUint16(m.bytes[2:], uint16(len(m.bytes)-20))
	return m
}

// addPeer adds an address, which is combined with cookie and transaction.
func (m *message) addPeer(peer netip.AddrPort) *message {
	family, mask := byte(1), m.bytes[4:20]
	if peer.Addr().Is6() {
		family = 2
	}
	value := binary.BigEndian.AppendUint16([]byte{0, family}, peer.Port()^magicCookie>>16)
	for i, b := range peer.Addr().AsSlice() {
		value = append(value, b^mask[i])
	}
	return m.add(attrPeerAddress, value)
}

// sign adds what proves that the sender knows the password.
func (m *message) sign(key []byte) {
	binary.BigEndian.PutUint16(m.bytes[2:], uint16(len(m.bytes)-20+24))
	mac := hmac.New(sha1.New, key)
	mac.Write(m.bytes)
	m.add(attrIntegrity, mac.Sum(nil))
}

// attributes are those of a message that was received.
func attributes(b []byte) map[uint16][]byte {
	found := make(map[uint16][]byte)
	for b = b[20:]; len(b) >= 4; {
		kind, size := binary.BigEndian.Uint16(b), int(binary.BigEndian.Uint16(b[2:]))
		if len(b) < 4+size {
			break
		}
		if _, seen := found[kind]; !seen {
			found[kind] = bytes.Clone(b[4 : 4+size])
		}
		b = b[min(len(b), 4+(size+3)&^3):]
	}
	return found
}

// allocation is a relayed address of a user, on a socket of its own.
type allocation struct {
	conn         net.Conn
	username     string
	realm, nonce []byte
	key          []byte
	relayed      netip.AddrPort
}

// allocate asks a TURN server for a relayed address of a family, 4 or 6.
func allocate(server string, with ice.Server, family int) (*allocation, error) {
	conn, err := net.Dial("udp", server)
	if err != nil {
		return nil, err
	}
	a := &allocation{conn: conn, username: with.Username}
	request := func() *message {
		m := newMessage(methodAllocate).add(attrRequestedTransport, []byte{udp, 0, 0, 0})
		if family == 6 {
			m.add(attrAddressFamily, []byte{2, 0, 0, 0})
		}
		return m
	}
	found, err := a.exchange(request())
	if code := codeError(0); !errors.As(err, &code) || code != 401 {
		_ = conn.Close()
		return nil, fmt.Errorf("without a credential: %w, want 401", err)
	}
	a.realm, a.nonce = found[attrRealm], found[attrNonce]
	sum := md5.Sum(fmt.Appendf(nil, "%s:%s:%s", with.Username, a.realm, with.Credential))
	a.key = sum[:]
	if found, err = a.ask(request); err != nil {
		_ = conn.Close()
		return nil, err
	}
	value := found[attrRelayedAddress]
	if len(value) == 8 {
		ip := binary.BigEndian.Uint32(value[4:]) ^ magicCookie
		a.relayed = netip.AddrPortFrom(netip.AddrFrom4([4]byte(binary.BigEndian.AppendUint32(nil, ip))),
			binary.BigEndian.Uint16(value[2:])^magicCookie>>16)
	}
	return a, nil
}

// ask sends a signed request, and once more with a new nonce if the server wants one.
func (a *allocation) ask(request func() *message) (map[uint16][]byte, error) {
	for {
		m := request().add(attrUsername, []byte(a.username)).add(attrRealm, a.realm).add(attrNonce, a.nonce)
		m.sign(a.key)
		found, err := a.exchange(m)
		if code := codeError(0); !errors.As(err, &code) || code != 438 || bytes.Equal(a.nonce, found[attrNonce]) {
			return found, err
		}
		a.nonce = found[attrNonce]
	}
}

// permit asks that a peer may be sent to.
func (a *allocation) permit(peer netip.AddrPort) error {
	_, err := a.ask(func() *message { return newMessage(methodCreatePermission).addPeer(peer) })
	return err
}

// send has data relayed to a peer.
func (a *allocation) send(peer netip.AddrPort, data []byte) error {
	_, err := a.conn.Write(newMessage(methodSendIndication).addPeer(peer).add(attrData, data).bytes)
	return err
}

// exchange sends a request until there is a response, whose attributes it returns.
func (a *allocation) exchange(m *message) (map[uint16][]byte, error) {
	b := make([]byte, 1500)
	for end := time.Now().Add(wait.Timeout); time.Now().Before(end); {
		if _, err := a.conn.Write(m.bytes); err != nil {
			return nil, err
		}
		_ = a.conn.SetReadDeadline(time.Now().Add(time.Second))
		n, err := a.conn.Read(b)
		if err != nil || n < 20 || !bytes.Equal(b[4:20], m.bytes[4:20]) {
			continue
		}
		found := attributes(b[:n])
		switch code := found[attrErrorCode]; {
		case binary.BigEndian.Uint16(b)&classError == classSuccess:
			return found, nil
		case len(code) >= 4:
			return found, codeError(int(code[2])*100 + int(code[3]))
		}
		return nil, errors.New("a response that cannot be read")
	}
	return nil, errors.New("no response")
}
