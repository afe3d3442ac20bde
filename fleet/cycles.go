package fleet

import (
	"time"

	"soak/qoe"
)

// Cycle is what a viewer lived through with one token: from its installation to the
// next one's.
type Cycle struct {
	Viewer int `json:"viewer"`
	Number int `json:"number"` // 1 for the first token's
	Call   int `json:"call"`   // of the token API, the one that brought it

	At    time.Time     `json:"at"`             // the token was in force
	Until time.Time     `json:"until,omitzero"` // the next one was; zero if none came before the end
	Wait  time.Duration `json:"wait"`           // for the next one, from the first call for it; 0 if none came

	// Requests are those that carried the token and ended. Expired are those of them
	// that an edge refused, or broke off, for its age.
	Requests int `json:"requests"`
	Expired  int `json:"expired"`

	called time.Time // first call for the next token; zero before
	token  string    // hash
}

// Bad tells whether some request of the cycle met an edge with a dead token.
func (c Cycle) Bad() bool { return c.Expired > 0 }

// Open tells whether the run was over, or the viewer gone, before the next token.
func (c Cycle) Open() bool { return c.Until.IsZero() }

// Ledger is an account of the viewers' cycles, so that two runs can be compared cycle
// by cycle. Its Observer watches a run; what it has written down is read afterwards.
type Ledger struct {
	lives [][]Cycle
	most  int
}

// NewLedger has room for so many cycles of each of so many viewers, and leaves out
// what comes after.
func NewLedger(viewers, most int) *Ledger {
	return &Ledger{lives: make([][]Cycle, viewers), most: most}
}

// Observer is what fills the ledger. Each viewer's loop writes on a page of its own.
func (l *Ledger) Observer() *Observer { return &Observer{Sample: l.enter} }

// Cycles is a viewer's account, in order.
func (l *Ledger) Cycles(viewer int) []Cycle { return l.lives[viewer] }

// Viewers is for how many there are pages.
func (l *Ledger) Viewers() int { return len(l.lives) }

func (l *Ledger) enter(viewer int, s qoe.Sample) {
	switch s := s.(type) {
	case qoe.Refresh:
		l.refresh(viewer, s)
	case qoe.Fetch:
		if s.Signed {
			l.fetch(l.lives[viewer], s)
		}
	}
}

// refresh is a call's end. What is called before there is any token belongs to no
// cycle.
func (l *Ledger) refresh(viewer int, r qoe.Refresh) {
	life, end := l.lives[viewer], r.Start.Add(r.Took)
	if n := len(life); n > 0 && life[n-1].Open() {
		last := &life[n-1]
		if last.called.IsZero() {
			last.called = r.Start
		}
		if r.Installed {
			last.Until, last.Wait = end, end.Sub(last.called)
		}
	}
	if r.Installed && len(life) < l.most {
		l.lives[viewer] = append(life, Cycle{Viewer: viewer, Number: len(life) + 1, Call: r.Call, At: end})
	}
}

// fetch is a request's end. It belongs to the cycle in which it began, or to the one
// before if it carries that one's token: sent in the same instant, or by a loader that
// asks again for the URL it has.
func (l *Ledger) fetch(life []Cycle, f qoe.Fetch) {
	n := len(life) - 1
	for n >= 0 && life[n].At.After(f.Start) {
		n--
	}
	if n > 0 && life[n-1].token == f.Token {
		n--
	}
	if n < 0 {
		return
	}
	c := &life[n]
	if !c.Open() && !f.Start.Before(c.Until) && c.token != f.Token {
		return // of a cycle for which there was no room
	}
	c.token = f.Token
	c.Requests++
	if f.Refused() || f.Failure == qoe.ResetFailure && f.Took >= f.Margin {
		c.Expired++
	}
}
