package lab

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"soak/qoe"
	"soak/token"
)

// Edge judges a request and answers it from the origin. It may be called from
// any goroutine.
//
// Bad tokens are 403, expired ones 410, in this order; only then is anything said
// about what exists. A path that is not of the protected form is 404, as it is at
// an nginx with no such location. /time tells the time to anyone. Faults come
// before all of this, and an edge that is down before anything.
func (l *Lab) Edge(r Request, now time.Time) Answer {
	var a Answer
	l.EdgeInto(&a, &r, now)
	return a
}

// EdgeInto is Edge for who keeps requests and answers: a is the zero Answer, and filled
// in. The client's address in r becomes the one that the edge believes.
func (l *Lab) EdgeInto(a *Answer, r *Request, now time.Time) {
	if r.Forwarded != "" {
		r.ClientIP = l.clientAt(forwardedEdge, r)
	}
	if l.steady {
		l.answer(a, r, now)
		return
	}
	rules := l.cfg.Edges.of(r.Edge)
	down, ever := Window{}, false
	if len(rules.Down) > 0 {
		if down, ever = rules.down(now.Sub(l.epoch)); ever && down.has(now.Sub(l.epoch)) {
			*a = Answer{Refused: true, Reason: "the edge is down", Date: now.Truncate(time.Second)}
			return
		}
	}
	l.answer(a, r, now)
	if ever {
		a.endBy(l.epoch.Add(down.From))
	}
	if skew := l.cfg.EdgeSkew + rules.Skew; skew != 0 {
		a.Date = now.Add(a.Delay + skew).Truncate(time.Second)
	}
	if l.cfg.Headers.NoDate {
		a.Date = time.Time{}
	}
}

// steady tells whether all edges are always up and tell the time as it is.
func (c *Config) steady() bool {
	for _, e := range []*EdgeRules{&c.Edges.Plain, &c.Edges.IPBound, &c.Edges.Second} {
		if len(e.Down) > 0 || e.Skew != 0 {
			return false
		}
	}
	return c.EdgeSkew == 0 && !c.Headers.NoDate
}

// endBy breaks the answer off at an instant, if that is not to happen before.
func (a *Answer) endBy(at time.Time) {
	if a.Until.IsZero() || at.Before(a.Until) {
		a.Until = at
	}
}

// answer is that of an edge that is up.
func (l *Lab) answer(a *Answer, r *Request, now time.Time) {
	var found file
	q := &found
	if r.Directory != nil {
		q = r.Directory.file(r)
	} else if !l.find(q, r) {
		*a = refuse(404, "not a protected path", now)
		return
	}
	if len(l.cfg.Faults) > 0 {
		if f := l.edgeFault(q, r, now); f != nil {
			l.struckBy(a, f, q, r, now)
			return
		}
	}
	l.serve(a, q, r, now)
}

// find reads what a request asks for; false when it is none that an edge knows.
func (l *Lab) find(q *file, r *Request) bool {
	if r.Path == clockPath {
		*q = file{named: named{kind: qoe.Timing, known: true}}
		return true
	}
	path, ok := strings.CutPrefix(r.Path, l.cfg.URLs.Prefix)
	if !ok {
		return false
	}
	loc, ok := l.cfg.URLs.locate(path, r.RawQuery)
	if ok {
		*q = l.origin.find(loc)
	}
	return ok
}

// serve is the answer of an edge that nothing strikes: what it said before, as
// long as it keeps that, or what it finds now.
func (l *Lab) serve(a *Answer, q *file, r *Request, now time.Time) {
	if l.cfg.Refusals.Cached == 0 {
		l.look(a, q, r, now)
		return
	}
	if known, ok := l.refused.again(r, now); ok {
		*a = known
		return
	}
	l.look(a, q, r, now)
	if a.Status >= 400 && a.Status != 416 { // a range that cannot be had is not the URL's fault
		l.refused.note(r, *a, now, l.cfg.Refusals.Cached)
	}
}

