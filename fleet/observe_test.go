package fleet

import (
	"encoding/json"
	"errors"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"soak/netem"
	"soak/player"
	"soak/qoe"
	"soak/scenarios"
	"soak/token"
)

// watch is what an observer of one viewer was told.
type watch struct {
	samples   []qoe.Sample
	exchanges []Exchange
	at        []time.Time
	states    []player.State
}

func (w *watch) observer(viewer int, every time.Duration) *Observer {
	return &Observer{
		Sample: func(v int, s qoe.Sample) {
			if v == viewer {
				w.samples = append(w.samples, s)
			}
		},
		Exchange: func(v int, x Exchange) {
			if v == viewer {
				w.exchanges = append(w.exchanges, x)
			}
		},
		State: func(v int, at time.Time, s player.State) {
			if v == viewer {
				w.at, w.states = append(w.at, at), append(w.states, s)
			}
		},
		Every: every,
	}
}

// TestObserverWatches: one viewer, seen whole, from a virtual instant of our choice.
func TestObserverWatches(t *testing.T) {
	sc := short(1, 20*time.Second)
	sc.Viewers.Mix = sc.Viewers.Mix[:1]
	sc.Viewers.Mix[0].Player = player.Config{Profile: player.HLSJS}
	start := time.Date(2026, 11, 26, 6, 50, 0, 250_000_000, time.UTC)
	var w watch
	r, err := Run(t.Context(), sc, Options{Virtual: true, Start: start, Observer: w.observer(0, 500*time.Millisecond)})
	if err != nil {
		t.Fatal(err)
	}
	if !r.Started.Equal(start) {
		t.Errorf("started at %v; want %v", r.Started, start)
	}
	if len(w.states) != 42 || !w.at[0].Equal(start) || !w.at[41].Equal(start.Add(sc.Duration)) {
		t.Errorf("%d states from %v on; want one each half second, both ends included, and one on leaving", len(w.states), w.at[0])
	}
	if first, last := w.states[0], w.states[len(w.states)-1]; first != (player.State{}) || last.Phase != player.Playing || last.Position == 0 {
		t.Errorf("states %+v … %+v; want none before the player, then a picture", first, last)
	}
	checkExchanges(t, w, start, start.Add(sc.Duration))
}

func checkExchanges(t *testing.T, w watch, from, to time.Time) {
	t.Helper()
	fetches := 0
	for _, s := range w.samples {
		if f, ok := s.(qoe.Fetch); ok {
			if f != w.exchanges[fetches].Fetch {
				t.Errorf("exchange %d is %+v; the sample is %+v", fetches, w.exchanges[fetches].Fetch, f)
			}
			fetches++
		}
	}
	if fetches == 0 || fetches != len(w.exchanges) || w.exchanges[0].Object != "master.m3u8" {
		t.Fatalf("%d fetches, %d exchanges; want as many, beginning with the multivariant playlist", fetches, len(w.exchanges))
	}
	for _, x := range w.exchanges {
		if x.Start.Before(from) || x.Start.After(to) || x.Object == "" || strings.Contains(x.Object, "/1") && x.Kind == qoe.Manifest {
			t.Errorf("exchange %+v; want it within the run, its object without token", x)
		}
	}
}

// TestObserverChangesNothing: who is watched does the same.
func TestObserverChangesNothing(t *testing.T) {
	sc := tight()
	sc.Viewers.Count = 11
	var sums [2][]byte
	for i := range sums {
		opt := Options{Virtual: true}
		if i == 1 {
			opt.Observer = new(watch).observer(3, 70*time.Millisecond)
		}
		r, err := Run(t.Context(), sc, opt)
		if err != nil {
			t.Fatal(err)
		}
		sums[i], err = json.Marshal(r.Summary)
		if err != nil {
			t.Fatal(err)
		}
	}
	if string(sums[0]) != string(sums[1]) {
		t.Error("the summary of a watched run differs from that of an unwatched one")
	}
}

