package inspect

import (
	"strings"
	"time"

	"soak/manifest"
	"soak/refresher"
	"soak/token"
)

// Integration is a refresh policy at work in a player.
type Integration struct {
	Policy  string            `json:"policy"`
	Player  string            `json:"player"`
	Hook    refresher.Hook    `json:"hook,omitempty"`
	Rewrite refresher.Rewrite `json:"rewrite"`
}

// Integrations are the policies with the players that play a format. The guide's
// dash.js sample hooks into dash.js 4.5 to 4.7; dash.js 5 never calls it. "none"
// is a page that refreshes nothing.
func Integrations(f manifest.Format) []Integration {
	player := "hlsjs"
	if f == manifest.DASH {
		player = "dashjs"
	}
	var all []Integration
	for _, p := range refresher.Policies() {
		switch i := (Integration{p.Name, player, p.Hook, p.Rewrite}); {
		case p.Hook == refresher.LoaderHook && f == manifest.DASH, p.Hook == refresher.ModifyRequestHook && f == manifest.HLS:
		case sameURLs(p.Hook): // another policy stands for it
		case p.Hook == refresher.ModifyRequestHook:
			i.Player = "dashjs 4.7"
			all = append(all, i, Integration{p.Name, "dashjs 5", p.Hook, refresher.RewriteNever})
		default:
			all = append(all, i)
		}
	}
	return append(all, Integration{Policy: "none", Player: player, Rewrite: refresher.RewriteNever})
}

// sameURLs tells of hooks by which the guide's rewriting reaches the same URLs as
// by those that are listed: where it is done differs, what comes out does not.
func sameURLs(h refresher.Hook) bool {
	return h == refresher.XHRSetupHook || h == refresher.InterceptorHook || h == refresher.ModifyRequestURLHook || h == refresher.ServiceWorkerHook
}

// Derivation is what the integrations would make of a stream's URLs.
type Derivation struct {
	Grants   []Mark    `json:"grants"` // the first one and those after refreshes
	Observed bool      `json:"observed"`
	Checked  []Checked `json:"checked"`
	Problems []Problem `json:"problems"`
}

// Mark is a grant as it may be shown.
type Mark struct {
	Hash     string `json:"hash"`
	Expires  int64  `json:"expires"`
	Invented bool   `json:"invented,omitempty"`
}

// Checked is one integration that was replayed.
type Checked struct {
	Integration
	Problems int `json:"problems"`
}

// Sight is a manifest as it was fetched with a grant in its URL.
type Sight struct {
	Page  *Page
	Grant token.Grant
}

// Derive replays what each integration would request from one refresh to the
// next, and tells every kind of request that would go out with a stale, missing
// or stray token. again, which may be empty, is the same stream seen with
// another grant.
//
// What a player resolves children against (hls.js, dash.js):
//
//   - hls.js loads the multivariant playlist once, under the first token. Live
//     playlists are loaded again and again by the URI in it, VOD playlists once,
//     when first needed: under the first token or a later one.
//   - dash.js loads a static MPD once. A live one is asked for again at Location,
//     or where it last came from: after redirects and rewriting. Patches are asked
//     for at PatchLocation.
func Derive(first Sight, again Sight, now time.Time) Derivation {
	grants := Foresee(first.Grant, now, again.Grant)
	d := Derivation{Problems: []Problem{}, Observed: again.Page != nil}
	for i, g := range grants {
		d.Grants = append(d.Grants, Mark{token.Hash(g.Token), g.Expires, i > 0 && (i > 1 || g != again.Grant)})
	}
	format := first.Page.Presentation.Format
	for _, i := range Integrations(format) {
		r := &replay{
			Integration: i, grants: grants, source: first.Page.Asked, now: now.Unix(),
			life: grants[1].Expires - first.Grant.Expires, seen: pair(first.Page, again.Page),
			rewriter: rewriter(i.Rewrite, first.Page.Asked, grants), format: format,
		}
		r.play(first.Page)
		d.Checked = append(d.Checked, Checked{i, len(r.problems)})
		d.Problems = append(d.Problems, r.problems...)
	}
	return d
}

// rewriter is what an integration does to URLs. The one that replaces the
// original pair takes it from the source URL, by the players' pattern; it never
// starts when there is none.
func rewriter(r refresher.Rewrite, source string, grants Grants) token.Rewriter {
	switch r {
	case refresher.RewriteNever:
		return token.Never{}
	case refresher.RewriteOriginal:
		if original, ok := token.Find(source); ok {
			return token.OriginalPair{Original: original}
		}
		return token.Never{}
	case refresher.RewriteIssued:
		var issued []token.Pair
		for _, g := range grants {
			issued = append(issued, g.Pair())
		}
		return token.IssuedPair{Issued: issued}
	}
	return token.AnyPair{}
}

// pair tells which page was seen where the other one was.
func pair(a, b *Page) map[*Page]*Page {
	seen := map[*Page]*Page{}
	if b == nil {
		return seen
	}
	seen[a] = b
	for i, c := range a.Children {
		if i < len(b.Children) && c.Page != nil && b.Children[i].Page != nil && c.Kind == b.Children[i].Kind {
			seen[c.Page] = b.Children[i].Page
		}
	}
	return seen
}

// replay is one integration playing.
type replay struct {
	Integration
	rewriter token.Rewriter
	format   manifest.Format
	grants   Grants
	source   string
	now      int64 // Unix seconds
	life     int64 // of a grant, in seconds
	seen     map[*Page]*Page
	problems []Problem
}

// load is one load of a manifest.
type load struct {
	page  *Page
	base  string // final URL
	epoch int    // refreshes before it
	lost  bool   // the request could not succeed: nothing is learned from it

	// origin is how a token that is not ours came into the base: "H22" by a
	// redirect, "H21" because a manifest wrote it.
	origin string
}

