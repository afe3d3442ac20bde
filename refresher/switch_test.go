package refresher

import (
	"context"
	"math/rand/v2"
	"testing"
	"time"

	"soak/loop"
	"soak/qoe"
	"soak/token"
)

// other is the first answer for another stream.
func other(expires int64) Answer {
	g := token.Grant{Token: "token-of-the-other", Expires: expires}
	return Answer{Grant: g, Status: 200, URL: "https://c" + token.Path(token.Live, "1", "b", g, "master.m3u8")}
}

// The page hands over another stream's token while a call for the old one is under
// way: 50 s to 55 s after epoch.
func TestSwitch(t *testing.T) {
	for _, c := range []struct {
		why    string
		policy Policy
		at     float64
		until  float64
		held   string // in force at the end
		want   string // calls
	}{
		{"no call under way: the new grant is scheduled by its own expiry", GuideHLSJS(), 20, 80, "token-2", "0+ 70+"},
		{"H34 the guide's call goes on and installs the old stream's grant", GuideHLSJS(), 52, 60, "token-2", "0+ 50+"},
		{"H34 the plugin's too", GcorePlugin().WithLead(10 * time.Second), 52, 60, "token-2", "0+ 50+"},
		{"steady gives the call up", still().WithLead(10 * time.Second), 52, 60, "token-of-the-other", "0+ 50-"},
		{"a plugin without a call under way begins with the pair in the URL", GcorePlugin().WithLead(10 * time.Second), 20, 60, "token-of-the-other", "0+"},
	} {
		s := &stage{TTL: 60, Delay: slows(2, 0, 5*time.Second)}
		s.play(t, c.policy, c.until, map[float64]func(){c.at: func() {
			a := other(epoch.Unix() + int64(c.at) + 60)
			if problem := s.fresh.Switch(a, a.URL); problem != "" {
				t.Errorf("%s: Switch = %q; want it taken", c.why, problem)
			}
		}})
		if got := s.fresh.Grant().Token; got != c.held {
			t.Errorf("%s: holds %s; want %s", c.why, got, c.held)
		}
		if got := s.tape(); got != c.want {
			t.Errorf("%s: calls %q; want %q", c.why, got, c.want)
		}
	}
}

// A grant that a sane policy would not take from a call, it does not take from the
// page either.
func TestSwitchToNonsense(t *testing.T) {
	s := new(stage)
	s.TTL = 60
	s.play(t, still(), 20, map[float64]func(){10: func() {
		if problem := s.fresh.Switch(Answer{Status: 200}, "https://c/"); problem == "" {
			t.Error("Switch took an answer without a token")
		}
	}})
}

// truthful is a stage whose viewer's clock is wrong, and who knows.
type truthful struct{ *stage }

func (s truthful) True() time.Time { return s.loop.Now() }

// Samples tell true times, however wrong the viewer's clock is, of calls without an
// answer too.
func TestSamplesTellTrueTimes(t *testing.T) {
	world := loop.NewWorld(epoch)
	s := &stage{TTL: 60, Skew: time.Hour, Delay: hangs(1, 0), loop: world.Loop(), started: map[int]time.Duration{}}
	var last qoe.Refresh
	policy := still()
	fresh := New(&policy, truthful{s}, s, rand.New(rand.NewPCG(1, 2)), func(q qoe.Sample) { last = q.(qoe.Refresh) })
	fresh.Start(func(Answer) {})
	if err := world.Run(context.Background(), epoch.Add(time.Second)); err != nil {
		t.Fatal(err)
	}
	fresh.Stop()
	if !last.Start.Equal(epoch) || last.Took != time.Second {
		t.Errorf("sample of a call given up: %v after epoch for %v; want 0s for 1s", last.Start.Sub(epoch), last.Took)
	}
}
