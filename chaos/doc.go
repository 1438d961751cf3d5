// Package chaos lets hostile and clumsy clients loose on the real server, and
// watches calls beside them that are to notice nothing.
//
// Its tests run the server as a process of its own. Many clients of both
// dialects and all transports do what deeds lists, legal and illegal, chosen at
// random from a seed. Around them well-behaved calls exchange numbered messages:
// none may be lost, doubled, reordered or late. When all clients are gone the
// server has to be what it was before.
//
// The environment sets the measure: CHAOS_TIME is how long it all lasts (15s if
// unset), CHAOS_SEED repeats the choices of a run, which the log names, and
// CHAOS_RACE=1 builds the server with the race detector.
package chaos
