package ice

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"net/netip"
	"strconv"
)

// usersPerAddress is how many users the sessions of a client address are, in all.
// A TURN server counts the allocations of each user (coturn: user-quota), so an
// address takes no more than so many times the quota, however many sessions it
// opens. Each caller of an office behind one router is not a user of its own for
// that reason.
const usersPerAddress = 4

// user names whom a credential is for. Only those who know the secret can tell
// the address from it. Loopback is no client's address, but that of a proxy which
// the server was not told about, so there each session is a user.
func user(secret string, client netip.Prefix, session string) string {
	sum := digest(secret, "session\n"+session)
	if !isLoopback(client) {
		which := strconv.Itoa(int(sum[0] % usersPerAddress))
		sum = digest(secret, "address\n"+client.String()+"\n"+which)
	}
	// A short name, since every message to the TURN server carries it.
	return base64.RawURLEncoding.EncodeToString(sum[:9])
}

func digest(secret, of string) []byte {
	mac := hmac.New(sha256.New, []byte(secret))
	mac.Write([]byte("vidchat user\n" + of))
	return mac.Sum(nil)
}

func isLoopback(client netip.Prefix) bool {
	return client.Addr().IsLoopback() || client.Addr().Is6() && client.Contains(netip.IPv6Loopback())
}
