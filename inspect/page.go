package inspect

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"soak/manifest"
	"soak/token"
)

// Kind is what a URL leads to.
type Kind string

// Kinds of children.
const (
	Manifest    Kind = "manifest" // the one asked for: multivariant playlist, media playlist or MPD
	Variant     Kind = "variant"
	Rendition   Kind = "rendition"    // EXT-X-MEDIA
	IFrames     Kind = "I-frame list" // EXT-X-I-FRAME-STREAM-INF
	SessionKey  Kind = "session key"  // EXT-X-SESSION-KEY
	SessionData Kind = "session data" // EXT-X-SESSION-DATA
	Steering    Kind = "steering manifest"
	Init        Kind = "init"
	Media       Kind = "segment"
	Part        Kind = "part"
	Hint        Kind = "preload hint"
	Index       Kind = "index" // of a SegmentBase
	Key         Kind = "key"
	Location    Kind = "location"
	Patch       Kind = "patch"  // PatchLocation
	Remote      Kind = "remote" // xlink:href
	TimeServer  Kind = "clock"  // UTCTiming over HTTP
)

// Child is one place that a manifest refers to, or several that differ in the
// file name only.
type Child struct {
	Kind  Kind
	Name  string       // for people: "1280x720", "en"; empty where there is nothing to say
	Ref   manifest.Ref // as written
	Count int          // how many there are of this shape

	Page *Page // the playlist it led to, if that was followed
	Err  error // why it did not lead to one; holds no token
	Open bool  // fetched without a grant and found to be free for anyone
}

// Page is a manifest as it was fetched: its presentation's URL is the final one.
type Page struct {
	Asked        string
	Presentation *manifest.Presentation
	Bytes        int
	Local        bool // from a file: its children cannot be fetched
	Children     []*Child

	indexes map[*manifest.Segments]manifest.Ref // where those were that were read; nil: none was asked for
	unread  []unread
}

// Redirected tells whether the manifest came from elsewhere than asked.
func (p *Page) Redirected() bool { return p.Asked != p.Presentation.URL }

// Read parses what came for asked.
func Read(asked string, r Response, now time.Time) (*Page, error) { return read(nil, asked, r, now) }

// read may import variables from the multivariant playlist that led here.
func read(parent *Page, asked string, r Response, now time.Time) (*Page, error) {
	if r.Status/100 != 2 && r.Status != 0 { // 0: not from a server
		return nil, fmt.Errorf("%s answered %d%s", Shown(asked), r.Status, advice(r.Status))
	}
	var above *manifest.Presentation
	if parent != nil {
		above = parent.Presentation
	}
	p, err := manifest.ParseChild(above, r.URL, r.ContentType, r.Body)
	if host := hostOf(r.URL); err != nil && host != "" && strings.Contains(err.Error(), host) {
		return nil, err // it says which
	} else if err != nil {
		return nil, fmt.Errorf("%s: %w", Shown(asked), err)
	}
	return &Page{Asked: asked, Presentation: p, Bytes: len(r.Body), Children: children(p, nil, now)}, nil
}

func advice(status int) string {
	switch status {
	case 401, 403:
		return ": the token is missing, wrong or for another address"
	case 410:
		return ": the token has expired"
	}
	return ""
}

// DefaultLimit is how many playlists or indexes Crawl follows unless told otherwise.
const DefaultLimit = 40

// Crawl fetches a manifest and the playlists or segment indexes it refers to, at
// most limit of them (DefaultLimit when not positive). What goes wrong with a
// playlist stands in its Child, with an index among the findings; what goes wrong
// with the manifest is the error.
func Crawl(ctx context.Context, from Getter, address string, limit int, now time.Time) (*Page, error) {
	root, err := fetch(ctx, from, nil, address, now)
	if err != nil {
		return nil, err
	}
	if limit <= 0 {
		limit = DefaultLimit
	}
	for _, c := range root.Children {
		if !c.playlist() {
			continue
		}
		if limit == 0 {
			c.Err = errors.New("not followed: there are too many playlists")
			continue
		}
		limit--
		if c.Page, c.Err = fetch(ctx, from, root, root.Presentation.Resolve(c.Ref), now); ctx.Err() != nil {
			return nil, ctx.Err()
		}
	}
	if root.Presentation.DASH != nil {
		if root.readIndexes(ctx, from, limit, now); ctx.Err() != nil {
			return nil, ctx.Err()
		}
	}
	return root, nil
}

