package fleet

import (
	"time"

	"soak/loop"
	"soak/manifest"
	"soak/player"
	"soak/qoe"
	"soak/token"
)

// fetch is one request of a player on its way: signed at dispatch, sent, perhaps
// refused and sent once more with a newer grant, and then given back.
type fetch struct {
	viewer *viewer
	req    player.Request
	done   func(*player.Response)

	asked   loop.Instant // when the player asked
	get                  // as dispatched
	grant   token.Grant
	margin  time.Duration
	wire    call // nil once it has ended
	retried bool // a refusal was already answered with a newer grant
	told    bool // the exchange has ended and was told of; the page may not know yet
	answer  answer
	over    bool
	page    loop.Timer // hands the answer over
	behind  *fetch     // of those that are over

	// finish and hand, bound once: they are asked for at every request.
	onFinish func(*answer)
	onHand   func()
}

// fetches are those that are over and may be used anew, and calls of the token API too.
// Nil: none ever is.
type fetches struct {
	spare *fetch // and those behind it
	calls []*apiCall
	// poison, when not nil, is the wire of those that are over, which are then not used
	// anew: tests see who still asks for their figures or gives them up.
	poison call
}

func (p *fetches) take() *fetch {
	if p != nil && p.spare != nil {
		f := p.spare
		p.spare = f.behind
		return f
	}
	f := new(fetch)
	f.onFinish, f.onHand, f.into = f.finish, f.hand, &f.answer
	return f
}

// put takes back a fetch of which only its player knew.
func (p *fetches) put(f *fetch) {
	if p == nil {
		return
	}
	if p.poison != nil {
		*f = fetch{wire: p.poison}
		return
	}
	f.behind, p.spare = p.spare, f
}

func (p *fetches) takeCall() *apiCall {
	if p == nil || len(p.calls) == 0 {
		return newAPICall()
	}
	last := len(p.calls) - 1
	c := p.calls[last]
	p.calls = p.calls[:last]
	return c
}

// putCall takes back a call whose answer is being handed over.
func (p *fetches) putCall(c *apiCall) {
	if p != nil {
		p.calls = append(p.calls, c)
	}
}

// Fetch implements player.World.
func (v *viewer) Fetch(req player.Request, done func(*player.Response)) player.Transfer {
	f := v.fetches.take()
	f.viewer, f.req, f.done = v, req, done
	f.over, f.retried = false, false
	f.dispatch()
	f.asked = f.began
	return f
}

// dispatch signs and sends. Only the URL at this instant counts: requests in
// flight are never touched again, by any integration.
func (f *fetch) dispatch() {
	v := f.viewer
	f.began, f.told = loop.InstantAt(v.clock.Since()), false
	v.sign(f)
	v.show(f)
	if v.observer != nil {
		v.observer.asked(f)
	}
	f.rng, f.post = f.req.Range, f.req.Post
	f.media = (f.req.Kind == qoe.Segment || f.req.Kind == qoe.Init) && !f.req.Keep
	f.wire = v.net.get(&f.get, f.onFinish)
	if v.life != nil {
		v.life.left(f)
	}
}

func (f *fetch) finish(a *answer) {
	if a != &f.answer {
		f.answer = *a
	}
	f.landed()
	if refused := f.tell(); refused && !f.retried && f.viewer.refresher != nil {
		f.retry()
		return
	}
	f.deliver()
}

// retry asks the integration for a newer grant.
func (f *fetch) retry() {
	f.retried, f.answer.waited = true, 0 // what is waited for now is the integration's doing
	f.viewer.refresher.Refused(f.url.String(), func(again bool) {
		switch {
		case f.over:
		case again:
			f.dispatch()
		default:
			f.deliver()
		}
	})
}

// landed is when nothing of the exchange is under way any more.
func (f *fetch) landed() {
	f.told, f.wire = true, nil
	if l := f.viewer.life; l != nil {
		l.back(f)
	}
}

// deliver brings the answer to the page.
func (f *fetch) deliver() { f.viewer.handle(&f.page, f.answer.waited, f.onHand) }

