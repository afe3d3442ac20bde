package qoe

import (
	"testing"
	"time"
)

func TestWhatViewersNotice(t *testing.T) {
	start := time.Unix(1_800_000_000, 0)
	for _, c := range []struct {
		why     string
		samples []Sample
		noticed float64
		stalled float64
	}{
		{"a picture that stands for 0.2 ms is seen by nobody, but counted", []Sample{Stall{At: start, Took: 200 * time.Microsecond}}, 0, 1},
		{"a tenth of a second passes for a slow cut", []Sample{Stall{At: start, Took: NoticeableStall}}, 0, 1},
		{"half a second does not", []Sample{Stall{At: start, Took: 500 * time.Millisecond}}, 1, 1},
		{"one viewer notices once, however often it stalls", []Sample{Stall{At: start, Took: time.Second}, Stall{At: start, Took: time.Second}}, 1, 1},
		{"a hole bridged in passing", []Sample{Skip{At: start, Amount: NoticeableSkip}}, 0, 0},
		{"two seconds of content lost without a stall", []Sample{Skip{At: start, Amount: 2 * time.Second}}, 1, 0},
		{"a jump of the viewer's own takes its time", []Sample{Seek{At: start, Took: 5 * time.Second}}, 0, 0},
		{"a jump that never comes to a picture", []Sample{Seek{At: start, Took: 5 * time.Second, Open: true}}, 1, 0},
		{"a jump on the way to another one", []Sample{Seek{At: start, Took: time.Second, Open: true}}, 0, 0},
	} {
		shard := NewShard(start)
		v := shard.Viewer(0, Labels{})
		v.Emit(Startup{At: start, Took: time.Second})
		for _, s := range c.samples {
			v.Emit(s)
		}
		m := shard.Summary().Metrics()
		if m["noticed_viewers"] != c.noticed || m["stalled_viewers"] != c.stalled {
			t.Errorf("%s: noticed %v, stalled %v; want %v and %v", c.why, m["noticed_viewers"], m["stalled_viewers"], c.noticed, c.stalled)
		}
	}
}