func (r *replay) play(root *Page) {
	p := root.Presentation
	switch {
	case r.format == manifest.DASH && p.Reload.Live:
		r.reloadMPD(root)
	case p.Media:
		r.playlist(root, root.Asked, 0, nil)
	default:
		at := r.request(root, root.Asked, 0, load{page: root}, nil)
		for _, c := range root.Children {
			if at.lost {
				break
			}
			if address := r.resolve(at, c.Ref); c.Page != nil {
				r.playlist(c.Page, address, 1, &link{at, c})
			} else {
				r.child(at, c, address)
			}
		}
	}
}

// link is where a URL comes from.
type link struct {
	from  load
	child *Child
}

// playlist plays a media playlist that address leads to. Live, it is loaded after
// every refresh; VOD, once: at the start, or first after as many as late
// refreshes.
func (r *replay) playlist(p *Page, address string, late int, from *link) {
	if p.Presentation.Live {
		for epoch := range r.grants {
			at := r.request(p, address, epoch, load{page: p}, from)
			r.children(at, epoch, epoch)
		}
		return
	}
	for epoch := 0; epoch <= late; epoch++ {
		at := r.request(p, address, epoch, load{page: p}, from)
		r.children(at, epoch, refreshes)
	}
}

// reloadMPD plays a live MPD.
func (r *replay) reloadMPD(root *Page) {
	address, from := root.Asked, (*link)(nil)
	for epoch := range r.grants {
		at := r.request(root, address, epoch, load{page: root}, from)
		r.children(at, epoch, epoch)
		address, from = at.base, &link{at, nil}
		for _, c := range root.Children {
			switch next := r.resolve(at, c.Ref); {
			case c.Kind == Patch && epoch < refreshes:
				r.judge(Patch, next, epoch+1, &link{at, c})
			case c.Kind == Location && from.child == nil:
				address, from = next, &link{at, c}
			}
		}
	}
}

// children requests everything in a manifest that was loaded, from one epoch to
// another.
func (r *replay) children(at load, first, last int) {
	if at.lost {
		return
	}
	for _, c := range at.page.Children {
		if c.Kind == Location || c.Kind == Patch {
			continue // judged when the MPD is asked for again
		}
		address := r.resolve(at, c.Ref)
		for epoch := first; epoch <= last; epoch++ {
			r.judge(c.Kind, address, epoch, &link{at, c})
		}
	}
}

// child requests what stands in the first manifest, which is never loaded again.
func (r *replay) child(at load, c *Child, address string) {
	for epoch := range r.grants {
		r.judge(c.Kind, address, epoch, &link{at, c})
	}
}

// request loads a manifest and gives its base.
func (r *replay) request(p *Page, address string, epoch int, at load, from *link) load {
	kind := Manifest
	if from != nil && from.child != nil {
		kind = from.child.Kind
	}
	dispatched, fault := r.judge(kind, address, epoch, from)
	at.epoch, at.base, at.lost, at.origin = epoch, dispatched, fault == Broken || fault == Missing, originOf(from)
	if p.Redirected() {
		at.origin = "H22"
		final := p.Presentation.URL
		if other := r.seen[p]; other != nil {
			final = r.written(final, other.Presentation.URL, dispatched, epoch)
		} else {
			final = r.written(final, "", dispatched, epoch)
		}
		at.base = final
	}
	return at
}

// originOf is how a token that is not ours came into a URL.
func originOf(from *link) string {
	switch {
	case from == nil:
		return ""
	case from.child != nil && hasPair(from.child):
		return "H21"
	}
	return from.from.origin
}

// resolve makes a child's URL as a manifest says that was loaded so.
func (r *replay) resolve(at load, ref manifest.Ref) string {
	second := r.refAgain(at.page, ref)
	write := func(text, other string) string { return r.written(text, other, at.base, at.epoch) }
	as := manifest.Ref{URI: write(ref.URI, second.URI), Query: ref.Query}
	for i, b := range ref.Bases {
		other := ""
		if i < len(second.Bases) {
			other = second.Bases[i]
		}
		as.Bases = append(as.Bases, write(b, other))
	}
	p := manifest.Presentation{Document: at.page.Presentation.Document, URL: at.base}
	return p.Resolve(as)
}

// refAgain is what stood in the place of a reference at the second sight.
func (r *replay) refAgain(p *Page, ref manifest.Ref) manifest.Ref {
	other := r.seen[p]
	if other == nil {
		return manifest.Ref{}
	}
	for i, c := range p.Children {
		if i < len(other.Children) && other.Children[i].Kind == c.Kind && c.Ref.URI == ref.URI {
			return other.Children[i].Ref
		}
	}
	return manifest.Ref{}
}

// written is a text that the server wrote when the first grant was presented
// (other, when the second was), as it writes it for a URL at an epoch. A token
// that is the request's comes back as the request's; one of the server's own
// comes anew; one that two requests did not change stays for ever.
func (r *replay) written(text, other, asked string, epoch int) string {
	own, ok := looseFind(text + "/")
	if mine, is := r.grants.carried(text + "/"); is {
		if other != "" && carries(other+"/", r.grants[mine]) {
			return text
		}
		if now, is := r.grants.carried(asked); is {
			return Replace(text, r.grants[mine], r.grants[now])
		}
		return text
	}
	if !ok || own.Expires < r.now || carries(other+"/", own) {
		return text
	}
	return Replace(text, own, renewed(own, epoch, r.life))
}

// sameHost tells whether a URL leads to the host that playback began on.
func (r *replay) sameHost(address string) bool {
	return strings.EqualFold(hostOf(address), hostOf(r.source))
}
