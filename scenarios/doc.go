// Package scenarios is what to run and what counts as good, as data.
//
// A [Scenario] is made of the configurations of the packages below it
// (player.Config, refresher.Policy, netem.Profile, lab.Config), so a file
// decodes straight into what will run. [Parse] reads a file, strictly: an unknown
// key, a value of the wrong type or out of range is an [Error] with line, column,
// an excerpt and a hint. A file says only what differs from [Default]; so does
// what [Scenario.YAML] writes. [Scenario.Override] sets one key from outside
// with the same checks, which is all a command-line flag does.
//
// A [Threshold] is an expression over the metrics of a qoe.Summary that must be
// true at the end. [Builtin] scenarios show one hazard each; their thresholds
// state what is expected of it, breakage included.
//
// Secrets never stand in a scenario: it names environment variables.
//
// scenarios does not know flags, terminals or how things run.
package scenarios
