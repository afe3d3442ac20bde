package causes

import (
	"time"

	"soak/qoe"
)

// verdict gathers what a viewer's troubles are due to.
type verdict struct {
	causes  qoe.Causes
	noticed [qoe.NumCauses]bool
}

// blame counts a trouble for the cause with the largest share, the first of equal
// ones, and divides its time. A page that got no token has died of that whatever
// else there was.
func (v *verdict) blame(t *trouble, s shares) {
	if !t.matters() {
		return
	}
	main := qoe.ByToken
	for c := range qoe.NumCauses {
		if s[c] > s[main] {
			main = c
		}
	}
	if t.kind == death && t.request == qoe.Token {
		main = qoe.ByToken
	}
	v.count(t, main)
	for c, share := range s {
		add(v.causes.Of(qoe.Cause(c)), t.kind, share)
	}
}

func (v *verdict) count(t *trouble, main qoe.Cause) {
	b := v.causes.Of(main)
	switch t.kind {
	case stall:
		b.Stalls++
	case wait:
		b.LateStarts++
	case skip:
		b.Skips++
	case death:
		b.Deaths++
	}
	if t.noticed && !v.noticed[main] {
		v.noticed[main] = true
		b.Viewers++
	}
}

func add(b *qoe.Blame, k kind, share time.Duration) {
	switch k {
	case stall:
		b.Stalled += share.Microseconds()
	case wait:
		b.Waited += share.Microseconds()
	case skip:
		b.Skipped += share.Microseconds()
	}
}