func (c *Child) playlist() bool { return c.Kind == Variant || c.Kind == Rendition || c.Kind == IFrames }

func fetch(ctx context.Context, from Getter, parent *Page, address string, now time.Time) (*Page, error) {
	r, err := from.Get(ctx, address, manifest.Range{})
	if err != nil {
		return nil, fmt.Errorf("%s: %w", Shown(address), err)
	}
	return read(parent, address, r, now)
}

// children lists what a presentation refers to, each shape once; indexes are where
// those were that have been read.
func children(p *manifest.Presentation, indexes map[*manifest.Segments]manifest.Ref, now time.Time) []*Child {
	l := lister{p: p, indexes: indexes, known: map[string]*Child{}, met: map[string]bool{}}
	l.master(p.Master)
	if p.Steering != nil {
		l.once(Steering, "", p.Steering.Server)
	}
	l.mpd(p.DASH)
	for _, period := range p.Periods {
		for i, set := range period.Sets {
			for _, r := range set.Renditions {
				l.rendition(r, set, i == 0, now)
			}
		}
	}
	return l.list
}

func (l *lister) master(m *manifest.Master) {
	if m == nil {
		return
	}
	for _, k := range m.SessionKeys {
		l.once(SessionKey, "", k.Ref)
	}
	for _, d := range m.SessionData {
		if d.Ref.URI != "" {
			l.once(SessionData, d.ID, d.Ref)
		}
	}
}

func (l *lister) mpd(d *manifest.DASHTiming) {
	if d == nil {
		return
	}
	for _, r := range d.PatchLocations {
		l.once(Patch, "", r.Ref)
	}
	for _, r := range d.Locations {
		l.once(Location, "", r)
	}
	for _, r := range d.Remotes {
		l.once(Remote, r.Element, r.Ref)
	}
	for _, u := range d.UTCTiming {
		if strings.Contains(u.Scheme, ":http-") {
			for _, uri := range strings.Fields(u.Value) {
				l.once(TimeServer, "", manifest.Ref{URI: uri})
			}
		}
	}
}

type lister struct {
	p       *manifest.Presentation
	indexes map[*manifest.Segments]manifest.Ref
	list    []*Child
	known   map[string]*Child // by shape
	met     map[string]bool   // exact references
}

func (l *lister) rendition(r manifest.Rendition, s manifest.Set, first bool, now time.Time) {
	switch {
	case r.Segments != nil:
		l.segments(r.Segments, now)
	case r.Playlist.URI == "": // muxed into the variant
	case s.Trick:
		l.once(IFrames, rungName(r), r.Playlist)
	case first:
		l.once(Variant, rungName(r), r.Playlist)
	default:
		l.once(Rendition, trackName(r, s), r.Playlist)
	}
}

// segments adds every listed segment; of a track that is computed, which writes
// all its URLs by one pattern, the ends of the window do.
func (l *lister) segments(s *manifest.Segments, now time.Time) {
	l.init(s.Init())
	if i := s.Index(); i != nil {
		l.once(Index, "", i.Ref)
	} else if was, ok := l.indexes[s]; ok {
		l.once(Index, "", was)
	}
	for _, h := range s.Hints() {
		l.once(Hint, "", h.Ref)
	}
	list := s.Listed()
	if list == nil {
		l.computed(s, now)
	}
	for _, segment := range list {
		l.init(segment.Init)
		l.keys(segment.Keys)
		if !segment.Gap {
			l.ways(Media, "", segment.Ref)
		}
		for _, part := range segment.Parts {
			if !part.Gap {
				l.ways(Part, "", part.Ref)
			}
		}
	}
}

