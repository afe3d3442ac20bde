package netem

// rung is a round of slow start, as it begins.
type rung struct {
	took   instant // since the first byte
	got    float64
	window float64
	full   bool
}

// newClimb is slow start on a link whose rate never changes, of a transfer that has it to
// itself and whose sender knows nothing of the path: it is the same each time. None where
// there is no such link, or no slow start.
func newClimb(p *Profile, l *link) (c []rung) {
	if l.cycle > 0 {
		return nil
	}
	var f flow
	f.begin(0, p, true)
	for t, got := instant(0), 0.0; f.window > 0 && f.credit == f.window; {
		c = append(c, rung{t, got, f.window, f.full})
		next := t.after(f.credit, l.rate)
		came := l.rate * seconds(next-t)
		t, got = next, got+came
		if f.use(came, t, p); f.blocked {
			t = f.ends
			f.unblock(t, p)
		}
	}
	return c
}

// climb takes e, which is alone, up to the round that is under way at limit, or in which
// it gets to its goal, and tells how far it has come then. Who did not begin just now
// stays where he is.
func (m *Model) climb(e *Exchange, goal float64, limit instant) (t instant, got float64) {
	f, t, got := &e.conn.flow, m.settled, e.got
	if len(m.rungs) == 0 || got > 0 || f.credit != initialWindow || f.full || f.ends != t+instant(m.profile.RTT) || e.pace > 0 && e.pace < m.link.rate {
		return t, got
	}
	next, most, within := 1, goal-1, limit-t // nearer to its goal than a byte it looks where it is
	for next < len(m.rungs) && m.rungs[next].got < most && m.rungs[next].took <= within {
		next++
	}
	r := &m.rungs[next-1]
	t += r.took
	f.window, f.full = r.window, r.full
	f.nextRound(t, &m.profile)
	return t, r.got
}
