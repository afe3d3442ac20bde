package fidelity

import (
	"math"
	"strings"
	"testing"
)

// eventful is a play in which everything that is measured happened.
func eventful() Observation {
	o := Observation{
		Length: 60, Startup: 1, Final: Fatal,
		Refreshes: []Call{{At: 0, Took: 0.1, Status: 200}, {At: 14, Took: 0.1, Status: 200}, {At: 28, Took: 5, Status: 500}},
		Stalls:    []Stall{{At: 20, Took: 2}, {At: 40, Took: 0.2}, {At: 50, Took: 3, Open: true}},
		Skips:     []Skip{{At: 22, Amount: 2}},
		Shown:     []Shown{{At: 1, Bitrate: 400_000}, {At: 11, Bitrate: 1_200_000}},
		Errors:    []Trouble{{At: 31, What: "fragLoadError"}, {At: 32, What: "levelLoadError", Fatal: true, GaveUp: true}},
	}
	add := func(n int, kind string, status int) {
		for range n {
			o.Requests = append(o.Requests, Request{At: 30 + float64(len(o.Requests))/1000, Kind: kind, Status: status})
		}
	}
	add(1, "manifest", 200)
	add(40, "segment", 200)
	add(30, "playlist", 200)
	add(4, "playlist", 410)
	return o
}

// but is a play like another, with something changed.
func but(change func(*Observation)) Observation {
	o := eventful()
	change(&o)
	return o
}

func missed(cells []Cell) string {
	var names []string
	for _, c := range cells {
		if !c.OK {
			names = append(names, c.Measure)
		}
	}
	return strings.Join(names, ", ")
}

// TestCompareFindsWhatDiffers changes one thing at a time, just within the
// tolerance and just beyond it.
func TestCompareFindsWhatDiffers(t *testing.T) {
	for _, c := range []struct {
		why    string
		change func(*Observation)
		want   string // measures that miss
	}{
		{"the same", func(o *Observation) {}, ""},
		{"another end", func(o *Observation) { o.Final = Playing }, "final state"},
		{"gave up 0.29 s later", func(o *Observation) { o.Errors[1].At += 0.29 }, ""},
		{"gave up 0.31 s later", func(o *Observation) { o.Errors[1].At += 0.31 }, "giving up after"},
		{"never gave up", func(o *Observation) { o.Errors = o.Errors[:1] }, "gave up on, giving up after"},
		{"gave up on something else", func(o *Observation) { o.Errors[1].What = "fragLoadError" }, "gave up on, giving up after"},
		{"errors that did not end anything are the player's own affair", func(o *Observation) { o.Errors = o.Errors[1:] }, ""},
		{"picture 0.29 s later", func(o *Observation) { o.Startup += 0.29 }, ""},
		{"picture 0.31 s later", func(o *Observation) { o.Startup += 0.31 }, "start-up"},
		{"no picture", func(o *Observation) { o.Startup = -1 }, "start-up, first stall after"},
		{"stalls longer by 20 %", func(o *Observation) { o.Stalls[0].Took = 2 + 0.2*5.2 }, ""},
		{"stalls longer by 22 %", func(o *Observation) { o.Stalls[0].Took = 2 + 0.22*5.2 }, "stalled"},
		{"first stall 0.6 s later", func(o *Observation) { o.Stalls[0].At += 0.6 }, "first stall after"},
		{"one long stall for two", func(o *Observation) { o.Stalls = []Stall{{At: 20, Took: 5.2}} }, "stalls of 0.5 s"},
		{"no stall", func(o *Observation) { o.Stalls = nil }, "stalled, first stall after, stalls of 0.5 s"},
		{"a blink fewer does not count", func(o *Observation) { o.Stalls = append(o.Stalls[:1:1], o.Stalls[2]) }, ""},
		{"half a second more skipped", func(o *Observation) { o.Skips[0].Amount += 0.5 }, ""},
		{"twice as much skipped", func(o *Observation) { o.Skips[0].Amount = 4 }, "skipped"},
		{"one refusal more", func(o *Observation) { refuse(o, 1) }, ""},
		{"two refusals more", func(o *Observation) { refuse(o, 2) }, "refused"},
		{"a token call more", func(o *Observation) { o.Refreshes = append(o.Refreshes, Call{At: 40}) }, ""},
		{"two token calls more", func(o *Observation) { o.Refreshes = append(o.Refreshes, Call{At: 40}, Call{At: 41}) }, "token calls"},
		{"a token call 0.4 s late", func(o *Observation) { o.Refreshes[1].At += 0.4 }, "token calls at"},
		{"higher for 5 of 59 s more", func(o *Observation) { o.Shown[1].At -= 5 }, ""},
		{"higher for 7 of 59 s more", func(o *Observation) { o.Shown[1].At -= 7 }, "rendition shown"},
		{"four segments more", func(o *Observation) { request(o, 4, "segment") }, ""},
		{"five segments more", func(o *Observation) { request(o, 5, "segment") }, "segment requests"},
		{"a manifest more", func(o *Observation) { request(o, 1, "manifest") }, ""},
		{"two manifests more", func(o *Observation) { request(o, 2, "manifest") }, "manifest requests"},
		{"keys where there are none", func(o *Observation) { request(o, 2, "key") }, "key requests"},
	} {
		cells := Compare(Truth{Runs: []Observation{eventful()}}, []Observation{but(c.change)})
		if got := missed(cells); got != c.want {
			t.Errorf("%s: missed %q; want %q", c.why, got, c.want)
		}
	}
}

// refuse has n requests that were answered be refused instead.
func refuse(o *Observation, n int) {
	for i := range n {
		o.Requests[1+i].Status = 403
		o.Requests[1+i].At = o.Requests[len(o.Requests)-1].At
	}
}

