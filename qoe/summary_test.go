package qoe_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"math/rand/v2"
	"reflect"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"soak/qoe"
)

var start = time.Unix(1_700_000_000, 0)

var cohorts = []qoe.Labels{
	{Cohort: "a", Player: "hlsjs", Policy: "steady", Link: "4g"},
	{Cohort: "b", Player: "dashjs", Policy: "steady", Link: "4g"},
	{Cohort: "c", Player: "hlsjs", Policy: "gcore-plugin", Link: "3g"},
	{Cohort: "d", Player: "hlsjs", Policy: "copied link", Link: "4g", Leech: true},
}

// life is one viewer's samples in order.
type life struct {
	id      int
	labels  qoe.Labels
	samples []qoe.Sample
	causes  qoe.Causes
}

// randomLife draws any samples at all, over up to four hours so that timelines
// are coarsened, and with enough different texts that lists are cut.
func randomLife(id int, rng *rand.Rand) life {
	l := life{id: id, labels: cohorts[rng.IntN(len(cohorts))]}
	for range rng.IntN(20) {
		l.samples = append(l.samples, randomSample(rng))
	}
	l.causes = qoe.Causes{Judged: 1, Compared: rng.Int64N(2)}
	*l.causes.Of(qoe.Cause(rng.IntN(int(qoe.NumCauses)))) = qoe.Blame{Viewers: 1, Stalls: rng.Int64N(5), Stalled: rng.Int64N(1e9),
		Skips: rng.Int64N(5), Skipped: rng.Int64N(1e9), Deaths: rng.Int64N(2), LateStarts: rng.Int64N(3), Waited: rng.Int64N(1e9)}
	return l
}

func randomSample(rng *rand.Rand) qoe.Sample {
	at := start.Add(time.Duration(rng.Int64N(int64(4*time.Hour))) - time.Second)
	d := time.Duration(rng.ExpFloat64() * float64(time.Second))
	text := fmt.Sprintf("reason %d", rng.IntN(300))
	failures := []qoe.Failure{qoe.NoFailure, qoe.StatusFailure, qoe.TimeoutFailure, qoe.CancelFailure, "never heard of"}
	failure := failures[rng.IntN(len(failures))]
	switch rng.IntN(11) {
	case 0:
		return qoe.Refresh{Start: at, Took: d, Failure: failure, Reason: qoe.Reason(rng.IntN(4)), Installed: rng.IntN(2) == 0, Problem: text}
	case 1:
		return qoe.Startup{At: at, Took: d, Zap: rng.IntN(3) == 0}
	case 2:
		return qoe.Stall{At: at, Took: d, Open: rng.IntN(2) == 0}
	case 3:
		return qoe.Skip{At: at, Amount: d}
	case 4:
		return qoe.Switch{At: at, From: rng.Int64N(3), To: rng.Int64N(3)}
	case 5:
		return qoe.Fatal{At: at, Why: text}
	case 6:
		return qoe.Note{At: at, Text: text}
	case 7:
		return qoe.Leave{At: at, Watched: d, Played: d / 2, BitTime: rng.Float64() * 1e9, Latency: d, Paused: d / 4, Seeking: d / 8, Asleep: d / 16}
	case 8:
		return qoe.Seek{At: at, Took: d, Open: rng.IntN(3) == 0}
	case 9:
		return qoe.Copy{At: at, Life: d - time.Second, Worked: d, Bytes: rng.Int64N(3) * 1e6, Played: d / 2, Opened: 1 + rng.IntN(3)}
	}
	return qoe.Fetch{Kind: qoe.Kind(rng.IntN(qoe.NumKinds)), Start: at, Took: d, Bytes: rng.Int64N(1e7), Failure: failure,
		Status: []int{0, 200, 206, 302, 401, 403, 404, 410, 503}[rng.IntN(9)], Margin: d - time.Second, Signed: rng.IntN(2) == 0}
}

