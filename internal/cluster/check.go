package cluster

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/redis/rueidis"
)

// slowAnswer is from when on a Redis is too far away: each join takes some answers.
const slowAnswer = 100 * time.Millisecond

// Check finds out whether a node could work with Redis. The error says in words why
// not, and the warning what may go wrong.
func Check(ctx context.Context, o Options) (warning string, err error) {
	option, err := clientOption(o)
	if err != nil {
		return "", err
	}
	option.ConnWriteTimeout = 5 * time.Second
	client, err := rueidis.NewClient(option)
	if err != nil {
		return "", errors.New(inWords(err))
	}
	defer client.Close()
	key := o.Prefix + "check:" + string(newID())
	script := `redis.call('SET', KEYS[1], '1', 'PX', 1000) redis.call('PUBLISH', KEYS[1], '1') return redis.call('DEL', KEYS[1])`
	if err := client.Do(ctx, client.B().Eval().Script(script).Numkeys(1).Key(key).Build()).Error(); err != nil {
		return "", errors.New(inWords(err))
	}
	start := time.Now()
	if err := client.Do(ctx, client.B().Ping().Build()).Error(); err != nil {
		return "", errors.New(inWords(err))
	}
	if took := time.Since(start); took > slowAnswer {
		return fmt.Sprintf("it takes %d ms to answer: use a Redis that is nearer", took.Milliseconds()), nil
	}
	// Some providers allow no CONFIG, and then they document the policy.
	policy, err := client.Do(ctx, client.B().ConfigGet().Parameter("maxmemory-policy").Build()).AsStrMap()
	if name := policy["maxmemory-policy"]; err == nil && name != "noeviction" && name != "" {
		return fmt.Sprintf("it forgets keys when its memory is full (maxmemory-policy %s), so calls would lose their seats: set maxmemory-policy to noeviction", name), nil
	}
	return "", nil
}
