package netem

import (
	"testing"
	"time"

	"pgregory.net/rapid"
)

// What a lone transfer has come to at any moment is, to the last bit, what round after
// round comes to by then.
func TestFollowedToAMoment(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		p, seed := anyProfile(rt), rapid.Uint64().Draw(rt, "seed")
		p.Loss = 0
		size, old := rapid.Int64Range(1, 10_000_000).Draw(rt, "size"), rapid.Bool().Draw(rt, "old connection")
		at := instant(rapid.Int64Range(0, int64(time.Minute)).Draw(rt, "at"))
		limit := at + instant(rapid.Int64Range(-10, int64(20*time.Second)).Draw(rt, "until"))
		m, e := lone(newBench(t, p, seed), size, at, old)
		n, want := lone(newBench(t, p, seed), size, at, old)
		rounds := 0
		for n.divide(); n.next <= limit && !n.due(); n.divide() {
			n.settle(n.next)
			rounds++
		}
		if rounds >= foresight { // nobody looks as far
			return
		}
		if m.follow(e, limit); n.due() {
			want.rate = e.rate // which means nothing any more
			n.next = m.next
		}
		if e.got != want.got || e.rate != want.rate || e.conn.flow != want.conn.flow || m.settled != n.settled || m.next != n.next {
			rt.Fatalf("at %d, next %d: %v, %v/s, %+v; round after round at %d, next %d: %v, %v/s, %+v",
				m.settled, m.next, e.got, e.rate, e.conn.flow, n.settled, n.next, want.got, want.rate, want.conn.flow)
		}
	})
}

// lone is a transfer that begins at an instant and has the link to itself.
func lone(b *bench, size int64, at instant, old bool) (*Model, *Exchange) {
	m := b.model
	e := &Exchange{m: m, size: float64(size), conn: &conn{old: old}}
	m.settled, m.active = at, []*Exchange{e}
	e.conn.flow.begin(at, &m.profile, !old)
	return m, e
}

func TestWhoClimbs(t *testing.T) {
	for _, row := range []struct {
		change func(*Model, *Exchange)
		climbs bool
		why    string
	}{
		{func(*Model, *Exchange) {}, true, "begins now, alone, from the first window"},
		{func(_ *Model, e *Exchange) { e.got = 1 }, false, "is under way"},
		{func(m *Model, _ *Exchange) { m.settled++ }, false, "began a moment ago"},
		{func(_ *Model, e *Exchange) { e.conn.flow.window, e.conn.flow.credit = wide, wide }, false, "knows the path"},
		{func(_ *Model, e *Exchange) { e.conn.flow.full = true }, false, "has filled the link"},
		{func(_ *Model, e *Exchange) { e.conn.flow.credit-- }, false, "has used some of its window"},
		{func(_ *Model, e *Exchange) { e.pace = 1000 }, false, "is sent slower than the link is"},
		{func(m *Model, e *Exchange) { e.pace = m.link.rate }, true, "is sent as fast as the link is"},
		{func(_ *Model, e *Exchange) { e.size = 100 }, false, "is through within the first round"},
	} {
		m, e := lone(newBench(t, simple(50*ms), 1), 1_000_000, 0, false)
		row.change(m, e)
		began := m.settled
		if at, _ := m.climb(e, e.goal(), never-1); at > began != row.climbs {
			t.Errorf("one that %s climbs for %d ns; want more than 0: %t", row.why, at-began, row.climbs)
		}
	}
}