// TestStartMovesNothingElse: whole days later, everything happens a whole number of
// days later. Segments of 2 s and tokens of whole seconds divide a day.
func TestStartMovesNothingElse(t *testing.T) {
	sc := tight()
	sc.Viewers.Count = 11
	var sums [2][]byte
	for i, start := range []time.Time{{}, virtualEpoch.Add(48 * time.Hour)} {
		r, err := Run(t.Context(), sc, Options{Virtual: true, Start: start})
		if err != nil {
			t.Fatal(err)
		}
		m := r.Summary.Metrics()
		sums[i], err = json.Marshal(m)
		if err != nil {
			t.Fatal(err)
		}
	}
	if string(sums[0]) != string(sums[1]) {
		t.Errorf("metrics differ:\n%s\n%s", sums[0], sums[1])
	}
}

func TestOnlyVirtualRunsHaveAStart(t *testing.T) {
	_, err := Run(t.Context(), scenarios.Default(), Options{Start: virtualEpoch})
	if !errors.Is(err, ErrConfig) {
		t.Errorf("Run in real time with a start = %v; want ErrConfig", err)
	}
}

func TestObjectOf(t *testing.T) {
	for _, c := range []struct{ url, want, why string }{
		{"http://edge.lab/cmaf/2675_live/AbCdEf-_12/1800000060/v2/900.m4s", "v2/900.m4s", "a segment of a live stream"},
		{"http://edge.lab/videos/2675_vod/x/1800000060/master.m3u8", "master.m3u8", "any token an edge would take"},
		{"http://edge.lab/cmaf/2675_live/AbCdEf-_12/1800000060/a/index.m3u8?_HLS_msn=4", "a/index.m3u8", "no query"},
		{"http://edge.lab/20231114/1699999999/cmaf/2675_live/AbCdEf-_12/1800000060/v2/900.m4s", "v2/900.m4s", "behind a prefix"},
		{"http://edge.lab/time?x=1", "time", "no token on the path"},
		{"http://edge.lab/live/SecretToken/1800000060/a.ts", "live/#89ad89d8/1800000060/a.ts", "a layout of another CDN: its token hidden"},
		{"http://edge.lab", "", "a host alone"},
		{"", "", "nothing"},
	} {
		if got := objectOf(c.url); got != c.want {
			t.Errorf("%s: objectOf(%q) = %q; want %q", c.why, c.url, got, c.want)
		}
	}
}

// TestAnswersTakeTheirWayToThePage: a browser needs a moment between the last byte
// and what the page does next, on any link.
func TestAnswersTakeTheirWayToThePage(t *testing.T) {
	sc := short(1, 20*time.Second)
	sc.Viewers.Mix = sc.Viewers.Mix[:1]
	sc.Viewers.Mix[0].Player = player.Config{Profile: player.HLSJS}
	sc.Viewers.Mix[0].Link = netem.Profile{}
	var w watch
	if _, err := Run(t.Context(), sc, Options{Virtual: true, Observer: w.observer(0, 0)}); err != nil {
		t.Fatal(err)
	}
	master, next := w.exchanges[0], w.exchanges[1]
	if gap := next.Start.Sub(master.Start.Add(master.Took)); gap < handling/2 || gap > 3*handling/2 {
		t.Errorf("%v from the end of %s to the request for %s; want about %v", gap, master.Object, next.Object, handling)
	}
}

// TestObserverSeesTokensAndDecisions: calls of the token API with their URL, and the
// renditions that the player goes over to, with its first request there.
func TestObserverSeesTokensAndDecisions(t *testing.T) {
	for _, profile := range []string{player.HLSJS, player.DashJS, player.Generic} {
		sc := short(1, 30*time.Second)
		sc.Viewers.Mix = sc.Viewers.Mix[:1]
		sc.Viewers.Mix[0].Player = player.Config{Profile: profile}
		var calls []TokenCall
		var decisions []Decision
		var exchanges []Exchange
		_, err := Run(t.Context(), sc, Options{Virtual: true, Observer: &Observer{
			Call:     func(_ int, c TokenCall) { calls = append(calls, c) },
			Decision: func(_ int, d Decision) { decisions = append(decisions, d) },
			Exchange: func(_ int, x Exchange) { exchanges = append(exchanges, x) },
		}})
		if err != nil {
			t.Fatal(err)
		}
		if len(calls) < 2 || calls[0].Reason != qoe.FirstToken || !strings.HasPrefix(calls[0].URL, "http://api.lab/api/token?expire=") {
			t.Errorf("%s: calls of the token API %+v; want a first one and more, with their URL", profile, calls)
		}
		if len(decisions) < 2 || decisions[0].From != 0 || decisions[1].From != decisions[0].To || decisions[1].To <= decisions[1].From || decisions[1].Estimate == 0 {
			t.Errorf("%s: decisions %+v; want a first rendition, then a better one", profile, decisions)
		}
		for _, x := range exchanges {
			if x.Signed && !strings.Contains(x.URL, "/"+x.Token+"/") || x.Wire != nil {
				t.Errorf("%s: exchange %+v; want its token's hash in its URL, and nothing of sockets", profile, x)
			}
		}
	}
}

