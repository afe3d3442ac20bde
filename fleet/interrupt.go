package fleet

import (
	"slices"
	"time"

	"soak/player"
	"soak/qoe"
	"soak/refresher"
)

// What breaks requests off: a laptop that sleeps, an address that changes. Chrome
// gives up what is in flight (ERR_NETWORK_IO_SUSPENDED, ERR_NETWORK_CHANGED) and
// closes its connections.
const (
	suspended = "net::ERR_NETWORK_IO_SUSPENDED"
	changed   = "net::ERR_NETWORK_CHANGED"
)

// left and back keep the list of what is on the wire.
func (l *life) left(f *fetch) { l.flying = append(l.flying, f) }

func (l *life) back(f *fetch) {
	if i := slices.Index(l.flying, f); i >= 0 {
		l.flying = slices.Delete(l.flying, i, i+1)
	}
}

// sleep closes the laptop. Its clock goes on; its timers, its picture and its
// network do not. The page learns on waking up that its requests have failed, with
// timers that have as long to go as they had: the token may be long dead before
// the refresh is due.
func (l *life) sleep(long time.Duration) {
	v := l.v
	l.asleep = true
	if v.player != nil {
		v.player.Suspend()
	}
	v.tab.sleep()
	lost := l.breakOff()
	v.net.hangUp(v.at)
	v.clock.After(long, func() {
		if v.left {
			return
		}
		l.asleep = false
		if v.account != nil {
			v.account.Woke(v.clock.Now())
		}
		v.tab.wake()
		if v.player != nil {
			v.player.Wake()
		}
		lost(suspended)
		due := l.due
		l.due = nil
		for _, what := range due {
			l.do(what)
		}
	})
}

// move goes on from another network, the n-th of the viewer's; 0 is home again.
func (l *life) move(n int) {
	v := l.v
	lost := l.breakOff()
	v.roaming = n > 0
	v.goOn(v.placeAt(n))
	v.clock.After(0, func() { lost(changed) })
}

// breakOff cuts what is on the wire; the function it returns tells those who wait.
func (l *life) breakOff() (lost func(why string)) {
	flying := slices.Clone(l.flying)
	l.flying = nil
	for _, f := range flying {
		f.wire.cancel()
	}
	calls := l.api.breakOff()
	return func(why string) {
		now := l.v.clock.Now()
		for _, f := range flying {
			if f.over {
				continue
			}
			a := f.lost(player.Response{URL: f.url, Failure: qoe.NetworkFailure, Detail: why})
			f.finish(&a)
		}
		for _, c := range calls {
			c.end(refresher.Answer{Failure: qoe.NetworkFailure, Detail: why, Start: c.start, End: now})
		}
	}
}

// pageAPI is a page's way to the token API, which leads to another stream's after
// a zap and may be broken off. It numbers calls through all refreshers.
type pageAPI struct {
	life  *life
	to    refresher.Source
	calls []*pageCall // under way
	made  int
}

type pageCall struct {
	api    *pageAPI
	done   func(refresher.Answer)
	start  time.Time
	cancel func(qoe.Failure)
	over   bool
}

// reach makes later calls go to to.
func (p *pageAPI) reach(to refresher.Source) refresher.Source {
	p.to = to
	return p
}

// Call implements refresher.Source.
func (p *pageAPI) Call(_ int, done func(refresher.Answer)) (cancel func(qoe.Failure)) {
	p.made++
	c := &pageCall{api: p, done: done, start: p.life.v.clock.Now()}
	c.cancel = p.to.Call(p.made, c.end)
	p.calls = append(p.calls, c)
	return func(why qoe.Failure) {
		c.over = true
		p.forget(c)
		c.cancel(why)
	}
}

func (c *pageCall) end(a refresher.Answer) {
	c.api.forget(c)
	if !c.over {
		c.over = true
		c.done(a)
	}
}

func (p *pageAPI) forget(c *pageCall) {
	if i := slices.Index(p.calls, c); i >= 0 {
		p.calls = slices.Delete(p.calls, i, i+1)
	}
}

// close gives up what the page itself has asked for.
func (p *pageAPI) close() {
	v := p.life.v
	for _, c := range slices.Clone(p.calls) {
		c.over = true
		c.cancel(qoe.CancelFailure)
		v.emit(qoe.Refresh{
			Call: p.made, Start: c.start, Took: v.clock.Now().Sub(c.start), Reason: qoe.FirstToken,
			Failure: qoe.CancelFailure, Problem: "viewer left",
		})
	}
	p.calls = nil
}

func (p *pageAPI) breakOff() []*pageCall {
	calls := p.calls
	p.calls = nil
	for _, c := range calls {
		c.cancel(qoe.NetworkFailure)
	}
	return calls
}
