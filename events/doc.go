// Package events keeps everything that a run's viewers lived through in a file, and
// makes the run's result of it again.
//
// The file is lines of JSON: a run begins, viewers come, each of their samples is a
// line, and the run ends.
//
//	{"event":"run","schema":"soak/events/1",…}
//	{"event":"viewer","viewer":0,"cohort":"hlsjs/steady/4g",…}
//	{"event":"fetch","viewer":0,"kind":"segment","at":12.5,"took":0.31,…}
//	{"event":"end","lines":81234,…}
//
// The one idea: a summary is a fold of samples, so whoever folds the lines of a file
// gets the very summary that the run had, to the byte. Times are decimals exact to the
// nanosecond for that reason. A table says which field of which sample stands in a
// line by which name; a sample that it does not know cannot be written.
//
// Lines of one viewer stand in the order in which they happened; those of different
// viewers need not. No line has a URL or a token.
package events
