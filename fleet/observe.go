package fleet

import (
	"regexp"
	"strings"
	"time"

	"soak/player"
	"soak/qoe"
	"soak/refresher"
	"soak/token"
)

// Observer watches viewers closer than a Summary does. Nil functions are not
// called. They run on the viewer's loop: on one goroutine in virtual runs, which are
// then computed on one core, always in the same order (each viewer's samples in theirs,
// whatever others do), and on many goroutines in real ones. What they are told carries no token.
type Observer struct {
	// Begin is told when scenario time zero is, before anything else.
	Begin func(start time.Time)
	// Viewer is told of a viewer who comes, before anything that the viewer does.
	Viewer func(viewer int, l qoe.Labels)
	// Causes is told what a viewer's troubles are due to, where that is asked for: as
	// the viewer leaves, or in virtual time when the run is over.
	Causes func(viewer int, c qoe.Causes)
	// Sample is told everything that a viewer lives through.
	Sample func(viewer int, s qoe.Sample)
	// Exchange is told each request of a player besides.
	Exchange func(viewer int, x Exchange)
	// Call is told each call of the token API besides.
	Call func(viewer int, c TokenCall)
	// Decision is told that the player goes over to another rendition of the video,
	// with its first request there.
	Decision func(viewer int, d Decision)
	// State is told how a viewer's player stands, every Every from the viewer's
	// arrival on and once more as the viewer leaves. Before there is a player it is
	// the zero State.
	State func(viewer int, at time.Time, s player.State)
	Every time.Duration // 0: State is told on leaving only
}

// What an observer is told besides samples.
type (
	Exchange  = qoe.Exchange
	TokenCall = qoe.TokenCall
	Decision  = qoe.Decision
)

// observed is one viewer as its observer sees it; nil when nobody watches.
type observed struct {
	*Observer
	viewer  *viewer
	api     string // the token API's URL
	loading int64  // the rendition last asked for, bits per second
}

// observe lets o, which may be nil, watch a viewer.
func (v *viewer) observe(o *Observer) {
	if o != nil {
		v.observer = &observed{Observer: o, viewer: v}
	}
}

func (o *Observer) begin(start time.Time) {
	if o != nil && o.Begin != nil {
		o.Begin(start)
	}
}

func (o *observed) came() {
	if o != nil && o.Viewer != nil {
		o.Viewer(o.viewer.id, labels(o.viewer.cohort))
	}
}

func (o *observed) causes(c qoe.Causes) {
	if o != nil && o.Causes != nil {
		o.Causes(o.viewer.id, c)
	}
}

func (o *observed) sample(s qoe.Sample) {
	if o == nil {
		return
	}
	if o.Sample != nil {
		o.Sample(o.viewer.id, s)
	}
	if r, ok := s.(qoe.Refresh); ok && o.Call != nil {
		o.Call(o.viewer.id, TokenCall{Refresh: r, URL: o.api})
	}
}

// calls notes where a viewer's tokens come from.
func (o *observed) calls(src refresher.Source) {
	if o == nil {
		return
	}
	switch s := src.(type) {
	case *refresher.HTTPSource:
		o.api = hashed(s.URL)
	case *modelSource:
		o.api = hashed(s.lab.Hosts().API + "?" + s.query)
	}
}

// fetched is told of a request.
func (o *observed) fetched(f *fetch, s qoe.Fetch) {
	o.sample(s)
	if o.Exchange == nil {
		return
	}
	x := Exchange{
		Fetch: s, URL: hashed(f.url.String()), Range: rangeOf(f.req.Range), Post: f.req.Post,
		Detail: f.answer.Detail, Type: f.answer.ContentType, Wire: f.answer.wire,
	}
	if final := f.answer.URL; !final.IsZero() && final != f.url {
		x.Final = hashed(final.String())
	}
	o.Exchange(o.viewer.id, x)
}

// asked sees which rendition a request is for.
func (o *observed) asked(f *fetch) {
	if o == nil || o.Decision == nil || f.req.Media != qoe.Video || f.req.Kind != qoe.Segment && f.req.Kind != qoe.Init || o.viewer.player == nil {
		return
	}
	s := o.viewer.player.State()
	if s.Loading == 0 || s.Loading == o.loading {
		return
	}
	o.Decision(o.viewer.id, Decision{At: f.start(), From: o.loading, To: s.Loading, Estimate: s.Estimate, Buffer: s.Buffer})
	o.loading = s.Loading
}

// blame notes what the viewer's troubles are due to.
func (v *viewer) blame(c qoe.Causes) {
	v.log.Blame(c)
	v.observer.causes(c)
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

// hashed is a URL with hashes in place of its tokens, and without a fragment, which
// nobody is sent. Where the token stands is known of most; elsewhere all is replaced
// that might be one, as "v2" before a long number.
func hashed(url string) string {
	url, _, _ = strings.Cut(url, "#")
	path, query, asked := strings.Cut(url, "?")
	if l, ok := token.Locate(path); ok {
		path = token.Redact(strings.TrimSuffix(path, "/"+l.Rest)+"/") + pairs.ReplaceAllStringFunc("/"+l.Rest, token.Redact)[1:]
	} else {
		path = token.Redact(path)
	}
	if asked {
		path += "?" + token.Redact(query)
	}
	return strings.ReplaceAll(path, "#", "")
}

var pairs = regexp.MustCompile(token.Pattern)
