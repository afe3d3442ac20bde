package fleet

import (
	"time"

	"soak/manifest"
	"soak/player"
	"soak/qoe"
	"soak/refresher"
	"soak/scenarios"
)

// integration is where a policy's rewriting meets a player's requests. Policy and
// player do not know each other; this is all that joins them.
type integration struct {
	hook   string             // the player's, "" when the rewriting stands below it
	keeps  bool               // what the hook makes of a URL stays with the request
	passes [qoe.NumKinds]bool // GETs of which kind pass it
	posts  bool               // licences do
	worker *worker

	cohort   *scenarios.Cohort
	rotating player.Rotating // nil for players that stay what they are
}

// integrate joins a cohort's policy to its player.
func integrate(c *scenarios.Cohort) integration {
	i := integration{cohort: c}
	i.into(c.Player, c.Hook())
	if c.Policy.Hook == refresher.ServiceWorkerHook {
		i.worker = &worker{}
	}
	return i
}

// into hooks into a player.
func (i *integration) into(p player.Config, hook string) {
	i.hook, i.keeps = hook, p.Keeps(hook)
	for kind := range i.passes {
		i.passes[kind] = p.Passes(hook, player.Request{Kind: qoe.Kind(kind)})
	}
	i.posts = p.Passes(hook, player.Request{Kind: qoe.License, Post: true})
}

// follow makes the integration look at what is in charge of a player that may go over
// to another transport: the plugin hooks into each as it comes (TokenRefreshPlugin.ts,
// on CORE_CONTAINERS_CREATED).
func (i *integration) follow(p player.Player) {
	if i.cohort != nil && len(i.cohort.Player.Gcore.Sources) > 0 {
		i.rotating, _ = p.(player.Rotating)
	}
}

// rewrites tells whether the URL of a request that goes out now is rewritten.
func (i *integration) rewrites(req *player.Request, now time.Time) bool {
	if i.rotating != nil {
		playing := i.rotating.Playing()
		i.into(playing, i.cohort.HookIn(playing))
	}
	switch {
	case i.worker != nil: // token-refresh-sw.js answers for GETs alone
		return i.worker.request(now) && !req.Post
	case i.hook == "":
		return true
	case i.keeps && req.Repeat:
		return false
	}
	if req.Post {
		return i.posts
	}
	return i.passes[req.Kind]
}

// contextURL is what the loader's context holds once the hook has had it: the
// rewritten URL if the hook changed the context, else the one the player gave it.
func (i *integration) contextURL(asked, sent manifest.Address) manifest.Address {
	if i.keeps {
		return sent
	}
	return asked
}

// workerIdle is how long a browser keeps a service worker that gets no events
// (Chromium: 30 s).
const workerIdle = 30 * time.Second

// worker is a service worker that rewrites URLs with the token the page posted to
// it last. The token lives in its memory and dies with it; a request starts it
// again, without one. The page posts over a BroadcastChannel, which starts no
// worker: but its own call of the token API is a request like any other and has
// just done so.
type worker struct {
	last   time.Time // event
	posted bool      // a token, since it was started
}

// request is a fetch event; it tells whether the worker has a token to write.
func (w *worker) request(now time.Time) bool {
	if !w.running(now) {
		w.posted = false
	}
	w.last = now
	return w.posted
}

func (w *worker) post(now time.Time) { w.posted = w.running(now) }

func (w *worker) running(now time.Time) bool {
	return !w.last.IsZero() && now.Sub(w.last) <= workerIdle
}

// workerSource is the token API reached from a page with a service worker.
type workerSource struct {
	refresher.Source
	worker *worker
	now    func() time.Time
}

// Call implements refresher.Source.
func (s *workerSource) Call(n int, done func(refresher.Answer)) (cancel func(qoe.Failure)) {
	s.worker.request(s.now())
	return s.Source.Call(n, done)
}
