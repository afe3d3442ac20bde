package refresher

import (
	"fmt"
	"math/rand/v2"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"soak/qoe"
	"soak/token"
)

// Whatever the policy, TTL, lead and latency: no viewer is without a living grant
// for an instant while the lead exceeds latency by a second (expiries are whole
// seconds) and the API works.
func TestNoGapWithASaneLead(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		ttl := rapid.Int64Range(12, 300).Draw(rt, "ttl")
		latency := time.Duration(rapid.IntRange(0, 2500).Draw(rt, "latency ms")) * ms
		least := int(latency.Seconds()*1000) + 1001
		lead := time.Duration(rapid.IntRange(least, max(least, int(ttl-6)*1000)).Draw(rt, "lead ms")) * ms
		p := rapid.SampledFrom(Policies()).Draw(rt, "policy").WithLead(lead)
		s := &stage{TTL: ttl, Latency: latency, Begin: time.Duration(rapid.IntRange(0, 999).Draw(rt, "begin ms")) * ms}
		s.play(t, p, 900, nil)
		for i := 1; i < len(s.samples); i++ {
			q, before := s.samples[i], s.samples[i-1]
			taken := q.Start.Add(q.Took)
			if died := before.Start.Add(before.Took + before.Life); !q.Installed || taken.After(died) {
				rt.Fatalf("call %d: installed %v at %v, but the grant before died at %v", q.Call, q.Installed, taken, died)
			}
		}
		if len(s.samples) < 3 {
			rt.Fatalf("%d calls in 15 minutes", len(s.samples))
		}
	})
}

func TestJitterIsBounded(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	p := Steady().WithLead(10 * time.Second)
	seen := map[time.Duration]bool{}
	for range 1000 {
		if lead := p.jitteredLead(time.Minute, rng); lead < 10*time.Second || lead > 12*time.Second {
			t.Fatalf("lead %v; want 10 to 12 s: never less than asked", lead)
		}
		d := p.backoff(3, 0, 0, rng)
		if d < time.Second || d > 2*time.Second {
			t.Fatalf("third back-off %v; want 1 to 2 s", d)
		}
		if d := p.backoff(3, 0, 5*time.Second, rng); d < 5*time.Second || d > 6*time.Second {
			t.Fatalf("back-off %v with Retry-After: 5; want 5 to 6 s", d)
		}
		seen[d] = true
	}
	if len(seen) < 900 {
		t.Errorf("%d different back-offs of 1000; want them spread", len(seen))
	}
	if d := p.backoff(9, 6*time.Second, 0, rng); d > 2*time.Second || d < time.Second {
		t.Errorf("back-off with 6 s left is %v; want 1 to 2 s, a third of it", d)
	}
	if d := p.backoff(9, time.Second, 0, rng); d > time.Second || d < time.Second/2 {
		t.Errorf("back-off with 1 s left is %v; want 0.5 to 1 s, the floor", d)
	}
	if d := p.backoff(5000, 0, 0, rng); d > 8*time.Second || d < 4*time.Second {
		t.Errorf("back-off after 5000 failures is %v; want 4 to 8 s", d)
	}
}

func TestRemember(t *testing.T) {
	var issued []token.Pair
	for i := range int64(100) {
		before := slices.Clone(issued)
		longer := remember(issued, grant(int(i), i).Pair())
		if !slices.Equal(issued, before) {
			t.Fatal("the list that readers hold was written to")
		}
		issued = remember(longer, grant(int(i), i).Pair())
	}
	if len(issued) != remembered || issued[0] != grant(0, 0).Pair() || issued[remembered-1] != grant(99, 99).Pair() {
		t.Errorf("%d pairs remembered, %v to %v; want the first and the latest 31", len(issued), issued[0], issued[len(issued)-1])
	}
}

func TestSameSeedSameCalls(t *testing.T) {
	run := func() string {
		s := &stage{TTL: 60, Latency: 100 * ms, Answer: fails(3, 6)}
		return s.play(t, Steady(), 1000, nil).tape()
	}
	if a, b := run(), run(); a != b {
		t.Errorf("two runs differ:\n%s\n%s", a, b)
	}
}

func TestSample(t *testing.T) {
	s := &stage{TTL: 60, Latency: 250 * ms, Answer: fails(2, 2)}
	s.play(t, GuideHLSJS(), 60, nil)
	want := []qoe.Refresh{
		{Call: 1, Start: epoch, Took: 250 * ms, Status: 200, Reason: qoe.FirstToken, Life: 59750 * ms, Installed: true},
		{Call: 2, Start: epoch.Add(50 * time.Second), Took: 250 * ms, Status: 503, Failure: qoe.StatusFailure, Reason: qoe.Scheduled, Problem: "token API answered 503"},
		{Call: 3, Start: epoch.Add(55250 * ms), Took: 250 * ms, Status: 200, Reason: qoe.AfterError, Life: 59500 * ms, Installed: true},
	}
	if !reflect.DeepEqual(s.samples, want) {
		t.Errorf("samples\n%+v; want\n%+v", s.samples, want)
	}
}

