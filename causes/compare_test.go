package causes

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"soak/qoe"
)

var zero = time.Unix(1_800_000_000, 0)

func at(seconds float64) time.Time { return zero.Add(span(seconds)) }

func span(seconds float64) time.Duration { return time.Duration(seconds * float64(time.Second)) }

func stalled(from, to float64) qoe.Stall { return qoe.Stall{At: at(from), Took: span(to - from)} }

func skipped(when, amount float64) qoe.Skip { return qoe.Skip{At: at(when), Amount: span(amount)} }

func died(when float64) qoe.Fatal { return qoe.Fatal{At: at(when), Kind: qoe.Segment} }

func began(when, took float64) qoe.Startup { return qoe.Startup{At: at(when), Took: span(took)} }

func granted(from, to float64, ok bool) qoe.Refresh {
	return qoe.Refresh{Start: at(from), Took: span(to - from), Reason: qoe.FirstToken, Installed: ok}
}

type samples []qoe.Sample

func (s samples) account() *Account {
	a := Watching()
	for _, sample := range s {
		a.Add(sample)
	}
	return a
}

// text is what causes are to blame for, in short: "token 1 stall 8s".
func text(c qoe.Causes) string {
	var parts []string
	for cause := range qoe.NumCauses {
		b := c.Of(cause)
		for _, p := range []struct {
			n      int64
			what   string
			micros int64
		}{{b.Stalls, "stalls", b.Stalled}, {b.Skips, "skips", b.Skipped}, {b.Deaths, "deaths", 0}, {b.LateStarts, "late", b.Waited}} {
			if p.n > 0 || p.micros > 0 {
				parts = append(parts, strings.TrimSuffix(fmt.Sprintf("%v %d %s %v", cause, p.n, p.what, time.Duration(p.micros)*time.Microsecond), " 0s"))
			}
		}
	}
	return strings.Join(parts, ", ")
}