// fold spreads lives over shards, interleaves what happens in them, and merges
// the shards' summaries in any order.
func fold(lives []life, shards int, rng *rand.Rand) *qoe.Summary {
	shard := make([]*qoe.Shard, shards)
	for i := range shard {
		shard[i] = qoe.NewShard(start)
	}
	type session struct {
		viewer *qoe.Viewer
		rest   []qoe.Sample
		causes qoe.Causes
	}
	var open []session
	for _, i := range rng.Perm(len(lives)) {
		open = append(open, session{shard[rng.IntN(shards)].Viewer(lives[i].id, lives[i].labels), lives[i].samples, lives[i].causes})
	}
	for len(open) > 0 {
		i := rng.IntN(len(open))
		if len(open[i].rest) == 0 {
			open[i].viewer.Blame(open[i].causes)
			open = append(open[:i], open[i+1:]...)
			continue
		}
		open[i].viewer.Emit(open[i].rest[0])
		open[i].rest = open[i].rest[1:]
	}
	rng.Shuffle(shards, func(i, j int) { shard[i], shard[j] = shard[j], shard[i] })
	if rng.IntN(2) == 0 {
		return qoe.Merged(shard...)
	}
	sum := &qoe.Summary{Version: qoe.SummaryVersion}
	for _, s := range shard {
		sum.Merge(s.Summary())
	}
	return sum
}

func toJSON(t interface{ Fatal(...any) }, s *qoe.Summary) string {
	text, err := json.Marshal(s)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// Whatever way viewers are spread over shards, in whatever order their samples
// come and the shards are merged, the JSON is the same to the byte, also when it
// went through files in between.
func TestSummaryDoesNotDependOnSharding(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		seed := rapid.Uint64().Draw(t, "seed")
		rng := rand.New(rand.NewPCG(seed, 0))
		lives := make([]life, rapid.IntRange(0, 20).Draw(t, "viewers"))
		for i := range lives {
			lives[i] = randomLife(i, rng)
		}
		one := toJSON(t, fold(lives, 1, rng))
		many := fold(lives, rapid.IntRange(1, 8).Draw(t, "shards"), rng)
		if got := toJSON(t, many); got != one {
			t.Fatalf("sharded summary differs\n%s\n%s", got, one)
		}
		if cut := len(lives) / 2; cut > 0 {
			halves := &qoe.Summary{}
			for _, part := range [][]life{lives[cut:], lives[:cut]} {
				halves.Merge(reread(t, fold(part, 2, rng)))
			}
			if got := toJSON(t, halves); got != one {
				t.Fatalf("summary merged from files differs\n%s\n%s", got, one)
			}
			if !reflect.DeepEqual(halves.Metrics(), many.Metrics()) {
				t.Fatal("metrics differ")
			}
		}
	})
}

func reread(t interface{ Fatal(...any) }, s *qoe.Summary) *qoe.Summary {
	back := new(qoe.Summary)
	if err := json.Unmarshal([]byte(toJSON(t, s)), back); err != nil {
		t.Fatal(err)
	}
	return back
}

// The total is the sum of the audience's cohorts and of what leeches' links were
// worth, and merging leaves the merged alone.
func TestSummaryTotalIsTheCohorts(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	lives := make([]life, 30)
	for i := range lives {
		lives[i] = randomLife(i, rng)
	}
	s := fold(lives, 3, rng)
	var total qoe.Tally
	audience := int64(0)
	for i := range s.Cohorts {
		if s.Cohorts[i].Leech {
			total.Merge(&qoe.Tally{Exposure: s.Cohorts[i].Exposure})
			continue
		}
		audience += s.Cohorts[i].Viewers.Arrived
		total.Merge(&s.Cohorts[i].Tally)
	}
	if got, want := total.Metrics(), s.Total.Metrics(); !reflect.DeepEqual(got, want) {
		t.Errorf("cohorts add up to %v, total is %v", got, want)
	}
	before := toJSON(t, s)
	other := new(qoe.Summary)
	other.Merge(s)
	other.Merge(s)
	if after := toJSON(t, s); after != before {
		t.Error("merging a summary into another changed it")
	}
	if got := other.Total.Viewers.Arrived; got != 2*audience || audience == 30 {
		t.Errorf("%d of 30 viewers merged twice are %d", audience, got)
	}
}

// A summary taken in the middle of a run is a copy.
func TestSummaryIsASnapshot(t *testing.T) {
	shard := qoe.NewShard(start)
	v := shard.Viewer(0, cohorts[0])
	v.Emit(qoe.Stall{At: start, Took: time.Second})
	s := shard.Summary()
	before := toJSON(t, s)
	v.Emit(qoe.Stall{At: start, Took: time.Second})
	v.Emit(qoe.Note{At: start, Text: "later"})
	if after := toJSON(t, s); after != before {
		t.Errorf("it changed:\n%s\n%s", before, after)
	}
}

