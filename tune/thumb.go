package tune

import (
	"fmt"
	"time"
)

// thumb is a rule of thumb of the guide.
type thumb struct {
	name      string
	ttl, lead time.Duration
}

// thumbs are what the guide says in its text (20-30 %), and in its code's comments.
func thumbs(ttl Seconds) []thumb {
	list := []thumb{
		{"the guide's code, 10 s of 60 s", time.Minute, 10 * time.Second},
		{"the guide's code, 30 s of 300 s", 5 * time.Minute, 30 * time.Second},
	}
	lives := []time.Duration{time.Minute, 5 * time.Minute}
	if d := ttl.Duration(); d > 0 && d != lives[0] && d != lives[1] {
		lives = append(lives, d)
	}
	for _, life := range lives {
		for _, percent := range []time.Duration{20, 30} {
			lead := (life * percent / 100).Round(time.Second)
			list = append(list, thumb{fmt.Sprintf("the guide's text, %d %% of %s", percent, Seconds(life).Words()), life, lead})
		}
	}
	return list
}

// rules judges the guide's rules of thumb for the audience as it is, and against the
// lead that is recommended.
func (s *search) rules(f *formula, best *Cell) (list []Rule, err error) {
	ttl := Seconds(0)
	if best != nil {
		ttl = best.TTL
	}
	for _, h := range thumbs(ttl) {
		ch := Choice{TTL: Seconds(h.ttl), Lead: Seconds(h.lead), Policy: s.Grid.Policies[0]}
		t, err := f.tell(ch)
		if err != nil {
			return nil, err
		}
		least, possible, err := f.least(ch)
		if err != nil {
			return nil, err
		}
		r := Rule{Name: h.name, TTL: ch.TTL, Lead: ch.Lead, Formula: t.late, Calls: t.calls, Verdict: Missed}
		switch {
		case t.late > s.Target && possible:
			r.Text = fmt.Sprintf("too short: %s needs %s (%s comes too late)", ch.Policy, least.Words(), Often(t.late))
		case t.late > s.Target:
			r.Text = fmt.Sprintf("too short, and so is every lead: %s comes too late; calls must be given up and made again sooner", Often(t.late))
		case ch.Lead >= 2*least.up():
			shorter := ch
			shorter.Lead = least.up()
			cheaper, err := f.tell(shorter)
			if err != nil {
				return nil, err
			}
			r.Verdict = Met
			r.Text = fmt.Sprintf("more than enough: %s would do, with %.0f %% fewer calls", least.up().Words(), 100*(1-cheaper.calls/t.calls))
		default:
			r.Verdict = Met
			r.Text = fmt.Sprintf("about right: at least %s is needed", least.Words())
		}
		list = append(list, r)
	}
	return list, nil
}
