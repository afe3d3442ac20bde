package fleet

import (
	"math/rand/v2"
	"time"

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
	After(d time.Duration, fn func()) *loop.Timer
}

// viewer is one member of the audience: a player and a refresher on one loop.
// All its methods run on that loop.
type viewer struct {
	seat
	clock     clock
	policy    refresher.Policy
	target    scenarios.Target
	net       network
	manifests *manifest.Cache
	log       *qoe.Viewer
	meter     *meter
	observer  *observed
	rng       func(part int) *rand.Rand

	hooked    integration
	refresher *refresher.Refresher // nil when the stream is not protected
	player    player.Player        // nil until the first token is in
	arrived   time.Time
	left      bool
}

// labels are how a viewer is grouped in the summary.
func labels(c *scenarios.Cohort) qoe.Labels {
	return qoe.Labels{Cohort: c.Name, Player: c.Player.Label(), Policy: c.Policy.Name, Link: c.Link.Name}
}

// arrive begins the session: token first, then the player, as every integration
// of the guide does.
func (v *viewer) arrive(src refresher.Source, fixedURL string) {
	v.arrived = v.clock.Now()
	v.meter.started.Add(1)
	v.observer.keepWatching()
	if src == nil {
		v.play(fixedURL)
		return
	}
	v.hooked = integrate(v.policy.Hook, v.cohort.Player)
	if w := v.hooked.worker; w != nil {
		src = &workerSource{src, w, v.clock.Now}
	}
	v.refresher = refresher.New(v.policy, v.clock, src, v.rng(refresherStream), v.refreshed)
	v.refresher.Start(func(a refresher.Answer) {
		if a.Failure != qoe.NoFailure {
			v.die("first token: "+firstOf(a.Detail, string(a.Failure)), qoe.Token)
			return
		}
		v.play(firstURL(fixedURL, v.policy, a, v.refresher.Grant()))
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
func firstURL(fixed string, p refresher.Policy, a refresher.Answer, first token.Grant) string {
	switch {
	case fixed != "":
		return token.AnyPair{}.Rewrite(fixed, first)
	case p.IPBound:
		return a.URLIP
	}
	return a.URL
}

func firstOf(texts ...string) string {
	for _, t := range texts {
		if t != "" {
			return t
		}
	}
	return ""
}

// play starts the player.
func (v *viewer) play(url string) {
	if v.left {
		return
	}
	url = manifestURL(url, v.target, v.cohort)
	if v.refresher != nil {
		v.refresher.Adopt(url)
		if idle := v.hooked.idle(); idle != "" {
			v.emit(qoe.Note{At: v.clock.Now(), Text: "policy " + v.policy.Name + ": " + idle})
		}
	}
	p, err := player.New(v.cohort.Player, v, url, v.rng(playerStream))
	if err != nil {
		v.die(err.Error(), qoe.Manifest)
		return
	}
	v.player = p
	p.Start(v.arrived)
}

// die ends a session that never came to a player.
func (v *viewer) die(why string, kind qoe.Kind) {
	v.emit(qoe.Fatal{At: v.clock.Now(), Kind: kind, Why: token.Redact(why)})
}

// leave ends the session; the player gives its account.
func (v *viewer) leave() {
	if v.left {
		return
	}
	v.observer.state()
	v.left = true
	if v.refresher != nil {
		v.refresher.Stop()
	}
	if v.player != nil {
		v.player.Stop()
		return
	}
	if !v.arrived.IsZero() {
		now := v.clock.Now()
		v.emit(qoe.Leave{At: now, Watched: now.Sub(v.arrived)})
	}
}

// Now implements player.World.
func (v *viewer) Now() time.Time { return v.clock.Now() }

// After implements player.World.
func (v *viewer) After(d time.Duration, fn func()) *loop.Timer { return v.clock.After(d, fn) }

// Parse implements player.World.
func (v *viewer) Parse(base, contentType string, body []byte) (*manifest.Presentation, error) {
	return v.manifests.Parse(base, contentType, body)
}

// Emit implements player.World.
func (v *viewer) Emit(s qoe.Sample) { v.emit(s) }

func (v *viewer) emit(s qoe.Sample) {
	v.log.Emit(s)
	v.meter.count(s)
	v.observer.sample(s)
}

// sign puts the grant in force into a URL, if the integration reaches it, and
// tells which grant then stands there.
func (v *viewer) sign(req player.Request) (string, token.Grant) {
	if v.refresher != nil && v.hooked.rewrites(req, v.clock.Now()) {
		return v.refresher.Rewrite(req.URL)
	}
	g, _ := token.Find(req.URL)
	return req.URL, g
}
