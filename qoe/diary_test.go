package qoe

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf8"
	"unsafe"
)

// diarist is a viewer with a diary; request and refused write a line a second.
type diarist struct {
	*Viewer
	shard *Shard
	now   time.Time
	n     int
}

func newDiarist(id int) *diarist {
	d := &diarist{shard: NewShard(courseStart), now: courseStart}
	d.Viewer = d.shard.Viewer(id, Labels{Cohort: "some"})
	d.KeepDiary()
	return d
}

func (d *diarist) requests(n, status int) {
	for range n {
		f := Fetch{Kind: Segment, Start: d.now, Took: 200 * time.Millisecond, Status: status, Object: fmt.Sprintf("v/%d.m4s", d.n), Buffer: 3 * time.Second}
		if status >= 400 {
			f.Failure = StatusFailure
		}
		d.Fetched(&f)
		d.now, d.n = d.now.Add(time.Second), d.n+1
	}
}

func (d *diarist) stall(took time.Duration) {
	d.Emit(Stall{At: d.now.Add(-took), Took: took})
}

// leave closes the visit; the diary is of the worst, or of an ordinary viewer.
func (d *diarist) leave(t *testing.T) *Diary {
	t.Helper()
	d.Emit(Startup{At: courseStart, Took: time.Second})
	d.Emit(Leave{At: d.now, Watched: d.now.Sub(courseStart)})
	s := d.shard.Summary()
	if len(s.Worst)+len(s.Ordinary) != 1 {
		t.Fatalf("%d on the list of the worst, %d of the ordinary; want the one viewer", len(s.Worst), len(s.Ordinary))
	}
	if len(s.Worst) == 1 {
		return s.Worst[0].Diary
	}
	return s.Ordinary[0].Diary
}

func TestDiaryKeepsTheWorst(t *testing.T) {
	for _, row := range []struct {
		live     func(d *diarist)
		from, to int64
		why      string
	}{
		{func(d *diarist) { d.requests(300, 200) }, 229, 299, "nothing went wrong: the end"},
		{func(d *diarist) { d.requests(100, 200); d.requests(1, 403); d.requests(200, 200) }, 69, 140, "run-up and aftermath of a refusal"},
		{func(d *diarist) { d.requests(10, 200); d.requests(1, 403); d.requests(3, 200) }, 0, 13, "a visit shorter than the ring, over before its aftermath"},
		{func(d *diarist) { d.requests(100, 200); d.requests(200, 403) }, 69, 140, "of a trouble without end, how it began"},
		{func(d *diarist) {
			d.requests(100, 200)
			d.requests(1, 403)
			d.requests(100, 200)
			d.requests(3, 403)
			d.requests(100, 200)
		}, 172, 243, "what is far worse replaces what was kept"},
		{func(d *diarist) {
			d.requests(100, 200)
			d.requests(2, 403)
			d.requests(100, 200)
			d.requests(3, 403)
			d.requests(100, 200)
		}, 69, 140, "what is a little worse does not"},
		{func(d *diarist) {
			d.requests(100, 200)
			d.requests(1, 403)
			d.requests(60, 200)
			d.stall(50 * time.Second) // began at 111
			d.requests(100, 200)
		}, 69, 140, "a long stall is told of when it ends, and belongs to where it began"},
	} {
		d := newDiarist(1)
		row.live(d)
		diary := d.leave(t)
		entries := slices.DeleteFunc(diary.Entries, func(e Entry) bool { return e.What == "startup" }) // is told last here
		from, to := entries[0].At/1000, entries[len(entries)-1].At/1000
		if from != row.from && from != row.from+1 || to != row.to || len(entries) > ringSize+lateMarks {
			t.Errorf("%d entries from %d s to %d s; want %d to %d: %s", len(entries), from, to, row.from, row.to, row.why)
		}
	}
}

