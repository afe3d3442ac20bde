package fleet

import (
	"encoding/json"
	"reflect"
	"runtime"
	"testing"
	"time"

	"soak/lab"
	"soak/qoe"
	"soak/scenarios"
)

// surveyed is a short run whose token API is out for a while.
func surveyed(viewers int) scenarios.Scenario {
	sc := short(viewers, 3*time.Minute)
	sc.Token.TTL, sc.Token.Lead = 30*time.Second, 5*time.Second
	sc.Target.Lab = &lab.Config{API: lab.API{Outages: []lab.Outage{{From: 40 * time.Second, To: 120 * time.Second, Status: 503}}}}
	return sc
}

// Asking viewers how they stand and letting them keep diaries changes nothing else, and
// is the same to the byte however many processors there are.
func TestSurveyChangesNothing(t *testing.T) {
	sc := surveyed(60)
	plain := compute(t, sc).Summary
	var first []byte
	for _, cores := range []int{1, 4} {
		defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(cores))
		r, err := Run(t.Context(), sc, Options{Virtual: true, Standings: true, Diaries: true, Causes: true})
		if err != nil {
			t.Fatal(err)
		}
		text, err := json.Marshal(r.Summary)
		if err != nil {
			t.Fatal(err)
		}
		if first == nil {
			first = text
		}
		if string(text) != string(first) {
			t.Errorf("%d processors: another summary", cores)
		}
		checkCourse(t, r.Summary)
		checkDiaries(t, r.Summary)
		bare(r.Summary)
		bare(plain)
		if !reflect.DeepEqual(r.Summary.Metrics(), withCauses(r.Summary, plain).Metrics()) {
			t.Error("the survey changed what viewers lived through")
		}
	}
}

// bare takes away what a survey adds.
func bare(s *qoe.Summary) {
	s.Course, s.Ordinary = qoe.Course{}, nil
	for i := range s.Worst {
		s.Worst[i].Diary = nil
	}
}

// withCauses is plain, judged as s is.
func withCauses(s, plain *qoe.Summary) *qoe.Summary {
	plain.Total.Causes = s.Total.Causes
	return plain
}

// checkCourse wants each viewer once in each slot, and what an outage looks like.
func checkCourse(t *testing.T, s *qoe.Summary) {
	t.Helper()
	c := &s.Course
	if c.Seconds != 1 || len(c.Slots) < 180 {
		t.Fatalf("%d slots of %d s; want 180 of one", len(c.Slots), c.Seconds)
	}
	frozen := int64(0)
	for i := 30; i < 175; i++ {
		slot := &c.Slots[i]
		if slot.Asked() != 60 {
			t.Fatalf("slot %d: %d viewers asked; want 60, each once", i, slot.Asked())
		}
		frozen += slot.Stalled + slot.Dead
	}
	calm := &c.Slots[38]
	if calm.Playing != 60 || calm.Buffer.Quantile(0.5) < 2000 || calm.BitRate.Count() != 60 || calm.Latency.Quantile(0.5) < 2000 {
		t.Errorf("before the outage %d of 60 play, median buffer %d ms, latency %d ms", calm.Playing, calm.Buffer.Quantile(0.5), calm.Latency.Quantile(0.5))
	}
	if frozen == 0 {
		t.Error("nobody's picture stands in an outage of 80 s")
	}
}

func checkDiaries(t *testing.T, s *qoe.Summary) {
	t.Helper()
	for i := range s.Worst[:min(len(s.Worst), qoe.MaxDiaries)] {
		w := &s.Worst[i]
		if w.Diary == nil {
			t.Fatalf("viewer %d, number %d of the worst, has no diary", w.Viewer, i)
		}
		failed, objects := 0, 0
		for _, e := range w.Diary.Entries {
			if e.Failure != "" {
				failed++
			}
			if e.Exchange() && e.What != "refresh" && e.Name != "" {
				objects++
			}
		}
		if failed == 0 || objects == 0 {
			t.Errorf("viewer %d lost %d µs; of %d entries %d failed, %d name an object", w.Viewer, w.Lost, len(w.Diary.Entries), failed, objects)
		}
	}
	if len(s.Worst) == 0 {
		t.Error("nobody lost anything")
	}
}

// Of a large audience a fair part is asked, the same whatever the order.
func TestAskedOf(t *testing.T) {
	for _, audience := range []int{1, 1000, 1001, 20_000, 1_000_000} {
		asked, early := 0, 0
		for id := range audience {
			if askedOf(id, audience) {
				asked++
				if id < audience/2 {
					early++
				}
			}
		}
		want := min(audience, askedViewers)
		if asked < want*9/10 || asked > want*11/10 || audience > 1 && (early < want*4/10 || early > want*6/10) {
			t.Errorf("of %d viewers %d are asked, %d of them of the first half; want about %d, half of them", audience, asked, early, want)
		}
	}
}

// In real time viewers are asked as well, and their diaries name what they asked for.
func TestSurveyInRealTime(t *testing.T) {
	sc := short(6, 4*time.Second)
	r, err := Run(t.Context(), sc, Options{Standings: true, Diaries: true})
	if err != nil {
		t.Fatal(err)
	}
	asked := int64(0)
	for i := range r.Summary.Course.Slots {
		asked += r.Summary.Course.Slots[i].Asked()
	}
	if asked == 0 || len(r.Summary.Ordinary)+len(r.Summary.Worst) == 0 {
		t.Errorf("asked %d times, %d diaries; want some", asked, len(r.Summary.Ordinary))
	}
	if h := r.Health; h.Every != time.Second || len(h.Course) < 4 || len(h.Course) > 8 {
		t.Errorf("%d slices of the generator's health, each %v; want one a second", len(h.Course), h.Every)
	}
	for _, s := range r.Health.Course {
		if s.CPU < 0 || s.LatenessP99 > s.LatenessMax {
			t.Errorf("strain %+v", s)
		}
	}
	for _, o := range r.Summary.Ordinary {
		if len(o.Diary.Entries) < 4 {
			t.Errorf("viewer %d wrote %d lines", o.Viewer, len(o.Diary.Entries))
		}
	}
}
