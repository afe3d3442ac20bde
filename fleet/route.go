package fleet

import (
	"strings"
	"time"

	"soak/lab"
	"soak/player"
	"soak/qoe"
	"soak/refresher"
	"soak/token"
)

// route is what requests for the files of one directory have in common while one
// grant is in force: how their URLs are rewritten, the grant that then stands there,
// and what the lab knows of the directory.
type route struct {
	from string // as the player has it
	to   string // as it is sent
	granted

	directory lab.Directory
	known     bool // false: files there are asked for by their whole URLs

	writer refresher.Writer // of its to
	users  int              // calls that may still look at it
	made   uint             // the how manyth of all
}

// granted is the grant that stands in URLs.
type granted struct {
	grant token.Grant
	life  time.Duration // of the grant, from the loops' beginning
	lasts bool          // less than centuries: what is left of it is life less what has passed
}

// grantedAt is a grant on loops that began at an instant.
func grantedAt(begin time.Time, g token.Grant) granted {
	const century = 100 * 365 * 24 * time.Hour
	life := g.Life(begin)
	return granted{g, life, -century < life && life < century}
}

// leads tells whether it is the route of a directory under a writer.
func (x *route) leads(from string, w refresher.Writer) bool {
	return x.writer == w && (x.from == from || x.to == from)
}

// routes are the latest ones: viewers ask for file after file of a handful of
// directories, and in virtual time one viewer after another is computed.
type routes struct {
	lab     *lab.Lab
	begin   time.Time // of the viewers' loops
	kept    [keptRoutes]*route
	writers [keptRoutes]refresher.Writer // theirs: most differ in it already
	latest  uint                         // routes made so far
	before  [keptKinds]before            // of requests of a kind, for a media
}

// before is the route that the latest request had.
type before struct {
	*route
	from string // as the player had it then
	made uint   // while the route has it too, it is the same
}

// Powers of two. There are as many kinds as there are bits for one and its media.
const (
	keptRoutes = 16
	keptKinds  = 1 << 6
)

// of is the route of a request, most often that of the one before of its kind.
func (r *routes) of(req *player.Request, w refresher.Writer) *route {
	b := &r.before[(req.Kind<<2|qoe.Kind(req.Media))%keptKinds]
	if x := b.route; x == nil || x.made != b.made || x.writer != w || b.from != req.URL.Directory {
		x = r.find(req.URL.Directory, w)
		*b = before{x, req.URL.Directory, x.made}
	}
	return b.route
}

// find is the route of requests for the files of a directory.
//
// It is [refresher.Writer.Rewrite], and [lab.Lab.Directory], of which it keeps what
// does not depend on the file. What was rewritten once is written so for good.
func (r *routes) find(from string, w refresher.Writer) *route {
	for n := range uint(keptRoutes) {
		i := (r.latest - n) % keptRoutes
		if x := r.kept[i]; r.writers[i] == w && x != nil && x.leads(from, w) {
			return x
		}
	}
	if cut := beneathGrant(from); cut > 0 {
		return r.within(r.find(from[:cut], w), cut, from, w)
	}
	return r.add(from, w)
}

// add finds a route from nothing.
func (r *routes) add(from string, w refresher.Writer) *route {
	x := r.take(from, w)
	x.to = w.Put(from)
	for _, same := range r.kept {
		if same != nil && same != x && same.to == x.to {
			x.leadTo(same)
			return x
		}
	}
	x.granted = grantedAt(r.begin, w.Standing(x.to))
	x.known = r.lab.Directory(&x.directory, x.to)
	return x
}

// within is the route of a directory in that of another one, which ends at cut and whose
// grant is its own.
func (r *routes) within(above *route, cut int, from string, w refresher.Writer) *route {
	above.users++ // so that it is not taken
	defer func() { above.users-- }()
	x := r.take(from, w)
	for _, same := range r.kept {
		if same != nil && same != x && same.grant.Expires == above.grant.Expires && joins(same.to, above.to, from[cut:]) {
			x.leadTo(same)
			return x
		}
	}
	x.granted = above.granted
	if x.to = from; above.to != from[:cut] {
		x.to = above.to + from[cut:]
	}
	x.known = above.known && above.directory.Within(&x.directory, x.to)
	return x
}

// leadTo makes x lead where another route does, of another viewer mostly: tokens of one
// second are the same. The text is the same too, so that who compares it need not read it.
func (x *route) leadTo(same *route) {
	x.to, x.granted, x.directory, x.known = same.to, same.granted, same.directory, same.known
}

// joins tells whether a text is two others.
func joins(text, first, second string) bool {
	at := len(first)
	return len(text) == at+len(second) && text[:at] == first && text[at:] == second
}

// take is a route in place of the oldest one.
func (r *routes) take(from string, w refresher.Writer) *route {
	r.latest++
	at := r.latest % keptRoutes
	x := r.kept[at]
	if x == nil || x.users > 0 {
		x = new(route)
	}
	x.from, x.writer, x.made = from, w, r.latest
	r.kept[at], r.writers[at] = x, w
	return x
}

// beneathGrant is where in a URL that ends with a slash the last directory's name
// begins, if it stands beneath what may be an expiry and begins with a letter, so that
// it is no part of a grant itself; else 0. What is rewritten then stands before it.
func beneathGrant(from string) int {
	end := len(from) - 1
	if end < 1 {
		return 0
	}
	at := strings.LastIndexByte(from[:end], '/') + 1
	if at < 2 || !letter(from[at]) {
		return 0
	}
	above := strings.LastIndexByte(from[:at-1], '/') + 1
	if c := from[above]; c < '1' || c > '9' {
		return 0
	}
	return at
}

func letter(c byte) bool { return 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' }