// ways counts a reference that may have alternatives, each way there once.
func (l *lister) ways(kind Kind, name string, r manifest.Ref) {
	l.add(kind, name, r).Count++
	for i := 1; i < len(r.Alternatives); i++ {
		l.add(kind, name, r.Via(i)).Count++
	}
}

func (l *lister) computed(s *manifest.Segments, now time.Time) {
	first, end := s.Window(now)
	a, ok := s.Number(first)
	b, also := s.Number(end - 1)
	if !ok || !also || end <= first {
		return
	}
	l.ways(Media, "", a.Ref)
	l.ways(Media, "", b.Ref)
	if more := int(end - first - 2); more > 0 {
		l.add(Media, "", a.Ref).Count += more
	}
}

func (l *lister) init(i *manifest.Init) {
	if i != nil {
		l.once(Init, "", i.Ref)
		l.keys(i.Keys)
	}
}

func (l *lister) keys(keys []manifest.Key) {
	for _, k := range keys {
		l.once(Key, "", k.Ref)
	}
}

// once counts a reference that was not met before.
func (l *lister) once(kind Kind, name string, r manifest.Ref) {
	exact := string(kind) + "\n" + strings.Join(r.Bases, "\n") + "\n" + r.URI
	if !l.met[exact] {
		l.met[exact] = true
		l.ways(kind, name, r)
	}
}

// add is the child of a reference: a new one, unless one is there already that
// differs only in the file name. What is not fetched over HTTP (skd:, data:,
// urn:) gets one that is not listed.
func (l *lister) add(kind Kind, name string, r manifest.Ref) *Child {
	c := &Child{Kind: kind, Name: name, Ref: r}
	if !strings.HasPrefix(l.p.Resolve(r), "http") && strings.Contains(r.URI, ":") {
		return c
	}
	shape := string(kind) + "\n" + strings.Join(r.Bases, "\n") + "\n"
	if kind == Media || kind == Part || kind == Key || kind == Init {
		shape += directory(r.URI)
	} else {
		shape += r.URI
	}
	if known, ok := l.known[shape]; ok {
		return known
	}
	l.known[shape] = c
	l.list = append(l.list, c)
	return c
}

// directory is what a reference has in common with its neighbours: all up to the
// last slash of the path, and the names of the query's parameters.
func directory(uri string) string {
	path, query, _ := strings.Cut(uri, "?")
	names := ""
	for pair := range strings.SplitSeq(query, "&") {
		name, _, _ := strings.Cut(pair, "=")
		names += "&" + name
	}
	return path[:strings.LastIndexByte(path, '/')+1] + names
}

// Probe fetches the children that stand on the manifest's host without a grant,
// one of each kind and host, to learn whether anyone may have them.
func Probe(ctx context.Context, from Getter, root *Page, first token.Grant) {
	asked := map[string]bool{}
	for p := range root.pages() {
		for _, c := range p.Children {
			address := p.Presentation.Resolve(c.Ref)
			if c.Page != nil {
				c.Open = !carries(address, first)
				continue
			}
			if _, signed := looseFind(address); signed || carries(address, first) || hostOf(address) != hostOf(root.Asked) {
				continue
			}
			place := string(c.Kind) + directory(address)
			if _, done := asked[place]; !done && len(asked) < maxProbes {
				r, err := from.Get(ctx, address, manifest.Range{})
				asked[place] = err == nil && r.Status/100 == 2
			}
			c.Open = asked[place]
		}
	}
}

const maxProbes = 16

// pages are the page and those it led to.
func (p *Page) pages() func(yield func(*Page) bool) {
	return func(yield func(*Page) bool) {
		if !yield(p) {
			return
		}
		for _, c := range p.Children {
			if c.Page != nil && !yield(c.Page) {
				return
			}
		}
	}
}
