package player

import (
	"testing"
	"time"

	"pgregory.net/rapid"
)

// What the tracker says of fragments is what one says that forgets nothing, but for
// what lies more than a minute behind the playhead.
func TestFragTrackerRemembers(t *testing.T) {
	type key struct {
		list int
		sn   int64
	}
	const long = 2 * time.Second
	rapid.Check(t, func(t *rapid.T) {
		var tracker fragTracker
		want := map[key]fragState{}
		for step := range rapid.IntRange(1, 200).Draw(t, "steps") {
			list := rapid.IntRange(0, 2).Draw(t, "list")
			sn := int64(step + rapid.IntRange(-4, 1).Draw(t, "behind"))
			if rapid.IntRange(0, 9).Draw(t, "forget") == 0 {
				tracker.forget(list, sn)
				delete(want, key{list, sn})
			} else {
				state := fragState(rapid.IntRange(1, int(gapped)).Draw(t, "state"))
				f := hlsFrag{list: list, sn: sn, start: time.Duration(sn) * long, end: time.Duration(sn+1) * long}
				tracker.set(&f, state, time.Duration(step)*long)
				want[key{list, sn}] = state
			}
			for k, state := range want {
				got, old := tracker.state(k.list, k.sn), time.Duration(k.sn+1)*long < time.Duration(step)*long-trackedBack
				if got != state && !(old && got == notLoaded) {
					t.Fatalf("step %d: fragment %d of list %d is %d; want %d", step, k.sn, k.list, got, state)
				}
			}
			if got := tracker.state(list, sn+100); got != notLoaded {
				t.Fatalf("a fragment to come is %d", got)
			}
		}
		if n := tracker.records.len(); n > 3*(30+5)+trackedOld+1 {
			t.Fatalf("%d records; want those of a minute, and some", n)
		}
	})
}
