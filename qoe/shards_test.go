package qoe_test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strconv"
	"testing"
	"time"

	"soak/qoe"
)

// What a report shows of 64 shards is what it shows of one, to the byte, and its
// percentiles are those of the raw samples within 1 %.
func TestPercentilesOfShardsAreThoseOfTheSamples(t *testing.T) {
	raw := map[string][]float64{}
	note := func(name string, d time.Duration) time.Duration {
		d = d.Truncate(time.Microsecond)
		raw[name] = append(raw[name], d.Seconds())
		return d
	}
	one, many := qoe.NewShard(start), make([]*qoe.Shard, 64)
	for i := range many {
		many[i] = qoe.NewShard(start)
	}
	rng := rand.New(rand.NewPCG(64, 1))
	for i := range 2000 {
		l := qoe.Labels{Cohort: fmt.Sprint(i % 7)}
		viewers := []*qoe.Viewer{one.Viewer(i, l), many[rng.IntN(64)].Viewer(i, l)}
		slow := math.Exp(0.8 * rng.NormFloat64()) // viewers differ: a shard is no fair sample of all
		after := func(mean float64) time.Duration {
			return time.Duration(slow * mean * math.Exp(0.6*rng.NormFloat64()) * float64(time.Second))
		}
		samples := []qoe.Sample{qoe.Startup{At: start, Took: note("startup_seconds", after(1.2))}}
		for k := range 20 {
			at := start.Add(time.Duration(k) * time.Second)
			samples = append(samples,
				qoe.Fetch{Kind: qoe.Segment, Start: at, Took: note("request_seconds", after(0.3)), Status: 200, Signed: true, Margin: note("margin_seconds", 20*time.Second-after(9))},
				qoe.Refresh{Start: at, Took: note("refresh_seconds", after(0.15)), Status: 200})
		}
		samples = append(samples, qoe.Leave{At: start.Add(time.Minute), Watched: time.Minute, Played: time.Minute, Latency: note("latency_seconds", after(6))})
		for _, v := range viewers {
			for _, s := range samples {
				v.Emit(s)
			}
		}
	}
	merged := new(qoe.Summary)
	for _, i := range rng.Perm(len(many)) {
		merged.Merge(many[i].Summary())
	}
	if toJSON(t, merged) != toJSON(t, one.Summary()) {
		t.Error("64 shards merged differ from one")
	}
	shown := merged.Metrics()
	for name, values := range raw {
		slices.Sort(values)
		for _, percent := range []int{1, 5, 25, 50, 90, 95, 99} {
			f, ok := qoe.Percentile(name, float64(percent))
			if !ok {
				t.Fatalf("%s has no percentiles", name)
			}
			want := values[int(math.Ceil(float64(percent*len(values))/100))-1]
			got, _ := f.Of(merged)
			if math.Abs(got-want) > 0.01*math.Abs(want)+1e-6 {
				t.Errorf("%s is %v; the samples have %v", f.Name.Name, got, want)
			}
			if v, metric := shown[name+"_p"+strconv.Itoa(percent)]; metric && v != got {
				t.Errorf("%s is %v among the metrics, and %v by itself", f.Name.Name, v, got)
			}
		}
	}
}
