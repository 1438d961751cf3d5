package turn

import (
	"net/netip"
	"slices"
	"sync"
	"time"

	"vidchat/internal/limit"
)

// reservationTime is how long an allocation may take to be made. The library does
// not say when it fails, so a reservation ends by itself.
const reservationTime = 2 * time.Second

// quota counts the allocations of users and of client addresses. Who has a large
// network of IPv6 has many addresses, so networks have limits too: see limit.Networks.
type quota struct {
	perUser, perAddress, total int // 0 is no limit

	mu           sync.Mutex // guards what follows
	users        map[string]int
	addresses    map[netip.Prefix]int // no entry of users and addresses is zero
	all          int
	reservations []reservation // included in the counts, first to end first
}

type reservation struct {
	user   string
	client netip.Addr
	end    time.Time
}

func newQuota(perUser, perAddress, total int) *quota {
	return &quota{
		perUser: perUser, perAddress: perAddress, total: total,
		users: make(map[string]int), addresses: make(map[netip.Prefix]int),
	}
}

// reserve takes a place for an allocation that is about to be made.
func (q *quota) reserve(user string, client netip.Addr, now time.Time) (reason refusal, ok bool) {
	q.mu.Lock()
	defer q.mu.Unlock()
	for len(q.reservations) > 0 && !now.Before(q.reservations[0].end) {
		q.add(q.reservations[0].user, q.reservations[0].client, -1)
		q.reservations = q.reservations[1:]
	}
	switch {
	case reached(q.users[user], q.perUser):
		return refusedUserQuota, false
	case q.addressReached(client):
		return refusedAddressQuota, false
	case reached(q.all, q.total):
		return refusedTotalQuota, false
	}
	q.add(user, client, 1)
	q.reservations = append(q.reservations, reservation{user, client, now.Add(reservationTime)})
	return "", true
}

// addressReached reports whether a client address has its share, or a network that it
// is in. It is called with the lock held.
func (q *quota) addressReached(client netip.Addr) bool {
	return slices.ContainsFunc(limit.Networks(client), func(n limit.Network) bool {
		return reached(q.addresses[n.Prefix], n.Share*q.perAddress)
	})
}

func reached(n, most int) bool { return most > 0 && n >= most }

// created turns a reservation into an allocation.
func (q *quota) created(user string, client netip.Addr) {
	q.mu.Lock()
	defer q.mu.Unlock()
	i := slices.IndexFunc(q.reservations, func(r reservation) bool { return r.user == user && r.client == client })
	if i < 0 { // it ended meanwhile
		q.add(user, client, 1)
		return
	}
	q.reservations = slices.Delete(q.reservations, i, i+1)
}

func (q *quota) deleted(user string, client netip.Addr) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.add(user, client, -1)
}

// count returns the number of allocations, without reservations.
func (q *quota) count() int {
	q.mu.Lock()
	defer q.mu.Unlock()
	return q.all - len(q.reservations)
}

// add changes the counts of an owner. It is called with the lock held.
func (q *quota) add(user string, client netip.Addr, n int) {
	q.all += n
	if q.users[user] += n; q.users[user] == 0 {
		delete(q.users, user)
	}
	for _, network := range limit.Networks(client) {
		if q.addresses[network.Prefix] += n; q.addresses[network.Prefix] == 0 {
			delete(q.addresses, network.Prefix)
		}
	}
}
