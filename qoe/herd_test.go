package qoe

import (
	"encoding/json"
	"fmt"
	"math"
	"math/rand/v2"
	"testing"
	"time"
)

var runStart = time.Unix(1_800_000_000, 0)

// audience folds calls of the token API: viewer i's k-th call goes out at
// when(i, k), until that is negative.
func audience(viewers int, run time.Duration, when func(viewer, call int) time.Duration) *Summary {
	shard := NewShard(runStart)
	for i := range viewers {
		v := shard.Viewer(i, Labels{})
		for k := 0; ; k++ {
			at := when(i, k)
			if at < 0 || at >= run {
				break
			}
			r := Refresh{Call: k + 1, Start: runStart.Add(at), Took: 100 * time.Millisecond, Status: 200, Installed: true, Reason: Scheduled}
			if k == 0 {
				r.Reason = FirstToken
			}
			v.Emit(r)
		}
		v.Emit(Leave{At: runStart.Add(run), Watched: run})
	}
	return shard.Summary()
}

func TestHerd(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	const cycle = 50 * time.Second
	for _, c := range []struct {
		why      string
		when     func(i, k int) time.Duration
		factor   [2]float64
		cycle    float64
		persists [2]float64
	}{
		{"everybody at once, every cycle: 50 seconds' calls in one", func(_, k int) time.Duration {
			return time.Duration(k) * cycle
		}, [2]float64{45, 51}, 50, [2]float64{0.99, 1}},
		{"arrivals over 5 s come back over 5 s", func(i, k int) time.Duration {
			return time.Duration(i)*50*time.Millisecond + time.Duration(k)*cycle
		}, [2]float64{9, 11}, 50, [2]float64{0.99, 1}},
		{"arrivals over the whole cycle never crowd", func(i, k int) time.Duration {
			return time.Duration(i)*cycle/100 + time.Duration(k)*cycle
		}, [2]float64{1, 1.1}, 0, [2]float64{0, 0}},
		{"random calls are no herd", func(i, k int) time.Duration {
			if k == 0 {
				return 0
			}
			return time.Duration(rng.Float64() * float64(600*time.Second) / 12 * float64(k+1)) // stops at the end
		}, [2]float64{1, 8}, -1, [2]float64{0, 0.35}},
	} {
		h := audience(100, 10*time.Minute, c.when).Herd()
		if h.Factor < c.factor[0] || h.Factor > c.factor[1] || h.Persists < c.persists[0] || h.Persists > c.persists[1] || c.cycle >= 0 && h.Cycle != c.cycle {
			t.Errorf("%s: factor %.2f, cycle %v s, persistence %.2f; want %v, %v, %v", c.why, h.Factor, h.Cycle, h.Persists, c.factor, c.cycle, c.persists)
		}
	}
}

// A storm at arrival is no herd of refreshes, but the fullest 10 ms.
func TestHerdKnowsArrivals(t *testing.T) {
	s := audience(100, time.Minute, func(i, k int) time.Duration {
		switch k {
		case 0:
			return 5 * time.Millisecond
		case 1:
			return 20*time.Second + time.Duration(i)*300*time.Millisecond
		}
		return -1
	})
	h := s.Herd()
	if h.Burst != 100 || h.BurstMillis != 10 || h.Peak != 4 || h.Refreshes != 100 {
		t.Errorf("%+v; want a burst of 100 in 10 ms, and 4 refreshes a second at most", h)
	}
	if got := s.Metrics()["token_peak_per_10ms"]; got != 100 {
		t.Errorf("token_peak_per_10ms = %v; want 100", got)
	}
}

// In runs over an hour the timeline's buckets are wider; rates stay rates.
func TestHerdOfALongRun(t *testing.T) {
	h := audience(64, 3*time.Hour, func(_, k int) time.Duration { return time.Duration(k) * 2 * time.Minute }).Herd()
	if h.Peak != 16 || h.Cycle != 120 || h.Persists < 0.9 {
		t.Errorf("%+v; want 16/s (64 in a bucket of 4 s) every 120 s", h)
	}
	if h.BurstMillis != 40 || h.Burst != 64 {
		t.Errorf("burst %d in %d ms; want 64 in 40 ms", h.Burst, h.BurstMillis)
	}
}