// look judges a request and finds its file.
func (l *Lab) look(a *Answer, q *file, r *Request, now time.Time) {
	if q.Video != "" && (len(l.cfg.Unchecked) == 0 || !slices.Contains(l.cfg.Unchecked, q.kind)) {
		if !l.judge(a, &q.Location, r, now) {
			return
		}
	}
	if q.kind == qoe.Timing && q.known {
		*a = text("text/plain; charset=utf-8", now.Add(l.cfg.skew(r.Edge)).UTC().AppendFormat(nil, dateTime), now)
		return
	}
	clock := ""
	if q.kind == qoe.Manifest {
		clock = l.clock(q, r.Edge)
	}
	l.origin.answer(a, q, r.Edge, clock, now)
	if l.refers && (q.kind == qoe.Manifest || q.kind == qoe.Playlist) {
		l.link(a, q, r.Edge, now)
		l.refer(a, q, r, now)
	}
	a.applyRange(r.Range)
	if l.cfg.CutAtExpiry && !l.open {
		a.Until = l.end(q.Grant, r.Edge)
	}
}

// judge tells whether the edge lets a request pass; if not, a says why.
func (l *Lab) judge(a *Answer, loc *token.Location, r *Request, now time.Time) bool {
	if l.open {
		return true
	}
	if d := r.Directory; d != nil && d.passes(r, now.Unix()) {
		return true
	}
	bad := func() int { return or(l.cfg.Edges.of(r.Edge).Bad, l.cfg.Refusals.Bad) }
	if loc.Client != l.signer.Client {
		*a = refuse(bad(), "token is not of this account", now)
		return false
	}
	clock := later(now, l.cfg.skew(r.Edge))
	err := l.verify(loc, r, now, later(clock, -l.cfg.Grace))
	switch {
	case err == nil:
		return true
	case errors.Is(err, token.ErrExpired):
		why := fmt.Sprintf("token expired %v ago", -loc.Grant.Life(clock).Round(time.Millisecond))
		*a = refuse(or(l.cfg.Edges.of(r.Edge).Expired, l.cfg.Refusals.Expired), why, now)
	default:
		*a = refuse(bad(), err.Error(), now)
	}
	return false
}

// end is the instant from which a grant is dead to an edge.
func (l *Lab) end(g token.Grant, edge Edge) time.Time {
	return l.cfg.Boundary.End(g).Add(l.cfg.Grace - l.cfg.skew(edge))
}

// later is t.Add(d), which is mostly t.
func later(t time.Time, d time.Duration) time.Time {
	if d == 0 {
		return t
	}
	return t.Add(d)
}

var errNoQuery = errors.New("no token in the query")

// verify is the edge's judgement of every grant that a request carries; clock is
// what expiries are held against.
func (l *Lab) verify(loc *token.Location, r *Request, now, clock time.Time) error {
	u := &l.cfg.URLs
	second, ok := token.Grant{}, true
	if u.Query || u.QueryOnly {
		second, ok = queryPair(r.RawQuery)
	}
	if u.QueryOnly && !ok {
		return errNoQuery
	}
	err := l.verifyGrant(loc.Video, loc.Grant, r, now, clock)
	if err != nil || !u.Query {
		return err
	}
	if !ok {
		return errNoQuery
	}
	return l.verifyGrant(loc.Video, second, r, now, clock)
}

// verifyGrant tries every secret that the edge knows at now, the newest first.
func (l *Lab) verifyGrant(video string, g token.Grant, r *Request, now, clock time.Time) error {
	newest, oldest := l.secrets(r.Edge, now)
	for n := newest; n >= oldest; n-- {
		if !l.signed(video, g, r, n) {
			continue
		}
		if l.cfg.Boundary.Expired(g.Expires, clock) {
			return token.ErrExpired
		}
		return nil
	}
	return token.ErrBadHash
}

// secrets are those that an edge takes tokens of.
func (l *Lab) secrets(edge Edge, now time.Time) (newest, oldest int) {
	if len(l.cfg.Rotations) == 0 {
		return 0, 0
	}
	return l.cfg.secrets(edge, now.Sub(l.epoch))
}

// signed tells whether a grant was signed with the n-th secret, for the client's
// address where that counts. Of the grant in a directory's path it is looked at once.
func (l *Lab) signed(video string, g token.Grant, r *Request, n int) bool {
	d := r.Directory
	if d == nil { // else there is no other grant: no query is part of a directory's URLs
		signer, ip := l.signerOf(r.Edge, r.ClientIP)
		return l.wellSigned(signer.rotated(n), video, g, ip)
	}
	ip := ""
	if r.Edge == IPBound {
		ip = r.ClientIP
	}
	if !d.hash.of(n, ip) {
		signer, ip := l.signerOf(r.Edge, r.ClientIP)
		*d.hash = hashed{known: true, secret: n, ip: ip, good: l.wellSigned(signer.rotated(n), video, g, ip)}
		if d.hash.good {
			d.hash.until = l.until(g, r.Edge)
		}
	}
	return d.hash.good
}

