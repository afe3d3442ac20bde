package fleet

import (
	"math/rand/v2"
	"strings"
	"time"

	"soak/causes"
	"soak/loop"
	"soak/manifest"
	"soak/player"
	"soak/qoe"
	"soak/refresher"
	"soak/scenarios"
	"soak/token"
)

// clock is the loop that a viewer lives on.
type clock interface {
	Now() time.Time
	Since() time.Duration
	After(d time.Duration, fn func()) *loop.Timer
	Set(t *loop.Timer, d time.Duration, fn func())
}

// viewer is one member of the audience: a player and a refresher on one loop.
// All its methods run on that loop.
type viewer struct {
	seat
	scenario  *scenarios.Scenario
	begin     time.Time     // scenario time zero
	zero      time.Duration // the same by the clock's Since; in virtual time they are one
	clock     clock
	net       network
	source    func(channel) refresher.Source // nil when the stream is not protected
	manifests *manifest.Cache
	log       *qoe.Viewer
	meter     *meter
	counts    *counts
	late      func(time.Duration) // told when the loop was; nil in virtual time, which never is
	grid      time.Duration       // on which its loop wakes; 0: whenever something is due
	fetches   *fetches
	routes    *routes // nil: every request finds its own
	observer  *observed
	spring    func(part int) *rand.PCG
	pace      *rand.PCG       // of the page; nil until it has handled something
	account   *causes.Account // nil: causes are not asked for
	pristine  bool            // nothing rewrites URLs
	surveyed  bool            // asked from time to time how it stands
	hashed    struct{ token, hash string }

	hooked   integration
	leech    *leech    // nil for viewers with tokens of their own
	life     *life     // nil for viewers who only watch
	tab      *tab      // nil for viewers who never hide it or sleep
	calendar *calendar // nil for a clock that is right

	at      place  // where requests come from
	pooled  int    // which address of the pool is home
	roaming bool   // away from home
	shown   string // last manifest asked for; kept while others may copy it

	refresher *refresher.Refresher // nil when the stream is not protected
	player    player.Player        // nil until the first token is in
	wished    time.Time            // to play; zero before
	dead      bool                 // without ever having come to a player
	left      bool
}

// rng is the viewer's source of randomness for one part.
func (v *viewer) rng(part int) *rand.Rand { return rand.New(v.spring(part)) }

// labels are how a viewer is grouped in the summary.
func labels(c *scenarios.Cohort) qoe.Labels {
	l := qoe.Labels{Cohort: c.Name, Player: c.Player.Label(), Policy: c.Policy.Name, Link: c.Link.Name}
	if c.Leech != nil {
		l.Policy, l.Leech = "copied link", true
	}
	return l
}

// arrive begins the session.
func (v *viewer) arrive() {
	v.meter.started.Add(1)
	v.observer.keepWatching()
	if v.surveyed {
		v.survey()
	}
	if v.copies != nil {
		v.playCopied()
		return
	}
	v.live()
	v.drift()
	v.lend()
	v.open(channelOf(v.scenario, v.cohort))
}

// open loads the page: token first, then the player, as every integration of the
// guide does.
func (v *viewer) open(ch channel) {
	v.wished, v.dead = v.clock.Now(), false
	if v.cohort.Start == scenarios.Click {
		v.wished = time.Time{}
	}
	src := v.source(ch)
	if src == nil {
		v.play(v.scenario.Target.URL)
		return
	}
	v.observer.calls(src)
	if v.hooked.worker == nil { // a service worker outlives the page
		v.hooked = integrate(v.cohort)
	}
	if w := v.hooked.worker; w != nil {
		src = &workerSource{src, w, v.clock.Now}
	}
	if v.life != nil {
		src = v.life.api.reach(src)
	}
	src = &pageSource{src, v}
	r := refresher.New(v.policy, v.pageClock(), src, v.rng(refresherStream), v.refreshed)
	v.refresher = r
	r.Start(func(a refresher.Answer) {
		if a.Failure != qoe.NoFailure {
			v.die("first token: "+firstOf(a.Detail, string(a.Failure)), qoe.Token)
			return
		}
		v.play(firstURL(v.scenario.Target.URL, v.policy, a, r.Grant()))
	})
}

// refreshed takes what the refresher has to tell. The page posts each new token to
// its service worker, if it has one.
func (v *viewer) refreshed(s qoe.Sample) {
	if r, ok := s.(qoe.Refresh); ok && r.Installed && v.hooked.worker != nil {
		v.hooked.worker.post(v.clock.Now())
	}
	v.emit(s)
}

// firstURL is what the page hands to the player: the answer's URL, or the
// target's own with the first grant put into it.
func firstURL(fixed string, p *refresher.Policy, a refresher.Answer, first token.Grant) string {
	switch {
	case fixed != "":
		return token.AnyPair{}.Rewrite(fixed, first)
	case p.IPBound:
		return strings.Clone(a.URLIP) // or all of the answer's text would be kept as long
	}
	return strings.Clone(a.URL)
}

func firstOf(texts ...string) string {
	for _, t := range texts {
		if t != "" {
			return t
		}
	}
	return ""
}

// play opens the stream, unless the viewer has yet to press play.
func (v *viewer) play(url string) {
	if v.left {
		return
	}
	url = manifestURL(url, v.scenario.Target, v.cohort)
	if v.refresher != nil {
		v.refresher.Adopt(url)
		if idle := v.cohort.Idle(); idle != "" {
			v.emit(qoe.Note{At: v.clock.Now(), Text: idle})
		}
	}
	v.load(url)
}