func (f *fetch) hand() {
	f.over = true
	r := &f.answer.Response
	r.Asked, r.Start = f.Asked(), f.asked
	f.done(r)
	f.release()
}

// tell tells of the exchange, and whether it was refused.
func (f *fetch) tell() (refused bool) {
	a := &f.answer
	s := qoe.Fetch{
		Kind: f.req.Kind, Media: f.req.Media,
		Took:  a.End.Sub(f.began),
		Bytes: a.Bytes, Status: a.Status, Failure: a.Failure, Attempt: f.req.Attempt,
	}
	if !a.FirstByte.IsZero() {
		s.TTFB = a.FirstByte.Sub(f.began)
	}
	if !f.grant.IsZero() {
		s.Signed, s.Margin = true, f.margin
	}
	v := f.viewer
	if v.observer != nil || v.leech != nil || v.account.Watches() || v.log.KeepsDiary() {
		f.look(&s)
	}
	v.log.FetchedAt(&s, f.began.Since()-v.zero)
	if v.leech != nil {
		v.leech.sees(&s)
	} else {
		v.counts.fetched(&s)
		v.counts.counted()
	}
	if v.observer != nil {
		v.observer.fetched(f, s)
	}
	return s.Refused()
}

// look is for those who look at single requests.
func (f *fetch) look(s *qoe.Fetch) {
	v := f.viewer
	s.Start = f.start()
	if v.observer != nil || v.log.KeepsDiary() {
		f.detail(s)
	}
	if v.account != nil {
		v.account.Fetched(s)
	}
}

// start is when the exchange began, for who wants to know the time of day.
func (f *fetch) start() time.Time {
	v := f.viewer
	return v.begin.Add(f.began.Since() - v.zero)
}

// detail adds what is told only where diaries are kept or somebody watches. A player
// that gives a request up is in the middle of something and is not asked.
func (f *fetch) detail(s *qoe.Fetch) {
	v := f.viewer
	if s.Signed {
		s.Token = v.hash(f.grant.Token)
	}
	s.Object, s.Buffer = objectOf(f.url.String()), -1
	if !f.over && v.player != nil {
		s.Buffer = v.player.State().Buffer
	}
}

// Cancel implements player.Transfer.
func (f *fetch) Cancel(why qoe.Failure) {
	if f.over {
		return
	}
	f.over = true
	if !f.told {
		f.wire.cancel()
		f.answer = f.lost(player.Response{Failure: why})
		f.landed()
		f.tell()
	}
	f.page.Stop()
	f.release()
}

// lost is the answer of an exchange that was cut off, and lets the network have it.
func (f *fetch) lost(r player.Response) answer {
	r.Bytes, r.FirstByte = f.wire.loaded(), f.wire.firstByte()
	r.End = max(loop.InstantAt(f.viewer.clock.Since()), f.began, r.FirstByte) // those may be of this very callback
	a := answer{Response: r, size: f.wire.total()}
	f.wire.free()
	return a
}

// release lets the fetch be used anew, unless somebody besides the player may still
// come back to it.
func (f *fetch) release() {
	if v := f.viewer; !f.retried && v.life == nil && v.leech == nil {
		v.fetches.put(f)
	}
}

// Loaded implements player.Transfer.
func (f *fetch) Loaded() int64 {
	if f.wire == nil {
		return f.answer.Bytes
	}
	return f.wire.loaded()
}

// Total implements player.Transfer.
func (f *fetch) Total() int64 {
	if f.wire == nil {
		return f.answer.size
	}
	return f.wire.total()
}

// FirstByte implements player.Transfer.
func (f *fetch) FirstByte() loop.Instant {
	if f.wire == nil {
		return f.answer.FirstByte
	}
	return f.wire.firstByte()
}

// Asked is the URL as the integration left it: a loader that asks again by itself
// after a timeout asks for that one, stale token and all.
func (f *fetch) Asked() manifest.Address { return f.viewer.hooked.contextURL(f.req.URL, f.url) }
