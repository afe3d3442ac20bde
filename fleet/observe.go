package fleet

import (
	"strings"
	"time"

	"soak/player"
	"soak/qoe"
	"soak/token"
)

// Observer watches viewers closer than a Summary does. Nil functions are not
// called. They run on the viewer's loop: on one goroutine in virtual runs, which are
// then computed on one core, always in the same order (each viewer's samples in theirs,
// whatever others do), and on many goroutines in real ones. What they are told carries no token.
type Observer struct {
	// Sample is told everything that a viewer lives through.
	Sample func(viewer int, s qoe.Sample)
	// Exchange is told each request of a player besides, with what was asked for.
	Exchange func(viewer int, x Exchange)
	// State is told how a viewer's player stands, every Every from the viewer's
	// arrival on and once more as the viewer leaves. Before there is a player it is
	// the zero State.
	State func(viewer int, at time.Time, s player.State)
	Every time.Duration // 0: State is told on leaving only
}

// Exchange is a request of a player and the object it was for.
type Exchange struct {
	qoe.Fetch
	Object string // path behind the token, without query: "v2/1234.m4s"
}

// observed is one viewer as its observer sees it; nil when nobody watches.
type observed struct {
	*Observer
	viewer *viewer
}

// observe lets o, which may be nil, watch a viewer.
func (v *viewer) observe(o *Observer) {
	if o != nil {
		v.observer = &observed{Observer: o, viewer: v}
	}
}

func (o *observed) sample(s qoe.Sample) {
	if o != nil && o.Sample != nil {
		o.Sample(o.viewer.id, s)
	}
}

func (o *observed) exchange(url string, f qoe.Fetch) {
	if o != nil && o.Exchange != nil {
		o.Exchange(o.viewer.id, Exchange{Fetch: f, Object: objectOf(url)})
	}
}

// state tells how the player stands now.
func (o *observed) state() {
	if o == nil || o.State == nil || o.viewer.log == nil {
		return
	}
	var s player.State
	if p := o.viewer.player; p != nil {
		s = p.State()
	}
	o.State(o.viewer.id, o.viewer.clock.Now(), s)
}

// keepWatching tells the state now and from time to time until the viewer leaves.
func (o *observed) keepWatching() {
	if o == nil || o.State == nil || o.Every <= 0 || o.viewer.left {
		return
	}
	o.state()
	o.viewer.clock.After(o.Every, o.keepWatching)
}

// objectOf is what a URL names, without host, query and token.
func objectOf(url string) string {
	if l, ok := token.Locate(url); ok {
		return l.Rest
	}
	path := pathOf(url)
	if _, rest, ok := strings.Cut(path, "://"); ok {
		_, path, _ = strings.Cut(rest, "/")
	}
	path = "/" + strings.TrimPrefix(path, "/")
	return strings.TrimPrefix(token.Redact(path), "/")
}