// Spread's jitter keeps the peak second within the limit when calls are moved as
// it says, and a good deal less of it does not.
func TestSpread(t *testing.T) {
	const viewers, period = 1000, 50 * time.Second
	herd := audience(viewers, 5*time.Minute, func(i, k int) time.Duration {
		return time.Duration(i)*2*time.Millisecond + time.Duration(k)*period // within 2 s
	})
	for _, limit := range []float64{150, 80, 50} {
		advice := herd.Spread(limit, period)
		if !advice.Needed || !advice.Enough || advice.Joined != 500 {
			t.Errorf("limit %v: %+v; want jitter needed and enough, 500 first calls a second", limit, advice)
			continue
		}
		if peak := peakWith(viewers, period, advice.Jitter); peak > limit {
			t.Errorf("limit %v: with a jitter of %v the peak is %v", limit, advice.Jitter, peak)
		}
		if peak := peakWith(viewers, period, advice.Jitter/2); peak <= limit {
			t.Errorf("limit %v: a jitter of %v is enough (%v/s), %v was advised", limit, advice.Jitter/2, peak, advice.Jitter)
		}
	}
	if a := herd.Spread(1000, period); a.Needed || !a.Enough || a.Jitter != 0 {
		t.Errorf("no crowd over the limit: %+v", a)
	}
	if a := herd.Spread(15, period); !a.Needed || a.Enough || a.Jitter != 0 {
		t.Errorf("a limit below the mean of 20/s: %+v; want no jitter to be enough", a)
	}
	if a := new(Summary).Spread(1, period); a.Needed || !a.Enough {
		t.Errorf("a run without calls: %+v", a)
	}
}

// peakWith is the peak of refreshes when each goes out up to jitter before its
// time, as refreshers draw it.
func peakWith(viewers int, period, jitter time.Duration) float64 {
	rng := rand.New(rand.NewPCG(3, 4))
	last := make([]time.Duration, viewers)
	s := audience(viewers, 5*time.Minute, func(i, k int) time.Duration {
		if k == 0 {
			last[i] = time.Duration(i) * 2 * time.Millisecond
		} else {
			last[i] += period - time.Duration(rng.Float64()*float64(jitter))
		}
		return last[i]
	})
	return s.Herd().Peak
}

func TestOutage(t *testing.T) {
	// Ten viewers refresh every ten seconds, a second apart. From 60 to 90 s calls
	// fail and are tried again every two seconds; viewer 0 dies of it, its last
	// request is refused at 97 s.
	shard := NewShard(runStart)
	for i := range 10 {
		v := shard.Viewer(i, Labels{})
		call := 0
		for at := time.Duration(i) * time.Second; at < 2*time.Minute; {
			call++
			r := Refresh{Call: call, Start: runStart.Add(at), Reason: Scheduled, Status: 200}
			if call == 1 {
				r.Reason = FirstToken
			}
			wait := 10 * time.Second
			if at >= 60*time.Second && at < 90*time.Second {
				r.Status, r.Failure, wait = 503, StatusFailure, 2*time.Second
				if at >= 70*time.Second {
					r.Reason = AfterError
				}
			}
			v.Emit(r)
			at += wait
		}
		if i == 0 {
			v.Emit(Fetch{Kind: Segment, Start: runStart.Add(97 * time.Second), Status: 410, Failure: StatusFailure})
			v.Emit(Fatal{At: runStart.Add(98 * time.Second), Why: "fragLoadError"})
		}
		v.Emit(Leave{At: runStart.Add(2 * time.Minute)})
	}
	s := shard.Summary()
	o := s.Herd().Outage
	if o == nil {
		t.Fatal("no outage was found")
	}
	if o.From != 60 || o.To != 90 || !o.Ended || o.Lost != 1 || o.There != 10 || o.Recovery != 8 {
		t.Errorf("%+v; want 60 to 90 s, 1 of 10 lost, and 8 s more to recover", o)
	}
	// before: one refresh per viewer in ten seconds; during: up to one in two
	if o.Amplification < 3.5 || o.Amplification > 5 || o.Retries == 0 || o.Retries >= o.Calls {
		t.Errorf("%+v; want an amplification of 4 to 5", o)
	}
	m := s.Metrics()
	if m["token_outage_seconds"] != 30 || m["token_outage_lost_ratio"] != 0.1 || m["token_outage_recovery_seconds"] != 8 {
		t.Errorf("metrics %v, %v, %v; want 30, 0.1, 8", m["token_outage_seconds"], m["token_outage_lost_ratio"], m["token_outage_recovery_seconds"])
	}
}

