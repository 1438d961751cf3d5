package turn

import (
	"strconv"
	"strings"
	"time"

	"github.com/pion/stun/v4"
	"github.com/pion/turn/v5"

	"vidchat/internal/ice"
)

// credentials checks what package ice makes: a username that begins with the
// Unix time of its end, and the password that belongs to it.
type credentials struct {
	secret string
	now    func() time.Time
}

// key is the key that signs the requests of a user. A credential that has ended
// makes no new allocation. One that exists goes on with it, so that a call does
// not end with its credential; coturn does the same.
func (c credentials) key(username, realm string, method stun.Method) (key []byte, ok bool) {
	text, _, found := strings.Cut(username, ":")
	seconds, err := strconv.ParseInt(text, 10, 64)
	if !found || err != nil || realm != Realm {
		return nil, false
	}
	if method == stun.MethodAllocate && !c.now().Before(time.Unix(seconds, 0)) {
		return nil, false
	}
	return turn.GenerateAuthKey(username, realm, ice.Password(c.secret, username)), true
}
