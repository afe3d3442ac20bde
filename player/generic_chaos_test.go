package player

import (
	"math/rand/v2"
	"testing"
	"time"

	"pgregory.net/rapid"

	"soak/qoe"
)

// Once the trouble is over a live event plays again, and a film plays to its end.
func TestGenericGetsOverEverything(t *testing.T) {
	urls := []string{"index", "/a/", "/v0/", "/v1/", "seg", "seg10", "init", "key", "a/index", "v1/index", "/"}
	rapid.Check(t, func(t *rapid.T) {
		o := &hlsOrigin{
			levels: three[:rapid.IntRange(1, 3).Draw(t, "levels")],
			audio:  rapid.Bool().Draw(t, "audio"), live: rapid.Bool().Draw(t, "live"),
			init: rapid.Bool().Draw(t, "init"), dates: rapid.Bool().Draw(t, "dates"),
			breaks: rapid.SampledFrom([]int{0, 0, 3}).Draw(t, "breaks"),
			keys:   rapid.SampledFrom([]int{0, 0, 2}).Draw(t, "keys"),
			length: 50 * time.Second, rate: rapid.Float64Range(1e6, 2e7).Draw(t, "rate"),
		}
		for range rapid.IntRange(0, 4).Draw(t, "rules") {
			from := time.Duration(rapid.IntRange(0, 60).Draw(t, "from")) * time.Second
			o.rules = append(o.rules, rule{
				url: rapid.SampledFrom(urls).Draw(t, "url"), from: from,
				to:     from + time.Duration(rapid.IntRange(1, 20).Draw(t, "for"))*time.Second,
				status: rapid.SampledFrom([]int{0, 0, 403, 404, 410, 500, 503}).Draw(t, "status"),
				hang:   rapid.Bool().Draw(t, "hang"), slow: rapid.Float64Range(1, 50).Draw(t, "slow"),
			})
		}
		o.setUp()
		p, err := New(genericPlayer, o, "http://edge/master.m3u8", dice())
		if err != nil {
			t.Fatal(err)
		}
		p.Start(epoch)
		if err := o.world.Run(t.Context(), epoch.Add(3*time.Minute)); err != nil {
			t.Fatal(err)
		}
		want := Playing
		if !o.live {
			want = Ended
		}
		if s := p.State(); s.Phase != want {
			t.Fatalf("100 s after the last of it: %+v; want %s\n%+v", s, want, o.samples)
		}
	})
}

// A film with two holes, all of which is fetched before the playhead comes to the first:
// nothing but the playhead itself leads to the second.
func TestGenericGetsOverTwoHoles(t *testing.T) {
	away := func(from time.Duration) rule {
		return rule{url: "/v0/", from: from, to: from + 3*time.Second, status: 503}
	}
	o := &hlsOrigin{levels: three[:1], audio: true, length: 50 * time.Second, rate: 2e6, rules: []rule{away(2 * time.Second), away(6 * time.Second)}}
	p := o.play(t, genericPlayer, 3*time.Minute).player
	skips := all[qoe.Skip](o)
	if s := p.State(); s.Phase != Ended || len(skips) != 2 || len(all[qoe.Stall](o)) != 0 {
		t.Errorf("%+v, skips %+v; want the end after two of 2 s, without a stall", s, skips)
	}
}

// The same for DASH in constant trouble.
func TestGenericGetsOverConstantTrouble(t *testing.T) {
	for seed := range uint64(20) {
		rng := rand.New(rand.NewPCG(seed, 1))
		o := &dashOrigin{
			live: seed%3 != 0, timeline: seed%2 == 0, tsbd: time.Duration(rng.IntN(4)) * 12 * time.Second, mup: time.Duration(rng.IntN(3)) * time.Second,
			length: time.Duration(20+rng.IntN(200)) * time.Second, ladder: []int{200, 900, 3000}[:1+rng.IntN(3)], rtt: 15 * time.Millisecond, kbps: 500 + rng.Float64()*9000,
		}
		if o.timeline && o.tsbd == 0 {
			o.tsbd = time.Minute
		}
		w := newDashWorld(func(r Request, now time.Time) dashAnswer {
			a := o.serve(r, now)
			switch rng.IntN(12) {
			case 0:
				a.status = 410
			case 1:
				a = dashAnswer{took: -1}
			case 2:
				a.took += time.Duration(rng.IntN(5000)) * time.Millisecond
			case 3:
				a.body = "<html>not here</html>"
			}
			return a
		})
		p, err := New(Config{Profile: Generic}, w, dashURL, dice())
		if err != nil {
			t.Fatal(err)
		}
		w.Post(func() { p.Start(dashEpoch) })
		w.run(t, 10*time.Minute)
		p.Stop()
		if n := len(w.log); n > 10*60*6 {
			t.Errorf("seed %d: %d requests in 10 minutes; want no hot loop", seed, n)
		}
		if fatal := samplesOf[qoe.Fatal](w); len(fatal) > 0 {
			t.Errorf("seed %d: %+v; want it to get over everything", seed, fatal)
		}
		leaves := samplesOf[qoe.Leave](w)
		if len(leaves) != 1 || leaves[0].Played > leaves[0].Watched {
			t.Errorf("seed %d: leaves = %+v; want one, played no more than watched", seed, leaves)
		}
	}
}
