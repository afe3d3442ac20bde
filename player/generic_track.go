package player

import (
	"fmt"
	"slices"
	"time"

	"soak/loop"
	"soak/manifest"
	"soak/qoe"
)

// genericTrack fetches one media, one request at a time: a segment's key if it is
// new, its initialization if that is, the segment.
type genericTrack struct {
	g      *generic
	media  qoe.Media
	rung   int
	manual int           // chosen by the viewer; -1: none
	next   time.Duration // what comes next begins here
	over   bool          // there is no more

	load   *genericLoad
	piece  piece
	folder manifest.Folder // where its segments are
	stage  qoe.Kind        // of the request in flight
	inits  []genericInit
	keys   []string // as the manifest writes them: a new token is no new key

	fails  trouble // with the piece
	passed int     // pieces in a row
	timer  loop.Timer
	onLook func()
	watch  loop.Timer // of a download that may be too slow
	shown  int64
}

// genericInit is an initialization segment by how the manifest writes it.
type genericInit struct {
	rung int
	uri  string
	rng  manifest.Range
}

func newGenericTrack(g *generic, m qoe.Media, at time.Duration) *genericTrack {
	t := &genericTrack{g: g, media: m, next: at, manual: -1}
	t.load = newGenericLoad(g, t.loaded)
	t.onLook = t.look
	t.rung = t.best(g.o.initial * g.o.safety)
	return t
}

// look does what can be done now, or arms the timer for when something can be.
func (t *genericTrack) look() {
	g := t.g
	if t.load.active() || t.over || g.dead || g.stopped || t.fails.n > 0 && t.timer.Pending() {
		return
	}
	t.timer.Stop()
	if wait := t.full(); wait > 0 {
		if g.el.moving() {
			t.lookIn(g.el.unscaled(wait))
		}
		return
	}
	if t.fails.n == 0 {
		t.choose()
	}
	g.feed.use(t.media, t.rung)
	p, o := g.feed.next(t.media, t.rung, t.next)
	switch o.state {
	case here:
		t.fetch(p)
	case soon:
		t.lookIn(max(o.at.Sub(g.now()), 0))
	case gone:
		t.lost()
	case over:
		t.over = true
		g.finish()
	case unsure: // the feed will poke
	}
}

func (t *genericTrack) lookIn(d time.Duration) { t.g.w.Set(&t.timer, d, t.onLook) }

// full is how much has to be played before more is fetched.
func (t *genericTrack) full() time.Duration {
	return t.next - t.g.el.position() - t.g.o.buffer
}

// lost is a piece that has left the window before it was fetched. A playhead that
// still moves goes on to the edge of what there is; it is then that the jump costs
// least.
func (t *genericTrack) lost() {
	if t.g.el.moving() {
		t.lookIn(t.g.el.unscaled(t.g.el.left()) + 1)
		return
	}
	to := t.g.feed.begin()
	if to <= t.next { // not there either: the server's window and its clock disagree
		t.lookIn(t.g.o.retry)
		return
	}
	t.g.jump(to, "window")
	t.g.w.Set(nil, 0, t.g.poke)
}

func (t *genericTrack) fetch(p piece) {
	if p.gap {
		t.pass(p, "")
		return
	}
	t.piece = p
	t.step()
}

// step asks for the next thing that the piece needs.
func (t *genericTrack) step() {
	p := &t.piece
	req := Request{Media: t.media, Attempt: t.fails.n + 1}
	if i := slices.IndexFunc(p.keys, isHTTPKey); i >= 0 && !slices.Contains(t.keys, p.keys[i].Ref.URI) {
		req.Kind, req.URL = qoe.Key, t.folder.Address(p.p, p.keys[i].Ref)
	} else if in := p.init; in != nil && !slices.Contains(t.inits, t.initOf(in)) {
		req.Kind, req.URL, req.Range = qoe.Init, t.folder.Address(p.p, in.Ref), in.Range
	} else {
		req.Kind, req.URL, req.Range = qoe.Segment, t.folder.Address(p.p, p.ref), p.rng
	}
	t.stage = req.Kind
	t.load.start(req)
	if req.Kind == qoe.Segment {
		t.guard()
	}
}