func request(o *Observation, n int, kind string) {
	for range n {
		o.Requests = append(o.Requests, Request{At: 50, Kind: kind, Status: 200})
	}
}

// TestCompareAllowsTheSpread holds plays against a truth that varies.
func TestCompareAllowsTheSpread(t *testing.T) {
	startup := func(s float64) Observation {
		return but(func(o *Observation) {
			o.Stalls[0].At += s - o.Startup
			o.Startup = s
		})
	}
	ended := func(f Final) Observation { return but(func(o *Observation) { o.Final = f }) }
	alive := but(func(o *Observation) { o.Errors = nil })
	for _, c := range []struct {
		why          string
		truth, model []Observation
		want         string
	}{
		{"between the least and the most", []Observation{startup(1), startup(4)}, []Observation{startup(2.5), startup(1)}, ""},
		{"a little beyond the most", []Observation{startup(1), startup(4)}, []Observation{startup(4.7)}, ""},
		{"far beyond it, once", []Observation{startup(1), startup(4)}, []Observation{startup(2), startup(5)}, "start-up"},
		{"either end is true", []Observation{ended(Fatal), ended(Frozen)}, []Observation{ended(Frozen), ended(Frozen)}, ""},
		{"an end that never was, once", []Observation{ended(Fatal), ended(Frozen)}, []Observation{ended(Frozen), ended(Playing)}, "final state"},
		{"a profile that varies may do more, but seldom", []Observation{ended(Frozen)}, []Observation{ended(Frozen), ended(Playing), ended(Frozen)}, ""},
		{"not mostly", []Observation{ended(Frozen)}, []Observation{ended(Playing), ended(Frozen), ended(Playing)}, "final state"},
		{"a profile that varies more than the truth", []Observation{startup(2)}, []Observation{startup(1), startup(4)}, ""},
		{"but around something else", []Observation{startup(2)}, []Observation{startup(3), startup(4)}, "start-up"},
		{"gave up in some plays: so may we", []Observation{alive, eventful()}, []Observation{eventful(), alive}, ""},
		{"gave up in all plays, and we in none", []Observation{eventful(), eventful()}, []Observation{alive}, "gave up on, giving up after"},
		{"gave up in none, and we do", []Observation{alive, alive}, []Observation{eventful()}, "gave up on, giving up after"},
	} {
		if got := missed(Compare(Truth{Runs: c.truth}, c.model)); got != c.want {
			t.Errorf("%s: missed %q; want %q", c.why, got, c.want)
		}
	}
}

func TestToGivingUp(t *testing.T) {
	for _, c := range []struct {
		why  string
		o    Observation
		want float64
	}{
		{"from the first refusal", eventful(), 32 - 30.071},
		{"of what it gave up on", Observation{
			Requests: []Request{{At: 3, Kind: "segment", Status: 410}, {At: 4, Kind: "manifest", Status: 410}},
			Errors:   []Trouble{{At: 5.5, What: "25", GaveUp: true}}}, 1.5},
		{"a gap that it survived does not count", Observation{
			Requests: []Request{{At: 3, Kind: "playlist", Status: 410}, {At: 4, Kind: "playlist", Status: 200}, {At: 9, Kind: "playlist", Status: 410}},
			Errors:   []Trouble{{At: 10, What: "levelLoadError", GaveUp: true}}}, 1},
		{"what was asked for in the same moment and granted ends no failing", Observation{
			Requests: []Request{{At: 3, Kind: "playlist", Status: 403}, {At: 3.02, Kind: "playlist", Status: 200}, {At: 4, Kind: "playlist", Status: 403}},
			Errors:   []Trouble{{At: 6, What: "audioTrackLoadError", GaveUp: true}}}, 3},
		{"never", Observation{Requests: []Request{{At: 3, Status: 410}}}, math.NaN()},
		{"from the first failure when nothing was refused", Observation{
			Requests: []Request{{At: 3, Status: 200}, {At: 4, Status: 503}}, Errors: []Trouble{{At: 9, GaveUp: true}}}, 5},
		{"from the start when everything was answered or nothing", Observation{
			Requests: []Request{{At: 3}}, Errors: []Trouble{{At: 23, GaveUp: true}}}, 23},
		{"a refusal after it is not its cause", Observation{
			Requests: []Request{{At: 3, Status: 503}, {At: 7, Status: 403}}, Errors: []Trouble{{At: 5, GaveUp: true}}}, 2},
	} {
		got := toGivingUp(c.o)
		if math.IsNaN(got) != math.IsNaN(c.want) || math.Abs(got-c.want) > 1e-9 {
			t.Errorf("%s: toGivingUp = %v; want %v", c.why, got, c.want)
		}
	}
}

func TestSameShown(t *testing.T) {
	show := func(length float64, s ...Shown) Observation { return Observation{Length: length, Shown: s} }
	a := show(20, Shown{0, 1}, Shown{10, 2})
	for _, c := range []struct {
		why  string
		b    Observation
		want float64
	}{
		{"itself", a, 1},
		{"the switch 5 s earlier", show(20, Shown{0, 1}, Shown{5, 2}), 0.75},
		{"only what both show counts", show(20, Shown{10, 2}), 1},
		{"never the same", show(20, Shown{0, 3}), 0},
		{"a shorter play", show(15, Shown{0, 1}), 10.0 / 15},
		{"nothing shown", show(20), 1},
	} {
		if got := sameShown(a, c.b); math.Abs(got-c.want) > 1e-9 {
			t.Errorf("%s: sameShown = %v; want %v", c.why, got, c.want)
		}
		if got := sameShown(c.b, a); math.Abs(got-c.want) > 1e-9 {
			t.Errorf("%s, the other way: sameShown = %v; want %v", c.why, got, c.want)
		}
	}
}
