package causes

import (
	"testing"
	"time"

	"soak/qoe"
)

// answered is a request of a kind that was answered with a status, or failed.
func answered(kind qoe.Kind, from, to float64, status int, failure qoe.Failure) qoe.Fetch {
	f := qoe.Fetch{Kind: kind, Media: qoe.Video, Start: at(from), Took: span(to - from), TTFB: span((to - from) / 4), Status: status, Failure: failure}
	if status == 0 {
		f.TTFB = 0
	} else if status > 399 {
		f.Failure = qoe.StatusFailure
	}
	return f
}

func segment(from, to float64) qoe.Fetch {
	return answered(qoe.Segment, from, to, 200, qoe.NoFailure)
}

func refused(when float64) qoe.Fetch {
	return answered(qoe.Segment, when, when+0.1, 410, qoe.NoFailure)
}

func kept(f qoe.Fetch) qoe.Fetch {
	f.TTFB = f.Took
	return f
}

func sound(f qoe.Fetch) qoe.Fetch {
	f.Media = qoe.Audio
	return f
}

func signed(f qoe.Fetch, margin float64) qoe.Fetch {
	f.Signed, f.Margin = true, span(margin)
	return f
}

func TestRules(t *testing.T) {
	for _, c := range []struct {
		why  string
		seen samples
		want string
	}{
		{"refused, and nothing good since", samples{segment(8, 9), refused(10), refused(11), stalled(14, 20)}, "token 1 stalls 6s"},
		{"refused once, but segments came again", samples{refused(10), segment(10.2, 10.6), segment(30, 38), stalled(35, 37)}, "network 1 stalls 2s"},
		{"a segment asked for before the refusal heals nothing", samples{refused(10), segment(9.8, 12), stalled(14, 20)}, "token 1 stalls 6s"},
		{"sound is refused, pictures come on", samples{sound(refused(10)), segment(11, 11.4), stalled(14, 20)}, "token 1 stalls 6s"},
		{"the manifest is refused, and a good segment shows that this is over", samples{func() qoe.Fetch {
			f := answered(qoe.Manifest, 10, 10.1, 410, "")
			f.Media = qoe.NoMedia
			return f
		}(), segment(11, 11.4), stalled(34, 36)}, "player 1 stalls 2s"},
		{"not found", samples{answered(qoe.Segment, 10, 10.1, 404, ""), stalled(14, 20)}, "origin 1 stalls 6s"},
		{"refused and not found: the token first", samples{answered(qoe.Segment, 10, 10.1, 404, ""), sound(refused(11)), stalled(14, 20)}, "token 1 stalls 6s"},
		{"nobody listens", samples{answered(qoe.Segment, 10, 10.1, 0, qoe.RefusedFailure), stalled(14, 20)}, "origin 1 stalls 6s"},
		{"broken off", samples{signed(answered(qoe.Segment, 10, 12, 0, qoe.ResetFailure), 9), stalled(14, 20)}, "network 1 stalls 6s"},
		{"broken off as the token expired", samples{signed(answered(qoe.Segment, 10, 12, 0, qoe.ResetFailure), 1.5), stalled(14, 20)}, "token 1 stalls 6s"},
		{"no answer, to nobody", samples{answered(qoe.Segment, 10, 20, 0, qoe.TimeoutFailure), stalled(18, 22)}, "network 1 stalls 4s"},
		{"no answer, while others were answered", samples{sound(segment(12, 12.2)), answered(qoe.Segment, 10, 20, 0, qoe.TimeoutFailure), stalled(18, 22)}, "origin 1 stalls 4s"},
		{"on its way as the picture froze", samples{segment(10, 19), stalled(18, 19)}, "network 1 stalls 1s"},
		{"kept by the server, which answered a later one", samples{sound(segment(12, 12.2)), kept(segment(10, 19)), stalled(18, 19)}, "origin 1 stalls 1s"},
		{"the later one took as long: the link's queue", samples{sound(segment(12, 18)), kept(segment(10, 19)), stalled(18, 19)}, "network 1 stalls 1s"},
		{"abandoned on its way", samples{answered(qoe.Segment, 10, 19, 0, qoe.CancelFailure), stalled(18, 20)}, "network 1 stalls 2s"},
		{"requests that were quick", samples{segment(10, 10.3), stalled(18, 20)}, "player 1 stalls 2s"},
		{"calls of the token API are no reason by themselves", samples{answered(qoe.Token, 10, 19, 503, ""), stalled(18, 20)}, "player 1 stalls 2s"},
		{"skips what was refused half a minute ago", samples{refused(10), segment(10.2, 10.6), skipped(42, 2)}, "token 1 skips 2s"},
		{"skips what has been forgotten", samples{refused(10), segment(10.2, 10.6), skipped(92, 2)}, "player 1 skips 2s"},
		{"a skip is part of the stall before it", samples{answered(qoe.Segment, 10, 10.1, 404, ""), stalled(14, 20), refused(20.1), skipped(20.5, 5)}, "origin 1 stalls 6s, origin 1 skips 5s"},
		{"died of refusals; the picture runs out with that", samples{refused(10), died(11), segment(12, 20), stalled(20, 60)}, "token 1 stalls 40s, token 1 deaths"},
		{"died of what went wrong last", samples{refused(10), segment(10.2, 10.6), answered(qoe.Playlist, 20, 20.1, 503, ""), died(21)}, "origin 1 deaths"},
		{"a key that came and did no good", samples{answered(qoe.Key, 10, 10.1, 200, ""), qoe.Fatal{At: at(11), Kind: qoe.Key}}, "token 1 deaths"},
		{"died of nothing that was seen", samples{segment(10, 10.2), died(11)}, "player 1 deaths"},
		{"a late start over a slow link", samples{segment(0.2, 3.4), began(3.5, 3.5)}, "network 1 late 3.5s"},
		{"a late start because the first tries were refused", samples{refused(0.2), began(3.5, 3.5)}, "token 1 late 3.5s"},
		{"a late start that is half the token's", samples{granted(0, 2, true), began(3.5, 3.5)}, "token 1 late 2s, network 0 late 1.5s"},
	} {
		if got := text(c.seen.account().Judge()); got != c.want {
			t.Errorf("%s: %q; want %q", c.why, got, c.want)
		}
	}
}

