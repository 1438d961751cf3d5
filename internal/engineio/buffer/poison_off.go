//go:build !race

package buffer

// poisons says that bytes are spoiled once nobody may use them. That takes time, so
// only tests do it, which run with the race detector.
const poisons = false
