//go:build !unix

package check

import "math"

// descriptorLimit is no limit, where systems have none.
func descriptorLimit() (uint64, error) { return math.MaxUint64, nil }
