package causes

import (
	"time"

	"soak/qoe"
)

// kind is what a viewer suffered. Stalls and waits are both time without a picture.
type kind uint8

const (
	stall kind = iota
	wait       // for the first picture, that of another stream, or one sought
	skip
	death
)

// moment is an instant in nanoseconds of Unix time, with which spans are reckoned as with
// any others: thousands of viewers have dozens of them each, so they have to be short.
type moment = time.Duration

func momentOf(at time.Time) moment { return moment(at.UnixNano()) }

// trouble is one thing that a viewer suffered.
type trouble struct {
	from, to moment        // without a picture; one instant for skips and deaths
	amount   time.Duration // to be explained: without a picture, or media time skipped
	token    time.Duration // of a wait besides: for the first token
	kind     kind
	request  qoe.Kind // that a death was for
	noticed  bool
	late     bool // a wait worth telling
	judged   bool // long ago: a death, due to cause
	cause    qoe.Cause
}

// matters tells whether the trouble is one, or a wait that was short enough.
func (t *trouble) matters() bool { return t.kind != wait || t.late }

// Account is what a viewer suffered. The zero Account is ready for samples; one
// made by [Watching] keeps what [Account.Judge] needs besides.
type Account struct {
	troubles []trouble
	first    firstToken
	waited   time.Duration // for pictures that came
	started  bool
	suffered bool // of what was forgotten
	clues    *clues
}

// Watching is an account that can be judged.
func Watching() *Account { return &Account{clues: new(clues)} }

// Add takes a sample of the viewer's.
func (a *Account) Add(sample qoe.Sample) {
	switch s := sample.(type) {
	case qoe.Fetch:
		a.Fetched(&s)
	case qoe.Refresh:
		a.first.called(&s)
	case qoe.Stall:
		at := momentOf(s.At)
		a.add(trouble{kind: stall, from: at, to: at + s.Took, amount: s.Took, noticed: s.Took > qoe.NoticeableStall})
	case qoe.Skip:
		at := momentOf(s.At)
		a.add(trouble{kind: skip, from: at, to: at, amount: s.Amount, noticed: s.Amount > qoe.NoticeableSkip})
	case qoe.Fatal:
		at := momentOf(s.At)
		a.add(trouble{kind: death, from: at, to: at, amount: 1, request: s.Kind, noticed: true})
		if s.Kind == qoe.Token {
			a.first.given = true
		}
	case qoe.Startup:
		a.started, a.waited = true, a.waited+s.Took
		a.picture(momentOf(s.At), s.Took, false)
	case qoe.Seek:
		at := momentOf(s.At)
		a.add(trouble{
			kind: wait, from: at, to: at + s.Took, amount: s.Took,
			late: s.Took > qoe.Patience, noticed: s.Open && s.Took > qoe.Patience,
		})
	case qoe.Leave:
		if vain := s.Starting - a.waited; vain > 0 {
			a.picture(momentOf(s.At), vain, !a.started && s.Watched > qoe.Patience)
		}
	}
}

// Watches tells whether the account, which may be nil, wants to know of requests.
func (a *Account) Watches() bool { return a != nil && a.clues != nil }

// Fetched is Add of a request, of which there are thousands to each other sample.
func (a *Account) Fetched(f *qoe.Fetch) {
	if a.clues != nil {
		end := momentOf(f.Start) + f.Took
		a.clues.fetched(f, end)
		a.settle(end)
	}
}

func (a *Account) add(t trouble) {
	a.troubles = append(a.troubles, t)
	a.settle(t.to)
}

// picture ends a wait of took at an instant, with a picture or by leaving.
func (a *Account) picture(at moment, took time.Duration, noticed bool) {
	t := trouble{kind: wait, from: at - took, to: at, late: took > qoe.Patience, noticed: noticed}
	t.token = a.first.within(t.from, t.to)
	t.from += t.token
	t.amount = took - t.token
	a.add(t)
}

// Suffered tells whether there is anything to explain.
func (a *Account) Suffered() bool {
	for i := range a.troubles {
		if a.troubles[i].matters() {
			return true
		}
	}
	return a.suffered
}

// firstToken is when a page got its first token, or was still waiting for it.
type firstToken struct {
	asked   bool
	granted bool
	given   bool // up: it will never come
	until   moment
}

func (f *firstToken) called(s *qoe.Refresh) {
	switch {
	case s.Reason == qoe.FirstToken: // of this page, or after one that was left
		f.asked, f.granted, f.given = true, false, false
	case f.granted || !f.asked:
		return
	}
	f.until, f.granted = momentOf(s.Start)+s.Took, s.Installed
}

// within is how long of a wait the first token had not come.
func (f *firstToken) within(from, to moment) time.Duration {
	switch {
	case f.given:
		return to - from
	case !f.asked || f.until <= from:
		return 0
	}
	return min(f.until, to) - from
}
