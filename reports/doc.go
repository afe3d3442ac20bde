// Package reports is what people and CI read at the end of a run: a function of
// plain results.
//
// A [Report] holds everything there is to say. [Text] says it to a person, verdict
// first, in as many columns as the terminal has. [JSON] writes it for machines as
// summary.json, in a versioned schema with the scenario inside, so that the run
// can be repeated and its figures merged; [Read] reads that back. [Judge] decides
// what a run came to.
//
// The same report gives the same bytes. Nothing of the real clock stands in the
// report of a virtual run, so two runs of one seed compare with cmp(1).
//
// reports does not know how the numbers came about, nor terminals: who calls it
// says how wide and whether in colour. Exit codes belong to the command.
package reports
