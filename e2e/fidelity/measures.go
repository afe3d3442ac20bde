package fidelity

import (
	"cmp"
	"math"
	"slices"
)

// measure is one figure by which two plays are held against each other.
type measure struct {
	name string
	of   func(Observation) float64 // NaN: there is none
	// slack is how far the model may be from a true value of v.
	slack func(v float64) float64
	rule  string // slack in words
}

// The tolerances. Counts of ten and less may differ by one: a play that ends
// between two reloads counts one more or less.
func within20(v float64) float64  { return max(0.5, 0.2*math.Abs(v)) }
func startupIn(v float64) float64 { return max(0.3, 0.2*math.Abs(v)) }
func count10(v float64) float64   { return max(1, 0.1*v) }
func third(float64) float64       { return 0.3 }
func half(float64) float64        { return 0.5 }

const (
	rule20    = "20 % or 0.5 s"
	rule10    = "10 % or 1"
	ruleStart = "20 % or 0.3 s"
)

// numeric are the measures of all pairs.
func numeric() []measure {
	return []measure{
		{"giving up after", toGivingUp, third, "0.3 s"},
		{"start-up", startup, startupIn, ruleStart},
		{"stalled", stalled, within20, rule20},
		{"first stall after", firstStall, half, "0.5 s"},
		{"skipped", skipped, within20, rule20},
		{"refused", countOf(Request.Refused), count10, rule10},
		{"token calls", func(o Observation) float64 { return float64(len(o.Refreshes)) }, count10, rule10},
	}
}

// byKind are the counts of requests of each kind that occurs.
func byKind(all ...Observation) []measure {
	var kinds []string
	for _, o := range all {
		for _, r := range o.Requests {
			kinds = append(kinds, r.Kind)
		}
	}
	slices.SortFunc(kinds, func(a, b string) int {
		return cmp.Or(slices.Index(order[:], a)-slices.Index(order[:], b), cmp.Compare(a, b))
	})
	var ms []measure
	for _, kind := range slices.Compact(kinds) {
		of := countOf(func(r Request) bool { return r.Kind == kind })
		ms = append(ms, measure{kind + " requests", of, count10, rule10})
	}
	return ms
}

// order is that in which a player comes to its kinds of request.
var order = [...]string{"manifest", "timing", "playlist", "init", "key", "segment"}

func countOf(is func(Request) bool) func(Observation) float64 {
	return func(o Observation) float64 {
		n := 0
		for _, r := range o.Requests {
			if is(r) {
				n++
			}
		}
		return float64(n)
	}
}

// Refused tells whether the edge turned the request down for its token.
func (r Request) Refused() bool { return r.Status == 401 || r.Status == 403 || r.Status == 410 }

// toGivingUp is how long the player tried: from the first refusal of what it gave up
// on, with none of its kind granted since, to the first error after which it does not
// ask again. When nothing was refused it is from the first failure of any kind, or
// else from the start.
func toGivingUp(o Observation) float64 {
	i := slices.IndexFunc(o.Errors, func(t Trouble) bool { return t.GaveUp })
	if i < 0 {
		return math.NaN()
	}
	end := o.Errors[i]
	kind, known := end.about()
	from, failing := 0.0, false
	for _, cause := range []func(Request) bool{Request.Refused, func(r Request) bool { return r.Status >= 400 }} {
		for _, r := range o.Requests {
			switch {
			case r.At > end.At || known && r.Kind != kind:
			case r.Status == 200:
				failing = failing && r.At-from < sameMoment
			case cause(r) && !failing:
				from, failing = r.At, true
			}
		}
		if failing {
			break
		}
	}
	return end.At - from
}

// sameMoment is how far apart requests may be, in seconds, that were sent at once:
// that one of them was granted says nothing about after the other's refusal.
const sameMoment = 0.05

func startup(o Observation) float64 {
	if o.Startup < 0 {
		return math.NaN()
	}
	return o.Startup
}

func stalled(o Observation) float64 {
	var sum float64
	for _, s := range o.Stalls {
		sum += s.Took
	}
	return sum
}

// A stall that counts lasts half a second in the model. For the truth it may be a
// fifth less or more, so that one on the edge is no matter of chance.
const countedStall = 0.5

// countStalls is how many stalls last for at least d seconds.
func countStalls(o Observation, d float64) float64 {
	n := 0
	for _, s := range o.Stalls {
		if s.Took >= d {
			n++
		}
	}
	return float64(n)
}

// firstStall is how long the picture had moved when the first stall that counts
// began: how much there was to play.
func firstStall(o Observation) float64 {
	for _, s := range o.Stalls {
		if s.Took >= countedStall {
			return s.At - o.Startup
		}
	}
	return math.NaN()
}

func skipped(o Observation) float64 {
	var sum float64
	for _, s := range o.Skips {
		sum += s.Amount
	}
	return sum
}

// sameShown is the share of the time in which both show a picture that both show
// the same rendition; 1 when there is no such time.
func sameShown(a, b Observation) float64 {
	from, to := max(firstShown(a), firstShown(b)), min(a.Length, b.Length)
	if from >= to {
		return 1
	}
	cuts := []float64{from, to}
	for _, s := range slices.Concat(a.Shown, b.Shown) {
		if s.At > from && s.At < to {
			cuts = append(cuts, s.At)
		}
	}
	slices.Sort(cuts)
	var same float64
	for i := range len(cuts) - 1 {
		if shownAt(a, cuts[i]) == shownAt(b, cuts[i]) {
			same += cuts[i+1] - cuts[i]
		}
	}
	return same / (to - from)
}

func firstShown(o Observation) float64 {
	if len(o.Shown) == 0 {
		return math.Inf(1)
	}
	return o.Shown[0].At
}

func shownAt(o Observation, t float64) int64 {
	bitrate := int64(0)
	for _, s := range o.Shown {
		if s.At > t {
			break
		}
		bitrate = s.Bitrate
	}
	return bitrate
}

// apart is the greatest distance from a token call of a or b to the nearest of the
// other. A call more or less, which the count allows, moves none of the others.
func apart(a, b Observation) float64 {
	return max(farthest(a.Refreshes, b.Refreshes), farthest(b.Refreshes, a.Refreshes))
}

// farthest leaves out as many calls as `from` has more than `to`: counting them is
// another measure's.
func farthest(from, to []Call) float64 {
	var off []float64
	for _, c := range from {
		nearest := math.Inf(1)
		for _, d := range to {
			nearest = min(nearest, math.Abs(c.At-d.At))
		}
		off = append(off, nearest)
	}
	slices.Sort(off)
	if n := min(len(from), len(to)); n > 0 {
		return off[n-1]
	}
	return 0
}
