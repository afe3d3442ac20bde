package qoe

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"testing"
	"time"
)

var courseStart = time.Unix(1_800_000_000, 0)

func TestCourseStep(t *testing.T) {
	for _, row := range []struct {
		run, want time.Duration
		why       string
	}{
		{time.Minute, time.Second, "no finer than a second"},
		{239 * time.Second, time.Second, "the last slot is the 240th"},
		{240 * time.Second, 2 * time.Second, "what happens at the very end has a slot too"},
		{time.Hour, 16 * time.Second, "an hour"},
		{2 * time.Hour, 32 * time.Second, "two"},
	} {
		got := CourseStep(row.run)
		var c Course
		c.at(row.run)
		if got != row.want || int64(got/time.Second) != c.Seconds || len(c.Slots) > MaxSlots {
			t.Errorf("CourseStep(%v) = %v, and slots are %d s wide, %d of them; want both %v: %s", row.run, got, c.Seconds, len(c.Slots), row.want, row.why)
		}
	}
}

// What counts where: a frozen picture has a buffer and a latency, but no bit rate.
func TestStandings(t *testing.T) {
	shard := NewShard(courseStart)
	v := shard.Viewer(1, Labels{})
	leech := shard.Viewer(2, Labels{Leech: true})
	for p := range Phase(NumPhases) {
		s := Standing{At: courseStart, Phase: p, Buffer: 20 * time.Millisecond, BitRate: 30_000, Latency: 10 * time.Millisecond}
		v.Emit(s)
		leech.Emit(s)
	}
	v.Emit(Standing{At: courseStart, Phase: Phase(NumPhases)}) // none that there is
	v.Emit(Refresh{Start: courseStart, Took: 25 * time.Millisecond})
	v.Emit(Refresh{Start: courseStart, Took: 26 * time.Millisecond, Failure: CancelFailure})
	text, err := json.Marshal(shard.Summary().Course)
	want := `{"seconds":1,"slots":[{"starting":1,"playing":1,"stalled":1,"seeking":1,"paused":1,"asleep":1,"ended":1,"dead":1,` +
		`"buffer":[20,3],"bitRate":[30,1],"latency":[10,2],"refresh":[25,1]}]}`
	if err != nil || string(text) != want {
		t.Errorf("course %s, %v; want %s", text, err, want)
	}
	if n := shard.Summary().Course.Slots[0].Asked(); n != int64(NumPhases) {
		t.Errorf("asked %d; want each of %d", n, NumPhases)
	}
}

// The order of samples and of merges leaves no trace, nor does JSON.
func TestCourseMerges(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	var samples []Standing
	for range 3000 {
		samples = append(samples, Standing{
			At: courseStart.Add(time.Duration(rng.Int64N(int64(2 * time.Hour)))), Phase: Phase(rng.IntN(NumPhases)),
			Buffer: time.Duration(rng.Int64N(int64(time.Minute))), BitRate: rng.Int64N(8_000_000), Latency: time.Duration(rng.Int64N(int64(time.Minute))),
		})
	}
	var one string
	for _, shards := range []int{1, 3, 64} {
		all := make([]*Shard, shards)
		for i := range all {
			all[i] = NewShard(courseStart)
		}
		for _, i := range rng.Perm(len(samples)) {
			all[i%shards].Viewer(i, Labels{}).Emit(samples[i])
		}
		rng.Shuffle(shards, func(i, k int) { all[i], all[k] = all[k], all[i] })
		sum := new(Summary)
		for _, s := range all {
			sum.Merge(throughJSON(t, s.Summary()))
		}
		text, _ := json.Marshal(sum.Course)
		if one == "" {
			one = string(text)
		}
		if string(text) != one {
			t.Errorf("%d shards: another course than of one shard", shards)
		}
	}
	if len(one) > 400_000 {
		t.Errorf("%d bytes of JSON; want far less than all samples", len(one))
	}
}

func throughJSON(t *testing.T, s *Summary) *Summary {
	t.Helper()
	text, err := json.Marshal(s)
	back := new(Summary)
	if err == nil {
		err = json.Unmarshal(text, back)
	}
	if err != nil {
		t.Fatal(err)
	}
	return back
}

func TestPhaseNames(t *testing.T) {
	for p := range Phase(NumPhases) {
		text, _ := p.MarshalText()
		var back Phase
		if err := back.UnmarshalText(text); err != nil || back != p {
			t.Errorf("%s came back as %s, %v", p, back, err)
		}
	}
	if err := new(Phase).UnmarshalText([]byte("bored")); fmt.Sprint(err) != `phase of a visit "bored" is not known: use starting, playing, stalled, seeking, paused, asleep, ended, dead` {
		t.Errorf("error %v", err)
	}
}

// A refusal is told by the kind of its request, and an API's own no is none.
func TestBucketRefusals(t *testing.T) {
	shard := NewShard(courseStart)
	v := shard.Viewer(1, Labels{})
	for k := range Kind(NumKinds) {
		v.Emit(Fetch{Kind: k, Start: courseStart, Status: 403, Failure: StatusFailure})
	}
	b := shard.Summary().Timeline.Buckets[0]
	if b.Refused != int64(NumKinds)-1 || b.RefusedManifests != 1 || b.RefusedPlaylists != 1 || b.RefusedInits != 1 || b.RefusedSegments != 1 || b.RefusedKeys != 1 {
		t.Errorf("bucket %+v; want one of each kind, and all but that of the token API", b)
	}
}
