package lab

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"sync"
	"time"

	"soak/qoe"
)

// EdgeFault is something that an edge does to certain requests. All conditions
// that are set must hold; of several faults that match, the first strikes.
type EdgeFault struct {
	// From and To are the window of scenario time in which requests are struck,
	// From ≤ t < To. To 0 = to the end.
	From time.Duration `yaml:"from,omitempty" json:"from,omitempty"`
	To   time.Duration `yaml:"to,omitempty" json:"to,omitempty"`
	// Kinds of request: manifest (multivariant playlist or MPD), playlist, init,
	// segment, key, timing. Empty = all.
	Kinds []qoe.Kind `yaml:"kinds,omitempty" json:"kinds,omitempty"`
	// Media is audio, video, or text: subtitles. "" = all, and what belongs to none.
	Media qoe.Media `yaml:"media,omitempty" json:"media,omitempty"`
	// Rendition is v1, v2… in ascending order of bit rates, a1 for audio, or s1, s2… for
	// subtitles. "" = all.
	Rendition string `yaml:"rendition,omitempty" json:"rendition,omitempty"`
	// Number picks segments: 7, 7..9 or every 4. Of a VOD they are counted from 0, of
	// live from the one that begins with scenario time or in whose middle that
	// begins. "" = all.
	Number Numbers `yaml:"number,omitempty" json:"number,omitzero"`
	// Edge is the edge that was asked: plain, ip-bound or second. "" = any.
	Edge string `yaml:"edge,omitempty" json:"edge,omitempty"`
	// Times is how many requests of each viewer are struck. 0 = all. Viewers are told
	// apart by [ViewerHeader], as soak's are, else by their addresses.
	Times int `yaml:"times,omitempty" json:"times,omitempty"`

	// Delay is how long the request is kept before the edge looks at its token.
	Delay time.Duration `yaml:"delay,omitempty" json:"delay,omitempty"`
	// Status is answered whatever the token, 400 to 599.
	Status int `yaml:"status,omitempty" json:"status,omitempty"`
	// Hang leaves the request unanswered.
	Hang bool `yaml:"hang,omitempty" json:"hang,omitempty"`
	// Reset breaks the connection instead of answering. Where it had been used before,
	// players ask once more by themselves, as browsers do.
	Reset bool `yaml:"reset,omitempty" json:"reset,omitempty"`
	// Rate is the most that the body is sent at, in bit/s. 0 = as fast as can be.
	Rate int64 `yaml:"rate,omitempty" json:"rate,omitempty"`
	// Truncate is the share of the body after which the connection breaks, above 0
	// and below 1. 0 = it does not.
	Truncate float64 `yaml:"truncate,omitempty" json:"truncate,omitempty"`
	// Stall is the share of the body after which nothing more comes, above 0 and below
	// 1, while the connection stays open. 0 = it does not stop.
	Stall float64 `yaml:"stall,omitempty" json:"stall,omitempty"`
	// StallFor is how long nothing comes. 0 = for ever.
	StallFor time.Duration `yaml:"stallFor,omitempty" json:"stallFor,omitempty"`
	// Redirect answers 302 to the second edge, with a token of that edge, if the
	// request's own is good. The second edge itself redirects nothing.
	Redirect bool `yaml:"redirect,omitempty" json:"redirect,omitempty"`
}

// names of edges in files.
func (e Edge) String() string {
	switch e {
	case Plain:
		return "plain"
	case IPBound:
		return "ip-bound"
	case Second:
		return "second"
	}
	return "edge " + strconv.Itoa(int(e))
}

func (f *EdgeFault) validate(cfg Config) error {
	switch {
	case f.From < 0 || f.To != 0 && f.To <= f.From:
		return fmt.Errorf("from %v to %v: to must come after from", f.From, f.To)
	case slices.Contains(f.Kinds, qoe.Token):
		return errors.New("kinds: calls of the token API are struck by api.faults")
	case slices.Contains(f.Kinds, qoe.Steering):
		return errors.New("kinds: the lab serves no steering manifest")
	case f.Media == qoe.Text && len(cfg.Subtitles) == 0:
		return errors.New("media text: the lab serves no subtitles; add subtitles")
	case f.Rendition != "" && !cfg.has(f.Rendition):
		return fmt.Errorf("rendition %.40q: use a1, v1 to v%d, or s1 and so on of subtitles", f.Rendition, len(cfg.Ladder))
	case !f.Number.IsZero() && len(f.Kinds) > 0 && !slices.Contains(f.Kinds, qoe.Segment):
		return errors.New("number: only segments have numbers; add segment to kinds")
	case f.Edge != "" && f.Edge != Plain.String() && f.Edge != IPBound.String() && f.Edge != Second.String():
		return fmt.Errorf("edge %.40q: use plain, ip-bound or second", f.Edge)
	case f.Times < 0:
		return fmt.Errorf("times %d: use 0 (all requests) or how many", f.Times)
	}
	return f.validateEffect()
}