func TestSummaryRefusesBrokenJSON(t *testing.T) {
	for _, c := range []struct{ text, why string }{
		{`{"total": {"requests": [{"kind": "film"}]}}`, "no such kind of request"},
		{`{"total": {"requests": [{"kind": "segment", "status": "9xx"}]}}`, "no such class"},
		{`{"total": {"startup": {"count": 3, "bins": [[5, 2]]}}}`, "bins do not add up"},
		{`{"total": {"startup": {"count": 1, "bins": [[900000000, 1]]}}}`, "a bin far away, which would take memory without end"},
		{`{"total": {"startup": {"count": -1, "bins": [[5, -1]]}}}`, "negative counts"},
	} {
		if err := json.Unmarshal([]byte(c.text), new(qoe.Summary)); err == nil {
			t.Errorf("accepted %s: %s", c.text, c.why)
		}
	}
}

func FuzzSummaryJSON(f *testing.F) {
	rng := rand.New(rand.NewPCG(3, 4))
	for n := range 4 {
		lives := make([]life, n)
		for i := range lives {
			lives[i] = randomLife(i, rng)
		}
		text, err := json.Marshal(fold(lives, 1, rng))
		if err != nil {
			f.Fatal(err)
		}
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		s := new(qoe.Summary)
		if json.Unmarshal(text, s) != nil {
			return
		}
		s.Metrics()
		sum := new(qoe.Summary)
		sum.Merge(s)
		sum.Merge(s)
		if again := toJSON(t, reread(t, sum)); again != toJSON(t, sum) {
			t.Errorf("reading what was written gives another summary\n%s\n%s", again, toJSON(t, sum))
		}
	})
}

func TestWhoNoticed(t *testing.T) {
	fetch := qoe.Fetch{Kind: qoe.Segment, Start: start, Status: 410, Failure: qoe.StatusFailure}
	up := qoe.Startup{At: start, Took: time.Second}
	for _, c := range []struct {
		samples []qoe.Sample
		want    qoe.Viewers
		why     string
	}{
		{[]qoe.Sample{up, qoe.Leave{Watched: time.Minute}}, qoe.Viewers{Started: 1, Left: 1}, "all went well"},
		{[]qoe.Sample{up, fetch, fetch}, qoe.Viewers{Started: 1}, "refused requests behind a full buffer are not seen"},
		{[]qoe.Sample{up, qoe.Stall{At: start, Took: time.Second}, qoe.Stall{At: start, Took: time.Second}}, qoe.Viewers{Started: 1, Noticed: 1, Stalled: 1}, "two stalls, one viewer"},
		{[]qoe.Sample{up, qoe.Stall{At: start, Took: time.Second}, qoe.Fatal{Why: "x"}}, qoe.Viewers{Started: 1, Noticed: 1, Stalled: 1, Dead: 1}, "a stall and a death, one viewer"},
		{[]qoe.Sample{up, qoe.Skip{At: start, Amount: 2 * time.Second}}, qoe.Viewers{Started: 1, Noticed: 1, Skipped: 1}, "a segment was skipped"},
		{[]qoe.Sample{up, qoe.Skip{At: start, Amount: 100 * time.Millisecond}}, qoe.Viewers{Started: 1}, "a bridged hole is not seen"},
		{[]qoe.Sample{qoe.Leave{Watched: time.Minute}}, qoe.Viewers{NeverStarted: 1, Noticed: 1, Left: 1}, "waited in vain"},
		{[]qoe.Sample{qoe.Leave{Watched: time.Second}}, qoe.Viewers{NeverStarted: 1, Left: 1}, "left before anything could be amiss"},
		{[]qoe.Sample{qoe.Fatal{Why: "manifestLoadError"}, qoe.Leave{Watched: time.Minute}}, qoe.Viewers{NeverStarted: 1, Noticed: 1, Dead: 1, Left: 1}, "dead before the first picture"},
	} {
		shard := qoe.NewShard(start)
		v := shard.Viewer(0, cohorts[0])
		for _, s := range c.samples {
			v.Emit(s)
		}
		c.want.Arrived = 1
		if got := shard.Summary().Total.Viewers; got != c.want {
			t.Errorf("%s: got %+v, want %+v", c.why, got, c.want)
		}
	}
}

