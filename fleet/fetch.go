package fleet

import (
	"time"

	"soak/player"
	"soak/qoe"
	"soak/token"
)

// fetch is one request of a player on its way: signed at dispatch, sent, perhaps
// refused and sent once more with a newer grant, and then given back.
type fetch struct {
	viewer *viewer
	req    player.Request
	done   func(player.Response)

	start   time.Time // of this exchange
	asked   time.Time // when the player asked
	url     string    // as dispatched
	grant   token.Grant
	margin  time.Duration
	wire    call
	retried bool // a refusal was already answered with a newer grant
	told    bool // the exchange has ended and was told of; the page may not know yet
	answer  answer
	over    bool
}

// Fetch implements player.World.
func (v *viewer) Fetch(req player.Request, done func(player.Response)) player.Transfer {
	f := &fetch{viewer: v, req: req, done: done, asked: v.clock.Now()}
	f.dispatch()
	return f
}

// dispatch signs and sends. Only the URL at this instant counts: requests in
// flight are never touched again, by any integration.
func (f *fetch) dispatch() {
	v := f.viewer
	f.start, f.told = v.clock.Now(), false
	f.url, f.grant = v.sign(f.req)
	f.margin = f.grant.Life(f.start)
	v.show(f)
	media := (f.req.Kind == qoe.Segment || f.req.Kind == qoe.Init) && !f.req.Keep
	f.wire = v.net.get(get{url: f.url, rng: f.req.Range, media: media}, f.finish)
	if v.life != nil {
		v.life.left(f)
	}
}

func (f *fetch) finish(a answer) {
	if f.over {
		return
	}
	if f.viewer.life != nil {
		f.viewer.life.back(f)
	}
	sample := f.sample(a)
	f.told = true
	f.tell(sample)
	if !sample.Refused() || f.retried || f.viewer.refresher == nil {
		f.deliver(a)
		return
	}
	f.retried = true
	f.viewer.refresher.Refused(f.url, func(again bool) {
		switch {
		case f.over:
		case again:
			f.dispatch()
		default:
			f.deliver(a)
		}
	})
}

// deliver brings the answer to the page.
func (f *fetch) deliver(a answer) {
	f.answer = a
	f.viewer.handle(f.hand)
}

func (f *fetch) hand() {
	if f.over {
		return
	}
	f.over = true
	a := &f.answer
	f.done(player.Response{
		Status: a.status, Failure: a.failure, Detail: a.detail,
		URL: a.url, Asked: f.viewer.hooked.contextURL(f.req.URL, f.url), ContentType: a.contentType,
		Body: a.body, Bytes: a.bytes,
		Start: f.asked, FirstByte: a.firstByte, End: a.end, Date: a.date, Timed: a.timed, Age: a.age,
	})
}

func (f *fetch) sample(a answer) qoe.Fetch {
	s := qoe.Fetch{
		Kind: f.req.Kind, Media: f.req.Media,
		Start: f.start, Took: a.end.Sub(f.start),
		Bytes: a.bytes, Status: a.status, Failure: a.failure, Attempt: f.req.Attempt,
	}
	if !a.firstByte.IsZero() {
		s.TTFB = a.firstByte.Sub(f.start)
	}
	if !f.grant.IsZero() {
		s.Signed, s.Margin, s.Token = true, f.margin, token.Hash(f.grant.Token)
	}
	return s
}

func (f *fetch) tell(s qoe.Fetch) {
	f.viewer.emit(s)
	f.viewer.observer.exchange(f.url, s)
}

// Cancel implements player.Transfer.
func (f *fetch) Cancel(why qoe.Failure) {
	if f.over {
		return
	}
	f.over = true
	if f.told {
		return
	}
	f.wire.cancel()
	if f.viewer.life != nil {
		f.viewer.life.back(f)
	}
	f.tell(f.sample(answer{
		failure: why, bytes: f.wire.loaded(), firstByte: f.wire.firstByte(), end: f.viewer.clock.Now(),
	}))
}

// Loaded implements player.Transfer.
func (f *fetch) Loaded() int64 { return f.wire.loaded() }

// Total implements player.Transfer.
func (f *fetch) Total() int64 { return f.wire.total() }

// FirstByte implements player.Transfer.
func (f *fetch) FirstByte() time.Time { return f.wire.firstByte() }

// Asked is the URL as the integration left it: a loader that asks again by itself
// after a timeout asks for that one, stale token and all.
func (f *fetch) Asked() string { return f.viewer.hooked.contextURL(f.req.URL, f.url) }
