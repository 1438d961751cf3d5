// Package chaos runs hostile and faulty clients against the real server, and checks
// that well-behaved calls beside them notice nothing.
//
// The server and the clients run in processes of their own. Many clients, of both
// dialects and all transports, take the actions listed in actions_test.go, valid and
// invalid, chosen at random from a seed. Meanwhile, calls exchange numbered messages:
// none may be lost, duplicated, reordered or late. After all clients have gone, the
// server has to be in its initial state again.
//
// TestBudgetOfOneAddress attacks the server from one address, in the ways listed in
// attacks_test.go, with default limits. It checks what docs/limits.md says that this can
// cost.
//
// Environment variables: BUDGET_TIME is how long each attack lasts (3s by default);
// setting it also checks processor time and latency, for which the machine must have
// nothing else to do. For the others: CHAOS_TIME is the duration (15s by default), CHAOS_SEED
// repeats the choices of an earlier run, whose seed is in its log, and CHAOS_RACE=1
// builds the server with the race detector.
package chaos
