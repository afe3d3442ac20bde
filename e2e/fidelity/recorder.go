package fidelity

import (
	"cmp"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"time"

	"soak/fleet"
	"soak/player"
	"soak/qoe"
)

// pointEvery is how often an observation notes the playhead.
const pointEvery = 500 * time.Millisecond

// recorder writes down what our profile does as a browser's page would. All of it
// runs on the viewer's loop.
type recorder struct {
	start  time.Time // of the viewer's wish to play; zero before
	format string    // of the player's errors: the profile's name
	o      Observation
	last   player.State
	left   time.Time // when the player was looked at last
	next   time.Time // when the playhead is noted again
	played bool      // a picture was shown
	fatal  bool
}

func newRecorder(p player.Config) *recorder {
	return &recorder{format: cmp.Or(p.Profile, player.HLSJS), o: Observation{Startup: -1}}
}

func (r *recorder) observer() *fleet.Observer {
	return &fleet.Observer{
		Sample:   func(_ int, s qoe.Sample) { r.sample(s) },
		Exchange: func(_ int, x fleet.Exchange) { r.exchange(x) },
		State:    func(_ int, at time.Time, s player.State) { r.state(at, s) },
		Every:    look,
	}
}

// at is an instant in seconds since the start.
func (r *recorder) at(t time.Time) float64 { return t.Sub(r.start).Seconds() }

// exchange notes a request as the network saw it: one that the player gave up
// while its answer was coming had been answered.
func (r *recorder) exchange(x fleet.Exchange) {
	if x.Status == 0 && x.TTFB > 0 {
		x.Status = http.StatusOK
	}
	r.o.Requests = append(r.o.Requests, Request{
		At: r.at(x.Start), Took: x.Took.Seconds(), Kind: x.Kind.String(), Media: x.Media.String(),
		Object: x.Object, Status: x.Status, Margin: x.Margin.Seconds(),
	})
}

func (r *recorder) sample(s qoe.Sample) {
	switch s := s.(type) {
	case qoe.Refresh:
		r.o.Refreshes = append(r.o.Refreshes, Call{At: r.at(s.Start), Took: s.Took.Seconds(), Status: s.Status})
	case qoe.Startup:
		r.o.Startup, r.played = r.at(s.At), true
	case qoe.Stall:
		r.o.Stalls = append(r.o.Stalls, Stall{At: r.at(s.At), Took: s.Took.Seconds(), Open: s.Open})
	case qoe.Skip:
		r.o.Skips = append(r.o.Skips, Skip{At: r.at(s.At), Amount: s.Amount.Seconds()})
	case qoe.Fatal:
		r.gaveUp(s)
	case qoe.Note:
		r.note(s)
	}
}

// gaveUp is a fatal error of hls.js. A Fatal of the dash.js profile is our own
// conclusion, which dash.js never draws: its errors are told as Notes. A page
// without its first token has no player.
func (r *recorder) gaveUp(f qoe.Fatal) {
	if r.format == player.DashJS || f.Kind == qoe.Token {
		return
	}
	r.fatal = true
	name, _, _ := strings.Cut(f.Why, ":")
	r.o.Errors = append(r.o.Errors, Trouble{At: r.at(f.At), What: name, Fatal: true, GaveUp: true})
}

var dashError = regexp.MustCompile(`^dash\.js error (\d+):`)

// final errors of dash.js: MANIFEST_LOADER_LOADING_FAILURE_ERROR_CODE,
// FRAGMENT_LOADER_LOADING_FAILURE, and that of an init segment.
var lastErrors = [...]string{"25", "27", "28"}

func (r *recorder) note(n qoe.Note) {
	if m := dashError.FindStringSubmatch(n.Text); m != nil {
		r.o.Errors = append(r.o.Errors, Trouble{At: r.at(n.At), What: m[1], GaveUp: slices.Contains(lastErrors[:], m[1])})
	}
}

// state is told first of all as the viewer arrives, and last as it leaves.
func (r *recorder) state(at time.Time, s player.State) {
	if r.start.IsZero() {
		r.start, r.next = at, at
	}
	r.last, r.left = s, at
	if !at.Before(r.next) {
		r.next = r.next.Add(pointEvery)
		r.o.Playhead = append(r.o.Playhead, Point{At: r.at(at), Position: s.Position.Seconds()})
	}
	shown := r.o.Shown
	if r.played && s.Bitrate > 0 && (len(shown) == 0 || shown[len(shown)-1].Bitrate != s.Bitrate) {
		r.o.Shown = append(shown, Shown{At: r.at(at), Bitrate: s.Bitrate})
	}
}

// observation is the finished record.
func (r *recorder) observation() Observation {
	o := r.o
	o.Start, o.Length = r.start, r.at(r.left)
	slices.SortStableFunc(o.Requests, func(a, b Request) int { return cmp.Compare(a.At, b.At) })
	slices.SortStableFunc(o.Refreshes, func(a, b Call) int { return cmp.Compare(a.At, b.At) })
	o.Final = r.final()
	return o
}

func (r *recorder) final() Final {
	switch {
	case !r.played:
		return Never
	case r.fatal:
		return Fatal
	case r.last.Phase == player.Playing, r.last.Phase == player.Ended:
		return Playing
	case r.last.Phase == player.Paused:
		return Paused
	}
	return Frozen
}