func TestReadyTellsOfFailure(t *testing.T) {
	rows := []struct {
		why    string
		policy Policy
		answer func(int, Answer) Answer
		ok     bool
	}{
		{"a grant", GuideHLSJS(), nil, true},
		{"H39: one failed call is the end for the guide", GuideHLSJS(), fails(1, 1), false},
		{"five for steady", still(), fails(1, 5), false},
		{"the guide plays with nonsense", GuideHLSJS(), says(1, `{"token":"t-oken"}`), true},
		{"steady does not", still(), says(1, `{"token":"t-oken"}`), false},
	}
	for _, r := range rows {
		s := &stage{TTL: 60, Latency: 100 * ms, Answer: r.answer}
		s.play(t, r.policy, 30, nil)
		if s.first == nil || s.first.OK() != r.ok || !r.ok && s.first.Detail == "" {
			t.Errorf("%s: ready got %+v; want OK %v, with a detail if not", r.why, s.first, r.ok)
		}
	}
}

func TestRewriteByPolicy(t *testing.T) {
	url := func(n int, expires int64) string {
		return fmt.Sprintf("https://c/cmaf/1_a/token-%d/%d/v1/2.m4s", n, epoch.Unix()+expires)
	}
	rows := []struct {
		why    string
		policy Policy
		in     string
		want   string
	}{
		{"any pair is brought up to date", GuideHLSJS(), url(1, 60), url(3, 160)},
		{"a pair baked in later as well", GuideHLSJS(), url(2, 110), url(3, 160)},
		{"F2, F3: the plugin knows the first pair only", GcorePlugin().WithLead(10 * time.Second), url(1, 60), url(3, 160)},
		{"F2, F3: a parent fetched under the second is lost", GcorePlugin().WithLead(10 * time.Second), url(2, 110), url(2, 110)},
		{"H15: a hook nobody calls", neverRewrites(GuideDASHJS()), url(1, 60), url(1, 60)},
		{"H18: too short a token to be found", GuideHLSJS(), "https://c/cmaf/1_a/tok/1700000060/x", "https://c/cmaf/1_a/tok/1700000060/x"},
	}
	for _, r := range rows {
		s := &stage{TTL: 60, Latency: 100 * ms}
		s.play(t, r.policy, 120, nil)
		got, g := s.fresh.Rewrite(r.in)
		at, _ := token.ParsePath(strings.TrimPrefix(r.want, "https://c"))
		if got != r.want || g != at.Grant {
			t.Errorf("%s: Rewrite(%q) = %q, %v; want %q, %v", r.why, r.in, got, g, r.want, at.Grant)
		}
	}
}

func neverRewrites(p Policy) Policy {
	p.Rewrite = RewriteNever
	return p
}

// What a script writes into URLs when the API sent nonsense.
func TestRewriteNonsense(t *testing.T) {
	const in = "https://c/cmaf/1_a/token-0/1700000000/x"
	rows := []struct{ why, body, want string }{
		{"no expires", `{"token":"token-x"}`, "https://c/cmaf/1_a/token-x/undefined/x"},
		{"no token", `{"expires":1700000060}`, "https://c/cmaf/1_a/undefined/1700000060/x"},
		{"null", `{"token":null,"expires":null}`, "https://c/cmaf/1_a/null/null/x"},
		{"a fraction", `{"token":"token-x","expires":1700000060.50}`, "https://c/cmaf/1_a/token-x/1700000060.5/x"},
		{"milliseconds", `{"token":"token-x","expires":1.70000006e12}`, "https://c/cmaf/1_a/token-x/1700000060000/x"},
	}
	for _, r := range rows {
		s := &stage{Latency: 100 * ms, Answer: says(1, r.body)}
		s.play(t, GuideHLSJS(), 0.1, nil)
		if got, _ := s.fresh.Rewrite(in); got != r.want {
			t.Errorf("%s: Rewrite = %q; want %q", r.why, got, r.want)
		}
	}
}

