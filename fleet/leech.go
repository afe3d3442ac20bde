package fleet

import (
	"cmp"
	"fmt"
	"slices"
	"time"

	"soak/player"
	"soak/qoe"
	"soak/scenarios"
	"soak/token"
)

// link is a URL on its way from the viewer who uses it to one who copies it.
//
// Viewers live on loops of their own, which in virtual time run ahead of each
// other. So the viewer copied from puts down what there is to copy when it is time,
// and the leech, whose arrival waits until everybody has passed that instant, takes
// it up:
//
//	victim's loop   ──manifest──manifest──┤at: url, address├──manifest──
//	leech's loop                                  │at + 1 ns ├─opens url──
type link struct {
	of    int           // viewer copied from; -1: nobody was there
	at    time.Duration // scenario time
	taken chan struct{} // closed when what follows stands; runs over sockets wait for it
	url   string        // empty: there was nothing to copy
	from  place
}

// share gives every leech its time, and a viewer of the cohort to copy from who has
// come by then.
func share(sc *scenarios.Scenario, seats []seat) {
	leeches, members := sorted(seats)
	for _, i := range leeches {
		s := &seats[i]
		rng := stream(sc.Seed, s.id, leechStream)
		s.arrival = s.cohort.Leech.At.Draw(rng)
		s.copies = &link{of: -1, at: s.arrival, taken: make(chan struct{})}
		of := members[s.cohort.Leech.Of]
		come, _ := slices.BinarySearchFunc(of, s.arrival, func(k int, at time.Duration) int { return cmp.Compare(seats[k].arrival, at) })
		if come == 0 {
			close(s.copies.taken)
			continue
		}
		victim := &seats[of[rng.IntN(come)]]
		s.copies.of = victim.id
		victim.lends = append(victim.lends, s.copies)
	}
}

// sorted lists the leeches, and everybody else by cohort, both in order of arrival.
func sorted(seats []seat) (leeches []int, members map[string][]int) {
	members = make(map[string][]int)
	for i := range seats {
		if c := seats[i].cohort; c.Leech != nil {
			leeches = append(leeches, i)
		} else {
			members[c.Name] = append(members[c.Name], i)
		}
	}
	return leeches, members
}

// lend arms the moments at which others copy what this viewer's player asks for.
func (v *viewer) lend() {
	for _, l := range v.lends {
		v.clock.After(v.begin.Add(l.at).Sub(v.clock.Now()), func() {
			if !v.left {
				l.url, l.from = v.shown, v.at
			}
			close(l.taken)
		})
	}
}

// show keeps the URL that stands in the network tab now.
func (v *viewer) show(f *fetch) {
	switch {
	case len(v.lends) == 0:
	case f.req.Kind == qoe.Manifest, f.req.Kind == qoe.Playlist && f.req.Media != qoe.Audio && f.req.Media != qoe.Text:
		v.shown = f.url.String()
	}
}

// How long a leech who opens the link again looks at a picture that stands still.
const (
	lookEvery = 5 * time.Second
	looks     = 2 // after the first that found it so
)

// leech is a viewer who plays a link copied from another one.
type leech struct {
	v       *viewer
	link    *link
	worth   qoe.Copy
	account qoe.Leave // of all openings
	granted int       // requests since it was opened last
	stood   int       // looks that found no moving picture
	started bool
}

// playCopied begins a leech's session.
func (v *viewer) playCopied() {
	l := &leech{v: v, link: v.copies}
	v.leech = l
	now := v.clock.Now()
	v.wished = now
	if l.link.url == "" {
		v.emit(qoe.Note{At: now, Text: "no link to copy: " + l.missing()})
		return
	}
	v.goOn(l.place())
	grant, _ := token.PathScheme{}.Find(token.Request{URL: l.link.url})
	l.worth = qoe.Copy{At: now}
	if !grant.IsZero() { // some tokens have no form that anybody knows
		l.worth.Life = grant.Life(now)
	}
	l.open()
	if v.cohort.Leech.Refetch {
		v.clock.After(lookEvery, l.look)
	}
}

func (l *leech) missing() string {
	if l.link.of < 0 {
		return fmt.Sprintf("nobody of %s had come", l.v.cohort.Leech.Of)
	}
	return "the viewer had asked for no manifest, or had left"
}

// place is where the link is used.
func (l *leech) place() place {
	p := place{edge: ownAddress(l.v.id, 0)}
	switch l.v.cohort.Leech.From {
	case scenarios.FromSame:
		p.edge = l.link.from.edge
	case scenarios.FromForged:
		p.edgeForwarded = firstOf(l.link.from.edgeForwarded, l.link.from.edge)
	}
	p.api = p.edge
	return p
}

func (l *leech) open() {
	l.worth.Opened++
	l.granted, l.stood = 0, 0
	l.v.load(l.link.url)
}

// look opens the link again when nothing moves any more, unless the last opening
// brought nothing at all: then the link is dead.
func (l *leech) look() {
	v := l.v
	if v.left || v.player == nil {
		return
	}
	switch v.player.Phase() {
	case player.Dead:
		l.stood = looks + 1
	case player.Loading, player.Stalled:
		l.stood++
	case player.Ended:
		return
	default:
		l.stood = 0
	}
	if l.stood > looks {
		if l.granted == 0 {
			return
		}
		v.player.Stop()
		v.wished = v.clock.Now()
		l.open()
	}
	v.clock.After(lookEvery, l.look)
}

// sees counts what the link still brings. Clocks are open to anybody.
func (l *leech) sees(f *qoe.Fetch) {
	if f.Kind == qoe.Timing || f.Status/100 != 2 && (f.Status != 0 || f.Bytes == 0) {
		return
	}
	l.granted++
	l.worth.Bytes += f.Bytes
	l.worth.Worked = max(l.worth.Worked, f.Start.Sub(l.worth.At))
}

// lived is a sample of the player as it counts for the leech: one account, and one
// start, however often the link was opened. Nil: not to be told.
func (l *leech) lived(s qoe.Sample) qoe.Sample {
	switch s := s.(type) {
	case qoe.Startup:
		if l.started {
			return nil
		}
		l.started = true
	case qoe.Leave:
		l.account = together(l.account, s)
		if !l.v.left {
			return nil
		}
		if l.worth.Opened > 0 {
			l.worth.Played = l.account.Played
			l.v.emit(l.worth)
		}
		return l.account
	}
	return s
}