// What is not suffered in the open world is due to tokens, what is left after the
// ideal one to the player.
func TestComparison(t *testing.T) {
	for _, c := range []struct {
		why                       string
		real, open, healthy, idle samples
		want                      string
	}{
		{why: "suffered in the real world only", real: samples{stalled(10, 18)}, open: samples{}, want: "token 1 stalls 8s"},
		{why: "the same in both", real: samples{stalled(10, 18)}, open: samples{stalled(10, 18)}, healthy: samples{}, want: "origin 1 stalls 8s"},
		{why: "in three of four", real: samples{stalled(10, 18)}, open: samples{stalled(10, 18)}, healthy: samples{stalled(10, 18)}, idle: samples{}, want: "network 1 stalls 8s"},
		{why: "in all four", real: samples{stalled(10, 18)}, open: samples{stalled(10, 18)}, healthy: samples{stalled(10, 18)}, idle: samples{stalled(10, 18)}, want: "player 1 stalls 8s"},
		{why: "tokens made it longer; mostly it is the link's", real: samples{stalled(10, 18)}, open: samples{stalled(10, 15)}, healthy: samples{stalled(10, 15)}, idle: samples{},
			want: "token 0 stalls 3s, network 1 stalls 5s"},
		{why: "the drawing of the package doc", real: samples{stalled(3, 11), stalled(19, 23)}, open: samples{stalled(20, 24)}, want: "token 1 stalls 8s, player 1 stalls 4s"},
		{why: "moved a little after the worlds parted", real: samples{stalled(30, 32)}, open: samples{stalled(35, 37)}, want: "player 1 stalls 2s"},
		{why: "too far away to be the same", real: samples{stalled(30, 32)}, open: samples{stalled(43, 45)}, want: "token 1 stalls 2s"},
		{why: "each second excuses one", real: samples{stalled(30, 32), stalled(34, 36)}, open: samples{stalled(31, 33)}, want: "token 1 stalls 2s, player 1 stalls 2s"},
		{why: "the same time first, then what is near", real: samples{stalled(26, 28), stalled(30, 32)}, open: samples{stalled(30, 32)}, want: "token 1 stalls 2s, player 1 stalls 2s"},
		{why: "waiting for the first picture is no stall, but time without one", real: samples{stalled(5, 6)}, open: samples{began(6, 6)}, want: "player 1 stalls 1s"},
		{why: "a skip is excused by a skip near by", real: samples{skipped(30, 4)}, open: samples{skipped(33, 3)}, want: "token 0 skips 1s, player 1 skips 3s"},
		{why: "and not by a stall", real: samples{skipped(30, 4)}, open: samples{stalled(30, 34)}, want: "token 1 skips 4s"},
		{why: "dead in both", real: samples{died(30)}, open: samples{died(30)}, healthy: samples{}, want: "origin 1 deaths"},
		{why: "who is dead already does not die again", real: samples{died(60)}, open: samples{died(12)}, want: "player 1 deaths"},
		{why: "who dies much later died of something else", real: samples{died(60)}, open: samples{died(90)}, want: "token 1 deaths"},
		{why: "a start of 1.9 s is not worth telling", real: samples{began(1.9, 1.9)}, open: samples{}, want: ""},
		{why: "the first token took 3 of 4 s", real: samples{granted(0, 3, true), began(4, 4)}, open: samples{granted(0, 3, true), began(4, 4)}, healthy: samples{granted(0, 3, true), began(4, 4)}, idle: samples{},
			want: "token 1 late 3s, network 0 late 1s"},
		{why: "a first token that came before play was pressed kept nobody waiting", real: samples{granted(0, 3, true), began(14, 4)}, open: samples{}, want: "token 1 late 4s"},
		{why: "the page got no token: that is all it died of", real: samples{granted(0, 1, false), qoe.Fatal{At: at(1), Kind: qoe.Token}, qoe.Leave{At: at(60), Watched: span(60), Starting: span(60)}},
			open: samples{qoe.Fatal{At: at(1), Kind: qoe.Token}, qoe.Leave{At: at(60), Watched: span(60), Starting: span(60)}}, want: "token 1 deaths, token 1 late 1m0s"},
		{why: "left waiting for a picture", real: samples{qoe.Leave{At: at(60), Watched: span(60), Starting: span(60)}}, open: samples{}, want: "token 1 late 1m0s"},
		{why: "a picture sought for 5 s", real: samples{qoe.Seek{At: at(20), Took: span(5)}}, open: samples{qoe.Seek{At: at(20), Took: span(1)}}, want: "token 1 late 4s, player 0 late 1s"},
	} {
		cmp := Compare(c.real.account())
		for _, step := range []struct {
			world samples
			takes qoe.Cause
		}{{c.open, qoe.ByToken}, {c.healthy, qoe.ByOrigin}, {c.idle, qoe.ByNetwork}} {
			if step.world != nil {
				cmp.With(step.world.account(), step.takes)
			}
		}
		if got := text(cmp.Causes()); got != c.want {
			t.Errorf("%s: %q; want %q", c.why, got, c.want)
		}
	}
}

// lives are drawn so that troubles overlap, touch and lie far apart.
func lives(t *rapid.T, name string) *Account {
	var s samples
	for range rapid.IntRange(0, 6).Draw(t, name) {
		when, long := rapid.Float64Range(0, 60).Draw(t, "at"), rapid.Float64Range(0.001, 20).Draw(t, "for")
		switch rapid.IntRange(0, 4).Draw(t, "what") {
		case 0, 1:
			s = append(s, stalled(when, when+long))
		case 2:
			s = append(s, skipped(when, long))
		case 3:
			s = append(s, died(when))
		case 4:
			s = append(s, began(when+long, long))
		}
	}
	return s.account()
}

// Nothing is explained twice or forgotten; a world like the real one explains
// nothing, one without trouble everything.
func TestComparisonAddsUp(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		real := lives(t, "real")
		c := Compare(real)
		c.With(lives(t, "open"), qoe.ByToken)
		c.With(lives(t, "healthy"), qoe.ByOrigin)
		for i, tr := range c.troubles {
			sum := c.left[i]
			for _, share := range c.shares[i] {
				if share < 0 {
					t.Fatalf("share %v of trouble %+v", share, tr)
				}
				sum += share
			}
			if sum != tr.amount+tr.token || c.left[i] < 0 {
				t.Fatalf("shares %v and %v left of trouble %+v; want %v in all", c.shares[i], c.left[i], tr, tr.amount+tr.token)
			}
		}
		same, none := Compare(real), Compare(real)
		same.With(real, qoe.ByToken)
		none.With(new(Account), qoe.ByToken)
		if got := same.Causes(); got.Token != (qoe.Blame{}) {
			t.Fatalf("the real world explains of itself %v", text(got))
		}
		if none.Left() {
			t.Fatalf("a world without trouble leaves %v", text(none.Causes()))
		}
	})
}