// What a generator that was too slow did is nobody else's fault, whatever it looks
// like.
func TestLateTimersAreTheGenerators(t *testing.T) {
	for _, c := range []struct {
		why  string
		late time.Duration
		when float64
		want string
	}{
		{"by a quarter of a second, just before", 250 * time.Millisecond, 13, "generator 1 stalls 6s"},
		{"by a player's tick: as late as timers are", TooLate, 13, "token 1 stalls 6s"},
		{"long before", time.Second, 5, "token 1 stalls 6s"},
		{"during the stall", time.Second, 17, "generator 1 stalls 6s"},
	} {
		a := samples{refused(10)}.account()
		a.Late(at(c.when), c.late)
		a.Add(stalled(14, 20))
		if got := text(a.Judge()); got != c.want {
			t.Errorf("timers %s: %q; want %q", c.why, got, c.want)
		}
	}
}

func TestSleepersSkip(t *testing.T) {
	a := samples{refused(40)}.account()
	a.Woke(at(40))
	a.Add(skipped(41, 30))
	if got := text(a.Judge()); got != "player 1 skips 30s" {
		t.Errorf("after a nap: %q; want the skip to be the viewer's own doing", got)
	}
}

func TestNoCluesNoVerdict(t *testing.T) {
	var a Account
	a.Add(stalled(14, 20))
	if got := a.Judge(); got != (qoe.Causes{}) {
		t.Errorf("Judge = %+v of an account that did not watch; want nothing", got)
	}
}

// An account does not grow with what goes on being wrong.
func TestAccountsStaySmall(t *testing.T) {
	a := Watching()
	for i := range 10_000 {
		when := 10 + float64(i)
		a.Add(refused(when))
		a.Add(sound(segment(when+0.2, when+0.4)))
		a.Late(at(when), time.Second)
	}
	if n := len(a.clues.spells) + len(a.clues.late); n > 2 {
		t.Errorf("%d spells after 10,000 refusals in a row; want 2", n)
	}
}