// An entry says of each sample what a reader wants to know.
func TestDiaryEntries(t *testing.T) {
	at := courseStart.Add(2 * time.Second)
	for _, row := range []struct {
		sample Sample
		want   string
		why    string
	}{
		{Fetch{Kind: Playlist, Media: Audio, Start: at, TTFB: 20 * time.Millisecond, Took: 30 * time.Millisecond, Bytes: 812, Status: 410, Failure: StatusFailure, Attempt: 2,
			Margin: -1500 * time.Millisecond, Signed: true, Object: "a/index.m3u8", Buffer: 4 * time.Second},
			`{"at":2000,"took":30,"what":"playlist","media":"audio","name":"a/index.m3u8","first":20,"status":410,"failure":"status","attempt":2,"bytes":812,"signed":true,"margin":-1500,"buffer":4000}`, "a request"},
		{Fetch{Kind: Segment, Start: at, Failure: CancelFailure, Buffer: -1, Object: "live/with/a/very/long/path/é/1234567890.m4s"},
			`{"at":2000,"what":"segment","name":"h/é/1234567890.m4s","failure":"cancelled","buffer":-1}`, "of a long name the end, whole letters; the buffer is not known"},
		{Refresh{Start: at, Took: time.Second, Call: 3, Status: 200, Reason: AfterRefusal, Life: time.Minute, Installed: true},
			`{"at":2000,"took":1000,"what":"refresh","name":"after-refusal","status":200,"attempt":3,"signed":true,"margin":60000}`, "a refresh"},
		{Stall{At: at, Took: time.Second}, `{"at":2000,"took":1000,"what":"stall"}`, "a stall"},
		{Skip{At: at, Amount: time.Second, Why: "gap"}, `{"at":2000,"took":1000,"what":"skip","name":"gap"}`, "a skip"},
		{Seek{At: at, By: -time.Minute, Took: time.Second}, `{"at":2000,"took":1000,"what":"seek","margin":-60000}`, "a seek"},
		{Switch{At: at, Media: Video, From: 400_000, To: 3_000_000}, `{"at":2000,"what":"switch","media":"video","from":400,"to":3000}`, "a switch"},
		{Fatal{At: at, Why: "fragLoadError: 403 after 7 tries"}, `{"at":2000,"what":"fatal","name":"fragLoadError: 403 after"}`, "the end, whose whole reason stands elsewhere"},
	} {
		r := recorder{start: courseStart}
		r.sample(row.sample)
		r.sample(Note{At: at, Text: "no entry"})
		d := r.seal()
		text, err := json.Marshal(d.Entries)
		want := "[" + strings.ReplaceAll(row.want, "h/é/", tail("live/with/a/very/long/path/é/1234567890.m4s")) + "]"
		if err != nil || d.Written != 1 || string(text) != want {
			t.Errorf("%T: %s; want %s: %s", row.sample, text, want, row.why)
		}
	}
	if size := unsafe.Sizeof(recorder{}); size > 4200 {
		t.Errorf("a diary takes %d bytes; want 4 kB", size)
	}
}

// tail is what of a long name is kept before its last part.
func tail(name string) string {
	kept := name[len(name)-nameSize:]
	for !utf8.RuneStart(kept[0]) {
		kept = kept[1:]
	}
	return strings.TrimSuffix(kept, "1234567890.m4s")
}

// Whose diaries are kept does not depend on how viewers were sharded, nor on the order
// in which they leave.
func TestDiariesMerge(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 4))
	var one string
	for _, shards := range []int{1, 5, 16} {
		all := make([]*Shard, shards)
		for i := range all {
			all[i] = NewShard(courseStart)
		}
		for _, id := range rng.Perm(300) {
			d := &diarist{shard: all[id%shards], now: courseStart}
			d.Viewer = d.shard.Viewer(id, Labels{Cohort: "some"})
			d.KeepDiary()
			d.requests(5, 200)
			if id%3 == 0 {
				d.stall(time.Duration(id+1) * 10 * time.Millisecond)
			}
			d.Emit(Startup{At: courseStart})
			d.Emit(Leave{At: d.now})
		}
		sum := new(Summary)
		for _, i := range rng.Perm(shards) {
			sum.Merge(throughJSON(t, all[i].Summary()))
		}
		with := 0
		for i := range sum.Worst {
			if sum.Worst[i].Diary != nil {
				with++
			}
		}
		if with != MaxDiaries || len(sum.Ordinary) != MaxOrdinary {
			t.Errorf("%d shards: %d diaries of the worst, %d of others; want %d and %d", shards, with, len(sum.Ordinary), MaxDiaries, MaxOrdinary)
		}
		text, _ := json.Marshal([]any{sum.Worst, sum.Ordinary})
		if one == "" {
			one = string(text)
		}
		if string(text) != one {
			t.Errorf("%d shards: other diaries than of one", shards)
		}
	}
}

// Who keeps no diary leaves none, and a leech never keeps one.
func TestNoDiary(t *testing.T) {
	shard := NewShard(courseStart)
	leech := shard.Viewer(1, Labels{Leech: true})
	leech.KeepDiary()
	plain := shard.Viewer(2, Labels{})
	for _, v := range []*Viewer{leech, plain} {
		v.Emit(Fatal{At: courseStart, Why: "why"})
		v.Emit(Leave{At: courseStart})
	}
	if s := shard.Summary(); leech.KeepsDiary() || len(s.Ordinary) != 0 || len(s.Worst) != 1 || s.Worst[0].Diary != nil {
		t.Errorf("worst %+v, ordinary %+v; want one viewer without a diary", s.Worst, s.Ordinary)
	}
}
