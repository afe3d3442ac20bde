package player

import (
	"testing"
	"time"

	"pgregory.net/rapid"

	"soak/loop"
	"soak/qoe"
)

// Whatever an origin does, the player neither panics nor spins, asks for nothing
// after a fatal error, and its session adds up.
func TestHLSUnderChaos(t *testing.T) {
	urls := []string{"index", "/a/", "/v0/", "/v1/", "seg", "seg10", "init", "key", "a/index", "v1/index"}
	rapid.Check(t, func(t *rapid.T) {
		o := &hlsOrigin{
			levels: three[:rapid.IntRange(1, 3).Draw(t, "levels")],
			audio:  rapid.Bool().Draw(t, "audio"), live: rapid.Bool().Draw(t, "live"),
			init: rapid.Bool().Draw(t, "init"), dates: rapid.Bool().Draw(t, "dates"),
			breaks: rapid.SampledFrom([]int{0, 0, 3}).Draw(t, "breaks"),
			keys:   rapid.SampledFrom([]int{0, 0, 2}).Draw(t, "keys"),
			peak:   rapid.IntRange(1, 2).Draw(t, "peak"),
			length: 50 * time.Second, rate: rapid.Float64Range(3e5, 2e7).Draw(t, "rate"),
		}
		for range rapid.IntRange(0, 4).Draw(t, "rules") {
			from := time.Duration(rapid.IntRange(0, 60).Draw(t, "from")) * time.Second
			o.rules = append(o.rules, rule{
				url: rapid.SampledFrom(urls).Draw(t, "url"), from: from,
				to:     from + time.Duration(rapid.IntRange(1, 20).Draw(t, "for"))*time.Second,
				status: rapid.SampledFrom([]int{0, 0, 403, 404, 410, 500, 503}).Draw(t, "status"),
				hang:   rapid.Bool().Draw(t, "hang"), slow: rapid.Float64Range(1, 50).Draw(t, "slow"),
				mutate: rapid.SampledFrom([]string{"", "", "token2"}).Draw(t, "mutate"),
			})
		}
		o.setUp()
		p, err := New(Config{MaxLiveSyncPlaybackRate: rapid.SampledFrom([]float64{0, 1.5}).Draw(t, "catch up")},
			&boundedWorld{hlsOrigin: o, t: t}, "http://edge/master.m3u8", nil)
		if err != nil {
			t.Fatal(err)
		}
		p.Start(epoch)
		for s := time.Duration(1); s <= 120; s++ {
			if err := o.world.Run(t.Context(), epoch.Add(s*time.Second)); err != nil {
				t.Fatal(err)
			}
			if st := p.State(); st.Buffer < 0 || st.Bitrate < 0 {
				t.Fatalf("state %+v", st)
			}
		}
		p.Stop()
		checkSession(t, o)
	})
}

// checkSession: one leave, at most one start and one fatal error, and the times
// between them.
func checkSession(t *rapid.T, o *hlsOrigin) {
	leave := all[qoe.Leave](o)
	if len(leave) != 1 || leave[0].Watched != 2*time.Minute || len(all[qoe.Startup](o)) > 1 || len(all[qoe.Fatal](o)) > 1 {
		t.Fatalf("samples %+v", o.samples)
	}
	var stalled time.Duration
	for _, s := range all[qoe.Stall](o) {
		stalled += s.Took
	}
	if leave[0].Played < 0 || stalled+leave[0].Played > 3*time.Minute {
		t.Fatalf("played %v, stalled %v", leave[0].Played, stalled)
	}
	if at, why := o.fatal(); at >= 0 && len(o.requests) > 0 {
		if last := o.requests[len(o.requests)-1].at.Seconds(); last > at {
			t.Fatalf("a request at %.3f after the fatal error at %.3f: %s", last, at, why)
		}
	}
}

// boundedWorld fails a player that spins.
type boundedWorld struct {
	*hlsOrigin
	t    *rapid.T
	at   time.Time
	busy int
}

func (b *boundedWorld) After(d time.Duration, fn func()) *loop.Timer {
	if now := b.Now(); now.Sub(b.at) > time.Second {
		b.at, b.busy = now, 0
	}
	if b.busy++; b.busy > 2000 {
		b.t.Fatalf("2000 timers within a second at %v", b.Now().Sub(epoch))
	}
	return b.hlsOrigin.After(d, fn)
}
