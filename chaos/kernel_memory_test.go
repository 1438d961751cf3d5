package chaos

import (
	"encoding/binary"
	"fmt"
	"net"
	"net/netip"
	"testing"

	"golang.org/x/sys/unix"
)

// The kernel tells how much memory each socket has by sock_diag(7), whoever's it is. The
// sockets of the clients are on the same machine and do not count, so they are told apart by
// their ports.

const (
	inetDiagSKMemInfo = 7 // INET_DIAG_SKMEMINFO
	diagRequestSize   = 56
	diagMessageSize   = 72
	allStates         = 0xfff
)

// The fields of SKMEMINFO that are memory in use: what was received, what is to be sent with
// its overhead, and what is set aside for both.
const (
	memReceived = 0
	memQueued   = 5
	memForward  = 4
	memBacklog  = 7
)

// kernelBytes returns the memory of the server's connections in the kernel.
func (s *server) kernelBytes() (total int64) {
	s.t.Helper()
	address, err := netip.ParseAddrPort(s.address)
	if err == nil {
		total, err = socketBytes(address.Port())
	}
	if err != nil {
		s.t.Fatalf("the kernel's memory: %v", err)
	}
	return total
}

// socketBytes returns the memory of all TCP connections with a local port.
func socketBytes(port uint16) (total int64, err error) {
	fd, err := unix.Socket(unix.AF_NETLINK, unix.SOCK_DGRAM|unix.SOCK_CLOEXEC, unix.NETLINK_SOCK_DIAG)
	if err != nil {
		return 0, err
	}
	defer unix.Close(fd)
	request := make([]byte, unix.NLMSG_HDRLEN+diagRequestSize)
	binary.NativeEndian.PutUint32(request, uint32(len(request)))
	binary.NativeEndian.PutUint16(request[4:], unix.SOCK_DIAG_BY_FAMILY)
	binary.NativeEndian.PutUint16(request[6:], unix.NLM_F_REQUEST|unix.NLM_F_DUMP)
	body := request[unix.NLMSG_HDRLEN:]
	body[0], body[1], body[2] = unix.AF_INET, unix.IPPROTO_TCP, 1<<(inetDiagSKMemInfo-1)
	binary.NativeEndian.PutUint32(body[4:], allStates)
	if err := unix.Sendto(fd, request, 0, &unix.SockaddrNetlink{Family: unix.AF_NETLINK}); err != nil {
		return 0, err
	}
	answer := make([]byte, 64<<10)
	for {
		n, _, err := unix.Recvfrom(fd, answer, 0)
		if err != nil {
			return 0, err
		}
		part, done, err := readDiag(answer[:n], port)
		if total += part; done || err != nil {
			return total, err
		}
	}
}

// readDiag reads what sock_diag answers: messages of one socket each, with attributes.
func readDiag(b []byte, port uint16) (total int64, done bool, err error) {
	for len(b) >= unix.NLMSG_HDRLEN {
		size, kind := int(binary.NativeEndian.Uint32(b)), binary.NativeEndian.Uint16(b[4:])
		if size < unix.NLMSG_HDRLEN || size > len(b) {
			return 0, true, fmt.Errorf("a message of %d bytes", size)
		}
		switch body := b[unix.NLMSG_HDRLEN:size]; {
		case kind == unix.NLMSG_DONE:
			return total, true, nil
		case kind == unix.NLMSG_ERROR:
			return 0, true, fmt.Errorf("errno %d", -int32(binary.NativeEndian.Uint32(body)))
		case len(body) >= diagMessageSize && binary.BigEndian.Uint16(body[4:]) == port:
			total += memoryIn(body[diagMessageSize:])
		}
		b = b[min((size+3)&^3, len(b)):]
	}
	return total, false, nil
}

func memoryIn(attributes []byte) int64 {
	for len(attributes) >= 4 {
		size, kind := int(binary.NativeEndian.Uint16(attributes)), binary.NativeEndian.Uint16(attributes[2:])
		if size < 4 || size > len(attributes) {
			return 0
		}
		if kind == inetDiagSKMemInfo {
			// Read while the socket works, a field may be below zero for a moment.
			field := func(i int) int64 { return max(int64(int32(binary.NativeEndian.Uint32(attributes[4+4*i:]))), 0) }
			return field(memReceived) + field(memQueued) + field(memForward) + field(memBacklog)
		}
		attributes = attributes[min((size+3)&^3, len(attributes)):]
	}
	return 0
}

// What a client does not read counts, on the side of who wrote it.
func TestSocketBytes(t *testing.T) {
	l, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	client, err := net.Dial("tcp4", l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	server, err := l.Accept()
	if err != nil {
		t.Fatal(err)
	}
	defer server.Close()
	port := uint16(l.Addr().(*net.TCPAddr).Port)
	before, err := socketBytes(port)
	if err != nil {
		t.Fatal(err)
	}
	const written = 1 << 20
	go func() { _, _ = client.Write(make([]byte, written)) }()
	for after := int64(0); after < before+written/8; {
		if after, err = socketBytes(port); err != nil || t.Context().Err() != nil {
			t.Fatal(err)
		}
	}
}
