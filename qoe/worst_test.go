package qoe_test

import (
	"math/rand/v2"
	"reflect"
	"testing"
	"time"

	"soak/qoe"
)

// What counts as lost, and who is named.
func TestWorstViewers(t *testing.T) {
	at := start
	watched := qoe.Leave{At: at, Watched: time.Minute}
	began := qoe.Startup{At: at, Took: time.Second}
	refused := qoe.Fetch{Kind: qoe.Segment, Start: at, Status: 403, Failure: qoe.StatusFailure}
	leech := cohorts[0]
	leech.Leech = true
	shard := qoe.NewShard(start)
	for i, row := range []struct {
		labels  qoe.Labels
		samples []qoe.Sample
		why     string
	}{
		{cohorts[0], []qoe.Sample{began, watched}, "nothing lost: not named"},
		{cohorts[0], []qoe.Sample{began, refused, qoe.Stall{At: at, Took: 3 * time.Second}, qoe.Skip{At: at, Amount: 2 * time.Second}, watched}, "5 s, stalled and skipped"},
		{cohorts[1], []qoe.Sample{refused, refused, qoe.Fatal{At: at, Why: "manifestLoadError"}, qoe.Fatal{At: at, Why: "again"}, watched}, "never saw anything: a minute"},
		{cohorts[0], []qoe.Sample{began, qoe.Stall{At: at, Took: 50 * time.Millisecond}, watched}, "unnoticed: not named"},
		{cohorts[0], []qoe.Sample{began, qoe.Fatal{At: at, Why: "dead, all shown"}, watched}, "died with nothing left to see"},
		{cohorts[0], []qoe.Sample{began, refused, watched}, "refused once, and did not notice"},
		{leech, []qoe.Sample{refused, qoe.Stall{At: at, Took: time.Hour}, watched}, "a leech: not named"},
		{cohorts[0], []qoe.Sample{began, qoe.Stall{At: at, Took: time.Hour}}, "still there: not named yet"},
	} {
		v := shard.Viewer(i, row.labels)
		for _, s := range row.samples {
			v.Emit(s)
		}
	}
	want := []qoe.Worst{
		{Viewer: 2, Cohort: "b", Lost: 60e6, Waited: 60e6, Refused: 2, Noticed: true, Dead: true, Why: "manifestLoadError"},
		{Viewer: 1, Cohort: "a", Lost: 5e6, Stalled: 3e6, Skipped: 2e6, Refused: 1, Noticed: true},
		{Viewer: 5, Cohort: "a", Refused: 1},
		{Viewer: 4, Cohort: "a", Noticed: true, Dead: true, Why: "dead, all shown"},
	}
	if got := shard.Summary().Worst; !reflect.DeepEqual(got, want) {
		t.Errorf("worst\n%+v, want\n%+v", got, want)
	}
}

// However many lose something, and in whatever order and parts they are told of,
// the list holds those who lost most.
func TestWorstIsBounded(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 4))
	shards := []*qoe.Shard{qoe.NewShard(start), qoe.NewShard(start)}
	const viewers = 5 * qoe.MaxWorst
	for _, i := range rng.Perm(viewers) {
		v := shards[rng.IntN(2)].Viewer(i, cohorts[0])
		v.Emit(qoe.Startup{At: start})
		v.Emit(qoe.Stall{At: start, Took: time.Duration(1+i) * time.Second})
		v.Emit(qoe.Leave{At: start})
	}
	sum := shards[0].Summary()
	sum.Merge(shards[1].Summary())
	if len(sum.Worst) != qoe.MaxWorst {
		t.Fatalf("%d named, want %d", len(sum.Worst), qoe.MaxWorst)
	}
	for i, w := range sum.Worst {
		if w.Viewer != viewers-1-i {
			t.Fatalf("place %d is viewer %d's, want %d's", i, w.Viewer, viewers-1-i)
		}
	}
}
