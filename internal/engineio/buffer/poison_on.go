//go:build race

package buffer

// poisons says that bytes are spoiled once nobody may use them, and that a buffer
// that is freed twice is a panic: tests run with the race detector, and fail where a
// client is sent bytes that are not its own.
const poisons = true