// load makes a player for a URL as it is.
func (v *viewer) load(url string) {
	p, err := v.model.New(v, url, v.rng(playerStream))
	if err != nil {
		v.die(err.Error(), qoe.Manifest)
		return
	}
	v.player, v.dead = p, false
	v.hooked.follow(p)
	if v.life != nil {
		v.life.loaded()
		return
	}
	p.Start(v.wished)
}

// die ends a session that never came to a player.
func (v *viewer) die(why string, kind qoe.Kind) {
	v.dead = true
	v.emit(qoe.Fatal{At: v.clock.Now(), Kind: kind, Why: token.Redact(why)})
}

// leave ends the session; the player gives its account.
func (v *viewer) leave() {
	if v.left {
		return
	}
	v.observer.state()
	v.left = true
	if v.log != nil { // else the viewer never came
		v.close()
	}
}

// close closes the page.
func (v *viewer) close() {
	if v.refresher != nil {
		v.refresher.Stop()
	}
	if v.life != nil {
		v.life.api.close()
	}
	if v.player != nil && !v.wished.IsZero() {
		v.player.Stop()
		return
	}
	now := v.clock.Now()
	account := qoe.Leave{At: now}
	if !v.wished.IsZero() {
		account.Watched = now.Sub(v.wished)
		account.Starting = account.Watched
	}
	v.Emit(account)
}

// Now implements player.World.
func (v *viewer) Now() time.Time { return v.clock.Now() }

// Since implements player.World.
func (v *viewer) Since() time.Duration { return v.clock.Since() }

// Date implements player.World.
func (v *viewer) Date() time.Time {
	if v.calendar == nil {
		return v.clock.Now()
	}
	return v.calendar.date(v.clock.Now())
}

// Set implements player.World and refresher.Clock.
func (v *viewer) Set(t *loop.Timer, d time.Duration, fn func()) {
	if v.tab == nil {
		v.clock.Set(t, d, fn)
		return
	}
	v.tab.script(t, d, fn)
}

// Poll implements player.World.
func (v *viewer) Poll(t *loop.Timer, d time.Duration, fn func()) {
	if v.tab == nil {
		v.clock.Set(t, d, fn)
		return
	}
	v.tab.poll(t, d, fn)
}

// Media implements player.World.
func (v *viewer) Media(t *loop.Timer, d time.Duration, fn func()) {
	if v.tab == nil {
		v.clock.Set(t, d, fn)
		return
	}
	v.tab.media(t, d, fn)
}

// Clock is what Since asks.
func (v *viewer) Clock() player.Clock { return v.clock }

// Right tells a player that the viewer's calendar clock is right.
func (v *viewer) Right() bool { return v.calendar == nil }

// Prompt tells a player that its page's timers are never slowed down.
func (v *viewer) Prompt() bool { return v.tab == nil }

// pageClock is what a script on the page takes for the time: Date.now() and
// setTimeout.
func (v *viewer) pageClock() refresher.Clock {
	if v.tab == nil && v.calendar == nil {
		return v.clock
	}
	return pageClock{v}
}

type pageClock struct{ *viewer }

// Now is Date.now().
func (p pageClock) Now() time.Time { return p.Date() }

// True implements refresher.TrueClock.
func (p pageClock) True() time.Time { return p.clock.Now() }

// Parse implements player.World.
func (v *viewer) Parse(base manifest.Address, contentType string, body []byte) (*manifest.Presentation, error) {
	return v.manifests.ParseOver(nil, nil, base, contentType, body)
}

// ParseChild implements player.World.
func (v *viewer) ParseChild(spare, parent *manifest.Presentation, base manifest.Address, contentType string, body []byte) (*manifest.Presentation, error) {
	return v.manifests.ParseOver(spare, parent, base, contentType, body)
}

// Update implements player.World.
func (v *viewer) Update(previous, delta *manifest.Presentation) (*manifest.Presentation, error) {
	return v.manifests.Update(previous, delta)
}

// Emit implements player.World.
func (v *viewer) Emit(s qoe.Sample) {
	if v.life != nil {
		if s = v.life.lived(s); s == nil {
			return
		}
	}
	if v.leech != nil {
		if s = v.leech.lived(s); s == nil {
			return
		}
	}
	v.emit(s)
}

// emit tells of what is no request.
func (v *viewer) emit(s qoe.Sample) {
	if v.account != nil {
		v.account.Add(s)
	}
	v.log.Emit(s)
	if v.leech == nil {
		v.counts.sample(s)
		v.counts.counted()
	}
	v.observer.sample(s)
}

// hash is the short hash of a token, which is mostly that of the request before.
func (v *viewer) hash(t string) string {
	if h := &v.hashed; h.token != t {
		h.token, h.hash = t, token.Hash(t)
	}
	return v.hashed.hash
}

// sign puts the grant in force into a request's URL, if the integration reaches it,
// and tells which grant then stands there and how long it is good for.
func (v *viewer) sign(f *fetch) {
	var w refresher.Writer // that changes nothing
	if v.refresher != nil && !v.pristine && v.hooked.rewrites(&f.req, v.eventTime()) {
		w = v.refresher.Writer()
	}
	f.url.Name = f.req.URL.Name
	if v.routes == nil {
		f.url.Directory, f.grant = w.Rewrite(f.req.URL.Directory)
		f.margin = f.grant.Life(v.clock.Now())
		return
	}
	x := v.routes.of(&f.req, w)
	f.route = x
	f.url.Directory, f.grant = x.to, x.grant
	if f.margin = x.life - f.began.Since(); !x.lasts {
		f.margin = f.grant.Life(v.clock.Now())
	}
}

// eventTime is now for a service worker, which alone wants to know.
func (v *viewer) eventTime() time.Time {
	if v.hooked.worker == nil {
		return time.Time{}
	}
	return v.clock.Now()
}