func TestNoOutage(t *testing.T) {
	for _, c := range []struct {
		why   string
		fails func(call int) (Failure, time.Duration)
	}{
		{"nothing failed", func(int) (Failure, time.Duration) { return NoFailure, time.Second }},
		{"one in ten failed, by chance", func(call int) (Failure, time.Duration) {
			if call%10 == 0 {
				return StatusFailure, time.Second
			}
			return NoFailure, time.Second
		}},
		{"viewers left during calls", func(int) (Failure, time.Duration) { return CancelFailure, 3 * time.Second }},
	} {
		shard := NewShard(runStart)
		v := shard.Viewer(0, Labels{})
		for call := range 200 {
			failure, took := c.fails(call)
			v.Emit(Refresh{Call: call + 1, Start: runStart.Add(time.Duration(call) * time.Second / 4), Took: took, Failure: failure, Reason: Scheduled})
		}
		m := shard.Summary().Metrics()
		if _, measured := m["token_outage_lost_ratio"]; m["token_outage_seconds"] != 0 || measured {
			t.Errorf("%s: an outage of %v s", c.why, m["token_outage_seconds"])
		}
	}
}

// A hung API fails nobody: calls are given up, if at all, by those who leave.
func TestOutageOfAHungAPI(t *testing.T) {
	shard := NewShard(runStart)
	for i := range 20 {
		v := shard.Viewer(i, Labels{})
		v.Emit(Refresh{Call: 1, Start: runStart, Took: time.Second, Status: 200})
		v.Emit(Refresh{Call: 2, Start: runStart.Add(30 * time.Second), Took: 90 * time.Second, Failure: CancelFailure, Reason: Scheduled})
		v.Emit(Leave{At: runStart.Add(2 * time.Minute)})
	}
	if o := shard.Summary().Herd().Outage; o == nil || o.From != 30 || o.Ended || o.Recovery >= 0 {
		t.Errorf("%+v; want an outage from 30 s to the end", o)
	}
}

func TestBurstsMergeExactly(t *testing.T) {
	rng := rand.New(rand.NewPCG(5, 6))
	for range 20 {
		var all Bursts
		parts := make([]Bursts, 4)
		for range 300 {
			at := time.Duration(rng.Int64N(int64(math.Pow(10, 9+5*rng.Float64()))))
			all.add(at)
			parts[rng.IntN(4)].add(at)
		}
		var merged Bursts
		for _, i := range rng.Perm(4) {
			text, err := json.Marshal(parts[i])
			if err != nil {
				t.Fatal(err)
			}
			var read Bursts
			if err := json.Unmarshal(text, &read); err != nil {
				t.Fatal(err)
			}
			merged.merge(&read)
		}
		want, _ := json.Marshal(all)
		got, _ := json.Marshal(merged)
		if string(got) != string(want) {
			t.Fatalf("merged %s; want %s", got, want)
		}
	}
}

func TestBurstsRefuseBrokenJSON(t *testing.T) {
	for _, text := range []string{
		`{"millis":10,"windows":[1]}`, `{"millis":0,"windows":[0,1]}`, `{"millis":30,"windows":[0,1]}`, `{"millis":-10,"windows":[0,1]}`,
		`{"millis":10,"windows":[-1,1]}`, `{"millis":10,"windows":[0,0]}`, `{"millis":10,"windows":[0,-1]}`,
		`{"millis":10,"windows":[360000,1]}`, `{"millis":10,"windows":[359999,1,0,1]}`, `{"millis":9223372036854775807,"windows":[0,1]}`, `[]`,
	} {
		if err := json.Unmarshal([]byte(text), new(Bursts)); err == nil {
			t.Errorf("%s was read", text)
		}
	}
}

// The fullest window of each stretch, empty stretches between them included.
func TestBurstsFullest(t *testing.T) {
	var b Bursts
	for _, ms := range []int{0, 5, 15, 990, 2000, 2001, 2002, 2500} {
		b.add(time.Duration(ms) * time.Millisecond)
	}
	for _, row := range []struct {
		seconds int64
		want    string
		why     string
	}{
		{1, "[2 0 3]", "by second; nothing in the second one"},
		{2, "[2 3]", "windows of two seconds do not add up"},
		{0, "[2 0 3]", "an empty timeline has no width"},
	} {
		if got := fmt.Sprint(b.Fullest(row.seconds)); got != row.want {
			t.Errorf("Fullest(%d) = %v; want %v: %s", row.seconds, got, row.want, row.why)
		}
	}
	if got := new(Bursts).Fullest(1); got != nil {
		t.Errorf("Fullest of nothing = %v", got)
	}
}
