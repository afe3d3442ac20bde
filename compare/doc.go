// Package compare tells what is better or worse in one run than in another, and how
// sure that is.
//
// The one idea: viewers are the sample. What happens to one viewer comes together, so
// ten refusals of one are one observation, not ten. Shares of viewers are compared by
// exact tests, counts by means over viewers and how far viewers lie apart, percentiles
// by ranks, with no more observations than there are viewers. All questions of a
// comparison are judged together, so that what is called worse is hardly ever chance.
//
// It does not know how runs came about, or how a result is shown.
package compare