func (f *EdgeFault) validateEffect() error {
	answers, body := 0, f.Rate != 0 || f.Truncate != 0 || f.Stall != 0
	for _, set := range []bool{f.Status != 0, f.Hang, f.Reset, f.Redirect} {
		if set {
			answers++
		}
	}
	switch {
	case answers == 0 && f.Delay == 0 && !body:
		return errors.New("does nothing: set status, hang, reset, delay, rate, truncate, stall or redirect")
	case answers > 1 || answers == 1 && body:
		return errors.New("does several things at once: keep one of status, hang, reset, redirect, and rate with truncate or stall")
	case f.Status != 0 && (f.Status < 400 || f.Status > 599):
		return fmt.Errorf("status %d: use an HTTP status from 400 to 599", f.Status)
	case f.Delay < 0 || f.Delay > longest:
		return fmt.Errorf("delay %v: use up to %v", f.Delay, longest)
	case f.Rate != 0 && (f.Rate < 1000 || f.Rate > maxBitrate):
		return fmt.Errorf("rate %d: use 1000 to %d bit/s", f.Rate, maxBitrate)
	case !(f.Truncate >= 0 && f.Truncate < 1):
		return fmt.Errorf("truncate %v: use a share above 0 and below 1", f.Truncate)
	case !(f.Stall >= 0 && f.Stall < 1):
		return fmt.Errorf("stall %v: use a share above 0 and below 1", f.Stall)
	case f.StallFor < 0 || f.StallFor > longest || f.StallFor != 0 && f.Stall == 0:
		return fmt.Errorf("stallFor %v: use up to %v, with stall, the share of the body that comes before", f.StallFor, longest)
	case f.Stall > 0 && f.Truncate > 0:
		return errors.New("does several things at once: keep one of truncate and stall")
	case f.Redirect && f.Edge == Second.String():
		return errors.New("redirect: the second edge redirects nothing")
	}
	return nil
}

// has tells whether there is a rendition of that name.
func (c Config) has(rendition string) bool {
	if rendition == "a1" {
		return true
	}
	for i := range c.Ladder {
		if rendition == "v"+strconv.Itoa(i+1) {
			return true
		}
	}
	for i := range c.Subtitles {
		if rendition == subtitleID(i) {
			return true
		}
	}
	return false
}

// matches tells whether the fault is meant for a request at a moment of scenario
// time; zero is the number of the live segment at scenario time zero.
func (f *EdgeFault) matches(q *file, edge Edge, at time.Duration, zero int64) bool {
	return f.From <= at && (f.To == 0 || at < f.To) &&
		(len(f.Kinds) == 0 || slices.Contains(f.Kinds, q.kind)) &&
		(f.Media == qoe.NoMedia || f.Media == q.media()) &&
		(f.Rendition == "" || q.rendition != nil && f.Rendition == q.rendition.id) &&
		(f.Number.IsZero() || q.kind == qoe.Segment && f.Number.Has(q.numberFrom(zero))) &&
		(f.Edge == "" || f.Edge == edge.String()) &&
		!(f.Redirect && edge == Second)
}

// numberFrom is the segment's number as faults count: of live from zero on.
func (f *file) numberFrom(zero int64) int64 {
	if f.live() {
		return f.number - zero
	}
	return f.number
}

// strikes counts how often faults with a limit have struck whom.
type strikes struct {
	mu   sync.Mutex
	done map[strike]int
}

type strike struct {
	fault, viewer int    // the fault by its place from the end: injected ones come in front
	address       string // of those who do not say which viewer they are
}

// again tells whether a fault may strike a viewer once more, and counts it.
func (s *strikes) again(fault, times int, r *Request) bool {
	who := strike{fault: fault, viewer: r.Viewer}
	if r.Viewer < 0 {
		who.viewer, who.address = -1, r.ClientIP
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.done[who] >= times {
		return false
	}
	if s.done == nil {
		s.done = map[strike]int{}
	}
	s.done[who]++
	return true
}

// edgeFault is the fault that strikes a request, or nil.
func (l *Lab) edgeFault(q *file, r *Request, now time.Time) *EdgeFault {
	for i := range l.cfg.Faults {
		f := &l.cfg.Faults[i]
		if !q.known || l.open && f.refuses() || !f.matches(q, r.Edge, now.Sub(l.epoch), l.origin.end(l.epoch)) {
			continue
		}
		if f.Times == 0 || l.strikes.again(len(l.cfg.Faults)-i, f.Times, r) {
			return f
		}
	}
	return nil
}

// refuses tells whether the fault answers as an edge does that does not like the
// token.
func (f *EdgeFault) refuses() bool { return (&qoe.Fetch{Status: f.Status}).Refused() }

// struckBy is the answer to a request that a fault strikes.
func (l *Lab) struckBy(a *Answer, f *EdgeFault, q *file, r *Request, now time.Time) {
	now = now.Add(f.Delay)
	switch {
	case f.Status != 0:
		*a = refuse(f.Status, "injected fault", now)
	case f.Redirect:
		l.redirect(a, q, r, now)
	default:
		l.serve(a, q, r, now)
	}
	a.Hang, a.Reset, a.Delay = f.Hang, f.Reset, a.Delay+f.Delay
	if a.Status > 299 {
		return
	}
	a.Rate = f.Rate
	if f.Truncate > 0 && a.Size > 0 {
		a.Cut = max(1, int64(f.Truncate*float64(a.Size)))
	}
	if f.Stall > 0 && a.Size > 0 {
		a.Stall, a.StallFor = max(1, int64(f.Stall*float64(a.Size))), f.StallFor
	}
}
