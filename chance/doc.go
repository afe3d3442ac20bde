// Package chance tells what may be due to it: where a probability lies of which some
// tries came true, and how likely a difference is where there is none.
//
// Everything is a function of counts, exact where counts are small. It does not know
// what is counted.
package chance