// TestObserverSeesSockets: over sockets, what a connection cost.
func TestObserverSeesSockets(t *testing.T) {
	sc := short(1, 4*time.Second)
	sc.Viewers.Mix = sc.Viewers.Mix[:1]
	var exchanges []Exchange
	_, err := Run(t.Context(), sc, Options{Observer: &Observer{
		Exchange: func(_ int, x Exchange) { exchanges = append(exchanges, x) },
	}})
	if err != nil {
		t.Fatal(err)
	}
	fresh, reused := 0, 0
	for _, x := range exchanges {
		if x.Status == 0 { // given up on leaving
			continue
		}
		w := x.Wire
		if w == nil || w.Remote == "" || w.Proto != "HTTP/1.1" || len(w.Header) == 0 {
			t.Fatalf("exchange %+v over %+v; want where it went, and the answer's header", x, w)
		}
		switch {
		case w.Reused && w.Connect == 0 && w.DNS == 0:
			reused++
		case !w.Reused && w.Connect > 0:
			fresh++
		default:
			t.Errorf("exchange %+v over %+v; want it made or reused", x, w)
		}
	}
	if fresh == 0 || reused == 0 {
		t.Errorf("%d connections made, %d used again; want some of both", fresh, reused)
	}
}

// TestShownHeader: what an answer says, without cookies and usable tokens.
func TestShownHeader(t *testing.T) {
	h := http.Header{
		"Set-Cookie": {"session=s3cr3t"}, "Www-Authenticate": {"Bearer realm=x"}, "X-Cache": {"HIT", "MISS"},
		"Location": {"https://e/cmaf/1_live/AbCdEf-_12/1800000060/a.m3u8"}, "Age": {"3"},
	}
	location := token.Redact(h.Get("Location"))
	want := []qoe.Header{{Name: "Age", Value: "3"}, {Name: "Location", Value: location}, {Name: "X-Cache", Value: "HIT"}, {Name: "X-Cache", Value: "MISS"}}
	if got := shownHeader(h); !slices.Equal(got, want) || strings.Contains(location, "AbCdEf") {
		t.Errorf("shownHeader = %v; want %v", got, want)
	}
}

func TestHashed(t *testing.T) {
	for _, c := range []struct{ in, want, why string }{
		{"http://e/cmaf/1_live/AbCdEf-_12/1800000060/a.m3u8?x=1#t=3", "http://e/cmaf/1_live/" + token.Hash("AbCdEf-_12") + "/1800000060/a.m3u8?x=1", "a pair, a query, a fragment"},
		{"http://e/cmaf/1_live/AbCdEf-_12/1800000060/v1/900000001.m4s", "http://e/cmaf/1_live/" + token.Hash("AbCdEf-_12") + "/1800000060/v1/900000001.m4s", "a long number in a segment's name"},
		{"http://e/cmaf/1_live/AbCdEf-_12/1800000060/AbCdEf-_13/1800000070/a.m4s", "http://e/cmaf/1_live/" + token.Hash("AbCdEf-_12") + "/1800000060/" + token.Hash("AbCdEf-_13") + "/1800000070/a.m4s", "a second pair behind the first"},
		{"http://e/x/AbC/1800000060/a.m4s", "http://e/x/" + token.Hash("AbC") + "/1800000060/a.m4s", "no layout that is known"},
		{"http://e/a?token=AbCdEf", "http://e/a?token=" + token.Hash("AbCdEf"), "a parameter"},
		{"", "", "nothing"},
	} {
		if got := hashed(c.in); got != c.want {
			t.Errorf("%s: hashed(%q) = %q; want %q", c.why, c.in, got, c.want)
		}
	}
}
