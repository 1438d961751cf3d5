package check

import (
	"context"

	"vidchat/internal/cluster"
)

// redis is for one of several nodes.
func (k *checker) redis(ctx context.Context) {
	c := k.config.Cluster
	if !c.Enabled() {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	warning, err := cluster.Check(ctx, cluster.Options{URL: c.RedisURL, Secret: c.Secret, Prefix: c.Prefix, InsecureTLS: c.InsecureTLS})
	switch {
	case err != nil:
		k.add("Redis", Problem, "%v", err)
	case warning != "":
		k.add("Redis", Warning, "%s", warning)
	default:
		k.add("Redis", OK, "it answers, and takes what nodes write and publish")
	}
}