func (t *genericTrack) initOf(in *manifest.Init) genericInit {
	return genericInit{t.rung, in.Ref.URI, in.Range}
}

// genericKept bounds what is remembered of keys and initializations: live streams
// rotate them without end.
const genericKept = 32

func keep[T any](list []T, v T) []T {
	if len(list) >= genericKept {
		list = append(list[:0], list[1:]...)
	}
	return append(list, v)
}

func (t *genericTrack) loaded(r *Response) {
	t.watch.Stop()
	if !r.OK() {
		t.failed(r)
		return
	}
	switch t.stage {
	case qoe.Key:
		i := slices.IndexFunc(t.piece.keys, isHTTPKey)
		t.keys = keep(t.keys, t.piece.keys[i].Ref.URI)
		t.step()
	case qoe.Init:
		t.inits = keep(t.inits, t.initOf(t.piece.init))
		t.step()
	default:
		t.append(r)
	}
}

func (t *genericTrack) append(r *Response) {
	g, p := t.g, &t.piece
	bit := t.bitrate()
	if t.media == qoe.Video {
		g.measure(r)
	}
	t.fails, t.passed = trouble{}, 0
	t.next = p.end
	g.el.append(t.media, p.start, p.end, bit)
	if t.shown != 0 && t.shown != bit {
		g.w.Emit(qoe.Switch{At: g.w.Now(), Media: t.media, From: t.shown, To: bit})
	}
	t.shown = bit
	g.poke()
}

// failed decides about a request that brought nothing. It is made again after a
// pause, from what the manifest says by then; and while other things do come, of
// another quality, and in the end not at all.
func (t *genericTrack) failed(r *Response) {
	g := t.g
	t.fails.add(g.w.Now())
	if g.tired(t.fails) {
		g.fail(t.stage, fmt.Sprintf("%v: %s, and nothing else for %v", t.stage, because(r), g.o.patience))
		return
	}
	others := g.lastOK.After(t.fails.since)
	switch {
	case others && t.fails.n >= g.o.tries<<min(t.passed, 4) && t.stage != qoe.Init:
		t.passed++ // several in a row are hardly to blame each for itself
		t.pass(t.piece, because(r))
		return
	case t.fails.n >= 2 && (others || !turnedDown(r)):
		t.another()
	}
	if t.fails.n == 2 {
		g.feed.refresh(t.media)
	}
	t.lookIn(g.pause(t.fails))
}

func turnedDown(r *Response) bool { return r.Status == 401 || r.Status == 403 || r.Status == 410 }

// another quality may have what this one has not.
func (t *genericTrack) another() {
	rung := t.rung - 1
	if rung < 0 {
		rung = len(t.ladder()) - 1
	}
	if t.g.feed.prepare(t.media, rung) {
		t.rung = rung
	}
}

// pass goes on with the piece after this one.
func (t *genericTrack) pass(p piece, why string) {
	if why != "" {
		t.g.note(fmt.Sprintf("%v passed over: %s", t.stage, why))
	}
	t.fails, t.next = trouble{}, p.end
	t.timer.Stop()
	t.g.w.Set(nil, 0, t.g.poke)
}

// moveTo fetches from another presentation time on, and drops what is buffered
// elsewhere.
func (t *genericTrack) moveTo(at time.Duration) {
	t.abort()
	b := t.g.el.buffers[t.media]
	end := b.reach(at, maxHole)
	if end == at {
		t.g.el.remove(t.media, 0, b.end())
	}
	t.next, t.over, t.fails = end, false, trouble{}
}

func (t *genericTrack) abort() {
	t.load.abort()
	t.timer.Stop()
	t.watch.Stop()
}
