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
				ends = append(ends, x.first, x.done)
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

// Of answers that come at one instant the first is that of the request sent first, also
// where its first byte was foreseen and somebody came between.
func TestForeseenKeepsItsTurn(t *testing.T) {
	for _, between := range []time.Duration{0, time.Second} {
		b := newBench(t, simple(50*ms), 1)
		var order []int
		for i := range 2 {
			b.ask("edge", Reply{Bytes: 25, Delay: 3 * time.Second}, func() { order = append(order, i) })
		}
		if between > 0 {
			b.tab.After(between, func() { b.get("edge", 1000) })
		}
		b.run(time.Minute)
		if !slices.Equal(order, []int{0, 1}) {
			t.Errorf("ends in order %v with another transfer after %s; want 0 1", order, between)
		}
	}
}

// A foreseen answer that is given up before its first byte, or after, was so like any
// other: the connection is closed, nobody is told, and the next one has the link.
func TestForeseenGivenUp(t *testing.T) {
	for _, at := range []time.Duration{500 * ms, 1200 * ms} { // the first byte comes after 1.1 s
		b := newBench(t, simple(50*ms), 1)
		x := b.ask("edge", Reply{Bytes: 1_000_000, Delay: time.Second}, nil)
		b.run(at)
		if begun := at > time.Second; x.Begun() != begun || x.FirstByte().IsZero() == begun || x.Loaded() > 0 != begun {
			t.Errorf("after %s: begun %v, first byte %v, %d bytes; want begun %v", at, x.Begun(), x.FirstByte(), x.Loaded(), begun)
		}
		x.Cancel()
		y := b.get("edge", 1000)
		b.run(time.Minute)
		if x.ends != 0 || x.Busy() || y.ends != 1 || len(b.model.active) != 0 || b.model.hosts[0].open != 1 {
			t.Errorf("given up after %s: told %d times, busy %v; the next ended %d times, %d active, %d open", at, x.ends, x.Busy(), y.ends, len(b.model.active), b.model.hosts[0].open)
		}
	}
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
		m, alone := play(func(m *Model, e *Exchange) { m.follow(e, never-1) })
		n, among := play(func(m *Model, _ *Exchange) { m.foreseeAll() })
		if alone != among || m.settled != n.settled || m.next != n.next {
			rt.Fatalf("at %d, next %d: %+v; among others at %d, next %d: %+v", m.settled, m.next, alone, n.settled, n.next, among)
		}
	})
}
