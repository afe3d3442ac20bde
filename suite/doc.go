// Package suite runs many scenarios and says of each kind of viewer in each
// whether what is expected of it still happens.
//
// A scenario brings its expectations with it (scenarios.Expectation): one line of
// effect and the conditions that tell it. [Run] plays scenarios side by side, as
// many as there are cores in virtual time, and returns a [Result] in the order in
// which they were given, whatever finished first: the same suite of virtual runs
// gives the same result, to the byte of its JSON.
//
// suite does not know flags, files or how a result is shown.
package suite
