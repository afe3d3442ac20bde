package netem

import (
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// Looking ahead is never seen: transfers end at the same instants whether or not
// somebody asks again and again how far they are, which undoes what was foreseen; and
// who asks seldom is told what one who asks often is told.
func TestAskingChangesNothing(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		p, seed := anyProfile(rt), rapid.Uint64().Draw(rt, "seed")
		sizes := rapid.SliceOfN(rapid.Int64Range(1, 1_000_000), 1, 4).Draw(rt, "sizes")
		gap := time.Duration(rapid.IntRange(0, 3000).Draw(rt, "gap ms")) * ms
		every := time.Duration(rapid.IntRange(1, 200).Draw(rt, "asked every ms")) * ms
		play := func(asks int) (ends []time.Time, told []int64) {
			b := newBench(t, p, seed)
			var all []*transfer
			for i, size := range sizes {
				b.tab.After(time.Duration(i)*gap, func() { all = append(all, b.get("edge", size)) })
			}
			for i := range asks {
				b.tab.After(time.Duration((i+1)*40/asks)*every+1, func() {
					for _, x := range all {
						told = append(told, x.Loaded())
					}
				})
			}
			b.run(24 * time.Hour)
			for _, x := range all {
				ends = append(ends, x.done)
			}
			return ends, told
		}
		never, _ := play(0)
		seldom, once := play(1)
		often, told := play(40)
		if !slices.Equal(never, seldom) || !slices.Equal(never, often) {
			rt.Fatalf("ends %v; asked once %v; asked often %v: want the same", never, seldom, often)
		}
		if n := len(once); !slices.Equal(once, told[len(told)-n:]) {
			rt.Fatalf("told %v at the end; asked often before, %v", once, told[len(told)-n:])
		}
	})
}

// What is foreseen of a transfer that is alone is, to the last bit, what is foreseen of
// it among others: the same sums in fewer steps.
func TestForeseenAloneIsForeseen(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		p, seed := anyProfile(rt), rapid.Uint64().Draw(rt, "seed")
		size, pace := rapid.Int64Range(1, 10_000_000).Draw(rt, "size"), rapid.SampledFrom([]float64{0, 0, 20_000, 1e6}).Draw(rt, "pace")
		at := instant(rapid.Int64Range(0, int64(time.Minute)).Draw(rt, "at"))
		old := rapid.Bool().Draw(rt, "old connection")
		type outcome struct {
			got, rate float64
			flow      flow
		}
		play := func(foresee func(*Model, *Exchange)) (*Model, outcome) {
			m := newBench(t, p, seed).model
			e := &Exchange{m: m, size: float64(size), pace: pace, conn: &conn{rng: m.luck.of(1, 1), old: old}}
			m.settled, m.active = at, []*Exchange{e}
			e.conn.flow.begin(at, &m.profile, !old)
			for m.next = at; m.next < never && !m.due() && m.settled < at+instant(time.Hour); {
				foresee(m, e)
			}
			return m, outcome{e.got, e.rate, e.conn.flow}
		}
		m, alone := play((*Model).foreseeAlone)
		n, among := play(func(m *Model, _ *Exchange) { m.foreseeAll() })
		if alone != among || m.settled != n.settled || m.next != n.next {
			rt.Fatalf("at %d, next %d: %+v; among others at %d, next %d: %+v", m.settled, m.next, alone, n.settled, n.next, among)
		}
	})
}