func TestPluginStartsOnlyByItsURL(t *testing.T) {
	with := func(url string) func(int, Answer) Answer {
		return func(n int, a Answer) Answer { a.URL = url; return a }
	}
	rows := []struct{ why, url, want string }{
		{"H18 short token", "https://c/cmaf/1_a/abc/1700000060/x", "0-"},
		{"H20 after 2033", "https://c/cmaf/1_a/abcdef/2000000000/x", "0-"},
		{"no URL in the answer", "", "0-"},
		{"the pair in the URL counts, not the fields beside it", "https://c/cmaf/1_a/abcdef/1700000030/x", "0+ 25+ 80+"},
	}
	for _, r := range rows {
		s := &stage{TTL: 60, Latency: 100 * ms, Answer: with(r.url)}
		s.play(t, GcorePlugin(), 100, nil)
		if got := s.tape(); got != r.want || s.first == nil || !s.first.OK() {
			t.Errorf("%s: calls at %s, ready %+v; want %s, playing all the same", r.why, got, s.first, r.want)
		}
	}
}

// H34: another source is loaded while getToken is under way; the late answer puts
// the old stream's grant in force.
func TestAdoptDuringACall(t *testing.T) {
	const other = "https://c/cmaf/1_b/other-1/1700000200/x"
	s := &stage{TTL: 60, Latency: 2000 * ms}
	s.play(t, GcorePlugin(), 60, map[float64]func(){56: func() { s.fresh.Adopt(other) }})
	if got, _ := s.fresh.Rewrite(other); got != "https://c/cmaf/1_b/token-2/1700000115/x" {
		t.Errorf("the new stream's URL is rewritten to %q; want the old stream's late grant", got)
	}
	s = &stage{TTL: 60, Latency: 100 * ms}
	s.play(t, GcorePlugin(), 200, map[float64]func(){20: func() { s.fresh.Adopt("https://c/plain.m3u8") }})
	if got := s.tape(); got != "0+" {
		t.Errorf("calls at %s after a source without a pair; want 0+ and no more", got)
	}
	s = &stage{TTL: 60, Latency: 100 * ms}
	s.Ready = func() { s.fresh.Adopt("https://c/plain.m3u8") }
	if s.play(t, GcorePlugin(), 200, nil); s.tape() != "0+" {
		t.Errorf("calls at %s when the player is given a URL without a pair at once; want 0+ and no more", s.tape())
	}
	s = &stage{TTL: 60, Latency: 100 * ms}
	s.play(t, GuideHLSJS(), 70, map[float64]func(){20: func() { s.fresh.Adopt(other) }})
	if got := s.fresh.Grant(); s.tape() != "0+ 50+" || got != grant(2, epoch.Unix()+110) {
		t.Errorf("the guide's sample holds %v after calls at %s; want it to ignore the URL", got, s.tape())
	}
}

func TestIPBound(t *testing.T) {
	answer := func(n int, a Answer) Answer { a.TokenIP = fmt.Sprintf("bound-%d", n); return a }
	for _, r := range []struct {
		why    string
		answer func(int, Answer) Answer
		want   string
	}{
		{"the bound token is used", answer, "bound-1"},
		{"there is none: a script writes undefined", nil, "undefined"},
	} {
		p := GuideHLSJS()
		p.IPBound = true
		s := &stage{TTL: 60, Latency: 100 * ms, Answer: r.answer}
		s.play(t, p, 10, nil)
		if got, _ := s.fresh.Rewrite("/cmaf/1_a/token-0/1700000000/x"); got != "/cmaf/1_a/"+r.want+"/1700000060/x" {
			t.Errorf("%s: got %s", r.why, got)
		}
	}
	p := still()
	p.IPBound = true
	if s := (&stage{TTL: 60, Latency: 100 * ms}).play(t, p, 1, nil); s.tape() != "0- 0.6-" {
		t.Errorf("steady without a bound token: calls at %s; want failures", s.tape())
	}
}

func TestStop(t *testing.T) {
	for _, p := range Policies() {
		p = p.WithLead(10 * time.Second)
		s := &stage{TTL: 60, Latency: 5000 * ms}
		s.play(t, p, 300, map[float64]func(){51: func() { s.fresh.Stop(); s.fresh.Stop() }})
		last := s.samples[len(s.samples)-1]
		if len(s.samples) != 2 || last.Failure != qoe.CancelFailure || s.active != 0 {
			t.Errorf("%s: %d samples, last %+v, %d calls under way; want the second cancelled and nothing after", p.Name, len(s.samples), last, s.active)
		}
	}
}

func BenchmarkRewrite(b *testing.B) {
	var s State
	guide := GuideHLSJS()
	s.current.Store(&inForce{offer: offerOf(grant(2, 1_700_000_060)), scheme: guide.scheme(token.Grant{}, nil)})
	b.ReportAllocs()
	for b.Loop() {
		s.Rewrite("https://demo-protected.gvideo.io/videos/2675_iKbrdNMcS9ylGuw/INbkr67grBOXImdaPw4itg/1700000060/v1080/segment_001234.m4s")
	}
}
