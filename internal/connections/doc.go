// Package connections bounds what TCP connections cost before anything is known of
// who opens them: how many a client address may have, and how much memory each may
// take in the kernel.
//
// Read limits.go first.
package connections