func TestRefused(t *testing.T) {
	shard := qoe.NewShard(start)
	v := shard.Viewer(0, cohorts[0])
	for _, f := range []qoe.Fetch{
		{Kind: qoe.Segment, Status: 410}, {Kind: qoe.Segment, Status: 410}, {Kind: qoe.Playlist, Status: 403}, {Kind: qoe.Manifest, Status: 401},
		{Kind: qoe.Segment, Status: 404}, // missing, not refused
		{Kind: qoe.Token, Status: 403},   // the token API's no is a failed refresh
		{Kind: qoe.Segment, Status: 200},
	} {
		f.Start = start.Add(3 * time.Second)
		v.Emit(f)
	}
	s := shard.Summary()
	want := []qoe.RefusedRow{{Kind: qoe.Manifest, Status: 401, Count: 1}, {Kind: qoe.Playlist, Status: 403, Count: 1}, {Kind: qoe.Segment, Status: 410, Count: 2}}
	if got := s.Total.Refused.Rows(); !reflect.DeepEqual(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
	if got := s.Timeline.Buckets[3]; got.Refused != 4 || got.Requests != 7 {
		t.Errorf("timeline at 3 s: %+v", got)
	}
}

func TestMetrics(t *testing.T) {
	shard := qoe.NewShard(start)
	v := shard.Viewer(0, cohorts[0])
	for i := range 10 {
		v.Emit(qoe.Refresh{Start: start.Add(time.Duration(i/5) * time.Second), Took: 100 * time.Millisecond, Installed: i > 0})
		v.Emit(qoe.Fetch{Kind: qoe.Segment, Start: start, Took: time.Second, Status: 200, Bytes: 500_000, Signed: true, Margin: time.Duration(i-1) * time.Second})
	}
	v.Emit(qoe.Refresh{Start: start.Add(4 * time.Second), Took: 2 * time.Second, Failure: qoe.TimeoutFailure, Reason: qoe.AfterRefusal})
	v.Emit(qoe.Startup{Took: 1500 * time.Millisecond})
	v.Emit(qoe.Stall{At: start, Took: 2 * time.Second})
	v.Emit(qoe.Skip{Amount: 4 * time.Second})
	v.Emit(qoe.Switch{From: 1, To: 2})
	v.Emit(qoe.Switch{From: 2, To: 1})
	v.Emit(qoe.Leave{Watched: 43 * time.Second, Played: 38 * time.Second, BitTime: 38 * 1.2e6, Latency: 6 * time.Second})
	got := shard.Summary().Metrics()
	for name, want := range map[string]float64{
		"viewers": 1, "started_viewers": 1, "noticed_viewers": 1, "noticed_ratio": 1, "stalled_viewers": 1, "skipped_viewers": 1, "dead_viewers": 0,
		"requests": 10, "failed_requests": 0, "refused_requests": 0, "refused_ratio": 0, "received_megabytes": 5,
		"margin_seconds_min": -1, "token_calls": 11, "refresh_failures": 1, "installed_grants": 9, "refreshes_after_refusal": 1,
		"refresh_seconds_max": 2, "startup_seconds_p50": 1.5, "startup_seconds_p95": 1.5,
		"stall_count": 1, "stall_seconds": 2, "rebuffering_ratio": 0.05, "skip_count": 1, "skipped_seconds": 4,
		"played_seconds": 38, "watched_seconds": 43, "avg_bitrate_kbps": 1200, "switches_per_viewer": 2, "latency_seconds_p50": 6,
		"token_peak_per_second": 5, "token_mean_per_second": 11.0 / 5,
	} {
		if v, ok := got[name]; !ok || v != want {
			t.Errorf("%s = %v (measured: %v), want %v", name, v, ok, want)
		}
	}
	if p := got["margin_seconds_p50"]; p < 2.97 || p > 3.03 {
		t.Errorf("margin_seconds_p50 = %v, want 3 within 1 %%", p)
	}
}

// outageLife calls a token API every second that fails for the second of four
// hours.
func outageLife() (l life) {
	for i := range 4 * 3600 {
		r := qoe.Refresh{Call: i + 1, Start: start.Add(time.Duration(i) * time.Second), Reason: qoe.Scheduled}
		if i/3600 == 1 {
			r.Failure = qoe.TimeoutFailure
		}
		l.samples = append(l.samples, r)
	}
	return l
}

// Every metric has a name of its own and a description, and all are there once
// something of everything was measured; what was not measured is absent.
func TestNames(t *testing.T) {
	rng := rand.New(rand.NewPCG(5, 6))
	lives := make([]life, 50)
	for i := range lives {
		lives[i] = randomLife(i, rng)
	}
	full, empty := fold(lives, 1, rng).Metrics(), new(qoe.Summary).Metrics()
	maps.Copy(full, fold([]life{outageLife()}, 1, rng).Metrics())
	seen := make(map[string]bool)
	for _, n := range qoe.Names() {
		if seen[n.Name] || n.Help == "" || strings.ToLower(n.Name) != n.Name {
			t.Errorf("%+v: named twice, without help or with capitals", n)
		}
		seen[n.Name] = true
		if _, ok := full[n.Name]; !ok {
			t.Errorf("%s is never measured", n.Name)
		}
	}
	if len(full) != len(seen) {
		t.Errorf("%d metrics, %d names", len(full), len(seen))
	}
	for _, name := range []string{"startup_seconds_p95", "margin_seconds_min", "refused_ratio", "avg_bitrate_kbps", "noticed_ratio"} {
		if v, ok := empty[name]; ok {
			t.Errorf("%s of nothing is %v, want none", name, v)
		}
	}
}

// Fetched is called for every request of every viewer.
func BenchmarkFetched(b *testing.B) {
	shard := qoe.NewShard(start)
	v := shard.Viewer(0, cohorts[0])
	b.ReportAllocs()
	for i := range b.N {
		v.Fetched(&qoe.Fetch{Kind: qoe.Segment, Start: start.Add(time.Duration(i%60) * time.Second), Took: time.Duration(i%1000) * time.Millisecond,
			Bytes: 1e6, Status: 200, Signed: true, Margin: time.Duration(i%20) * time.Second})
	}
}

func BenchmarkMerge(b *testing.B) {
	rng := rand.New(rand.NewPCG(7, 8))
	lives := make([]life, 200)
	for i := range lives {
		lives[i] = randomLife(i, rng)
	}
	s := fold(lives, 1, rng)
	for b.Loop() {
		new(qoe.Summary).Merge(s)
	}
}

// What a moment was like: pictures that stood for parts of seconds, and the least life
// of the tokens that were used.
func TestTimelineState(t *testing.T) {
	shard := qoe.NewShard(start)
	v, leech := shard.Viewer(0, cohorts[0]), shard.Viewer(1, cohorts[3])
	at := func(ms int) time.Time { return start.Add(time.Duration(ms) * time.Millisecond) }
	for _, s := range []qoe.Sample{
		qoe.Stall{At: at(700), Took: 1600 * time.Millisecond}, qoe.Stall{At: at(2900), Took: 50 * time.Millisecond},
		qoe.Stall{At: at(-500), Took: 600 * time.Millisecond},
		qoe.Fetch{Kind: qoe.Segment, Start: at(100), Signed: true, Margin: 5 * time.Second},
		qoe.Fetch{Kind: qoe.Segment, Start: at(200), Signed: true, Margin: -time.Second},
		qoe.Fetch{Kind: qoe.Segment, Start: at(300), Signed: true, Margin: 2 * time.Second},
		qoe.Fetch{Kind: qoe.Timing, Start: at(1300)},
		qoe.Fetch{Kind: qoe.Segment, Start: at(2300), Signed: true, Margin: 3 * time.Second},
	} {
		v.Emit(s)
		leech.Emit(s)
	}
	sum := shard.Summary()
	sum.Merge(qoe.NewShard(start).Summary())
	for i, want := range []qoe.Bucket{
		{Requests: 3, Stalls: 2, Stalled: 400_000, Signed: 3, LeastMargin: -1_000_000},
		{Requests: 1, Stalled: 1_000_000},
		{Requests: 1, Stalls: 1, Stalled: 350_000, Signed: 1, LeastMargin: 3_000_000},
	} {
		if got := sum.Timeline.Buckets[i]; got != want {
			t.Errorf("second %d: %+v; want %+v", i, got, want)
		}
	}
}