// clock is the URL of the clock behind the token of a manifest; "" where there is none.
func (l *Lab) clock(q *file, edge Edge) string {
	if l.cfg.UTCTiming != protected {
		return ""
	}
	there := q.Location
	there.Rest = clockFile
	return l.url(edge, there)
}

// redirect sends a request whose token is good to the second edge, with a token
// of its own.
func (l *Lab) redirect(a *Answer, q *file, r *Request, now time.Time) {
	if q.Video == "" {
		*a = moved(l.hosts.Second+clockPath, now)
		return
	}
	if !l.judge(a, &q.Location, r, now) {
		return
	}
	there := q.Location
	if d := r.Directory; d != nil {
		there.Rest = d.below + r.Name
	}
	if l.cfg.Second.Life != 0 {
		there.Grant.Expires = now.Add(l.cfg.Second.Life).Unix()
	}
	newest, _ := l.secrets(Second, now)
	there.Grant.Token = l.sign(l.second.rotated(newest), there.Video, there.Grant.Expires, "")
	url := l.url(Second, there)
	if r.RawQuery != "" && !l.cfg.URLs.queried() {
		url += "?" + r.RawQuery
	}
	*a = moved(url, now)
}

func moved(url string, now time.Time) Answer {
	a := refuse(302, "redirected to the second edge", now)
	a.Header = []Field{{"Location", url}}
	return a
}

// wholeSecond is what a Date header tells of an instant.
func wholeSecond(t time.Time) time.Time { return time.Unix(t.Unix(), 0).In(t.Location()) }

// ok makes the zero Answer a good one.
func (a *Answer) ok(contentType string, size int64, now time.Time) {
	a.Status, a.ContentType, a.Size, a.Date = 200, contentType, size, wholeSecond(now)
}

// carry makes the zero Answer a good one that carries text.
func (a *Answer) carry(contentType string, body []byte, now time.Time) {
	a.ok(contentType, int64(len(body)), now)
	a.body.text = body
}

// text is a good answer that carries text.
func text(contentType string, body []byte, now time.Time) (a Answer) {
	a.carry(contentType, body, now)
	return a
}

// refuse is an answer that says no. Its body is one line for whoever looks at it
// in a browser's network tab.
func refuse(status int, reason string, now time.Time) Answer {
	a := text("text/plain; charset=utf-8", []byte(reason+"\n"), now)
	a.Status, a.Reason = status, reason
	return a
}

// applyRange narrows a 200 to one range of bytes (RFC 9110 section 14.2). What is
// not one well-formed range of bytes is ignored, as the RFC allows, and so is any of
// what is still being made.
func (a *Answer) applyRange(header string) {
	if header == "" || a.Status != 200 || a.Made != nil {
		return
	}
	whole := a.Size
	from, to, ok := parseRange(header, whole)
	if !ok {
		return
	}
	if from >= to {
		*a = refuse(416, "range beyond the end", a.Date)
		a.Header = []Field{{"Content-Range", fmt.Sprintf("bytes */%d", whole)}}
		return
	}
	a.Status = 206
	a.Header = []Field{{"Content-Range", fmt.Sprintf("bytes %d-%d/%d", from, to-1, whole)}}
	a.Size = to - from
	a.body.from, a.body.size = from, a.Size
	if a.body.media == nil {
		a.body.text = a.body.text[from:to]
	}
}

// parseRange reads "bytes=0-499", "bytes=500-" or "bytes=-500" into from ≤ i < to.
// An empty result is a range that nothing satisfies.
func parseRange(header string, size int64) (from, to int64, ok bool) {
	spec, ok := strings.CutPrefix(header, "bytes=")
	if !ok {
		return 0, 0, false
	}
	first, last, ok := strings.Cut(spec, "-")
	if !ok {
		return 0, 0, false
	}
	if first == "" {
		n, ok := parsePosition(last)
		return max(0, size-n), size, ok
	}
	from, ok = parsePosition(first)
	if !ok || last == "" {
		return from, size, ok
	}
	to, ok = parsePosition(last)
	if !ok || to < from {
		return 0, 0, false
	}
	if from >= size {
		return size, size, true
	}
	return from, min(to, size-1) + 1, true
}

func parsePosition(digits string) (int64, bool) {
	n, err := strconv.ParseUint(digits, 10, 62)
	return int64(n), err == nil
}
