package turn

import (
	"encoding/binary"
	"net"
	"net/netip"

	"github.com/pion/turn/v5"
)

// Media of clients over UDP mostly comes on channels (RFC 8656, section 12), and passes
// here without the library, which makes a dozen objects of each packet. The library
// still decides which channels and permissions there are, and tells of each change
// before the client has its answer.

// channelHeader is the size of the header of ChannelData: number and length.
const channelHeader = 4

// parseChannelData returns the channel and the data of a ChannelData message over UDP,
// where padding may follow. ok is false if the packet is something else.
func parseChannelData(packet []byte) (number uint16, data []byte, ok bool) {
	if len(packet) < channelHeader || packet[0]>>6 != 1 { // 0x4000 to 0x7fff
		return 0, nil, false
	}
	length := int(binary.BigEndian.Uint16(packet[2:]))
	if length > len(packet)-channelHeader {
		return 0, nil, false
	}
	return binary.BigEndian.Uint16(packet), packet[channelHeader : channelHeader+length], true
}

// putChannelHeader writes the header of n bytes of data.
func putChannelHeader(packet []byte, number uint16, n int) {
	binary.BigEndian.PutUint16(packet, number)
	binary.BigEndian.PutUint16(packet[2:], uint16(n))
}

// relayChannelData relays what the client sent on a channel. It reports false if the
// packet is something else, or the channel does not exist.
func (r *relay) relayChannelData(packet []byte) bool {
	number, data, ok := parseChannelData(packet)
	if !ok {
		return false
	}
	r.mu.Lock()
	to, ok := r.channels[number]
	r.mu.Unlock()
	if !ok || !r.maySend(len(data), to) {
		return ok
	}
	if other := r.relays.find(to.peer); other != nil && other.relayFrom(r.address, packet, len(data)) {
		return true
	}
	_, _ = r.WriteToUDPAddrPort(data, to.to) // or it is lost, as on any network
	return true
}

// relayFrom relays n bytes of another relay of this server, which stand behind the
// header of its client's channel. This saves two system calls of four, and is what
// sending them to the relay's socket would do. It reports false if only that is
// possible.
func (r *relay) relayFrom(peer netip.AddrPort, packet []byte, n int) bool {
	if r.listener == nil {
		return false
	}
	r.mu.Lock()
	number := r.numbers[peer]
	r.mu.Unlock()
	if number == 0 {
		return false
	}
	if _, ok := r.takeToClient(n, peer); ok {
		r.sendToClient(packet, number, n)
	}
	return true
}

// sendToClient sends n bytes to a client over UDP, on a channel. They stand behind the
// place of the header.
func (r *relay) sendToClient(packet []byte, number uint16, n int) {
	putChannelHeader(packet, number, n)
	_, _ = r.listener.WriteToUDPAddrPort(packet[:channelHeader+n], r.client) // or it is lost, as on any network
}

// setClient tells whose relay it is, as soon as the library has made the allocation,
// and before the library reads from the relay.
func (r *relay) setClient(client *net.UDPAddr) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.listener == nil || r.closed {
		return
	}
	r.client, r.clientAddr = addrPortOf(client), client
	r.listener.clients.add(r.client, r)
}

func (r *relay) setPermitted(peer netip.Addr, permitted bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if permitted {
		r.permitted[peer] = struct{}{}
	} else {
		delete(r.permitted, peer)
	}
}

func (r *relay) setChannel(number uint16, peer netip.AddrPort, bound bool) {
	to := r.routeTo(peer)
	r.mu.Lock()
	defer r.mu.Unlock()
	if bound {
		r.channels[number], r.numbers[peer] = to, number
	} else {
		delete(r.channels, number)
		delete(r.numbers, peer)
	}
}

// watch has the library tell the relays of their permissions and channels. It calls
// with locks held, in the order of the changes.
func (r *relays) watch(events *turn.EventHandler) {
	permission := func(permitted bool) func(_, _ net.Addr, _, _, _ string, address net.Addr, peer net.IP) {
		return func(_, _ net.Addr, _, _, _ string, address net.Addr, peer net.IP) {
			if known := r.find(addrPortOf(address)); known != nil {
				addr, _ := netip.AddrFromSlice(peer)
				known.setPermitted(addr.Unmap(), permitted)
			}
		}
	}
	channel := func(bound bool) func(_, _ net.Addr, _, _, _ string, address, peer net.Addr, number uint16) {
		return func(_, _ net.Addr, _, _, _ string, address, peer net.Addr, number uint16) {
			if known := r.find(addrPortOf(address)); known != nil {
				known.setChannel(number, addrPortOf(peer), bound)
			}
		}
	}
	events.OnPermissionCreated, events.OnPermissionDeleted = permission(true), permission(false)
	events.OnChannelCreated, events.OnChannelDeleted = channel(true), channel(false)
}
