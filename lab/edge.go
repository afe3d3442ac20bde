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
	r.ClientIP = l.clientAt(forwardedEdge, r)
	down, ever := l.cfg.Edges.of(r.Edge).down(now.Sub(l.epoch))
	if ever && down.has(now.Sub(l.epoch)) {
		return Answer{Refused: true, Reason: "the edge is down", Date: now.Truncate(time.Second)}
	}
	a := l.answer(&r, now)
	if from := l.epoch.Add(down.From); ever && (a.Until.IsZero() || from.Before(a.Until)) {
		a.Until = from
	}
	if skew := l.cfg.skew(r.Edge); skew != 0 {
		a.Date = now.Add(a.Delay + skew).Truncate(time.Second)
	}
	if l.cfg.Headers.NoDate {
		a.Date = time.Time{}
	}
	return a
}

// answer is that of an edge that is up.
func (l *Lab) answer(r *Request, now time.Time) Answer {
	q, ok := l.find(r)
	if !ok {
		return refuse(404, "not a protected path", now)
	}
	if f := l.edgeFault(&q, r, now); f != nil {
		return l.struckBy(f, &q, r, now)
	}
	return l.serve(&q, r, now)
}

// find reads what a request asks for; false when it is none that an edge knows.
func (l *Lab) find(r *Request) (file, bool) {
	if r.Directory != nil {
		return r.Directory.file(r.Path), true
	}
	if r.Path == clockPath {
		return file{kind: qoe.Timing, known: true}, true
	}
	path, ok := strings.CutPrefix(r.Path, l.cfg.URLs.Prefix)
	if !ok {
		return file{}, false
	}
	loc, ok := l.cfg.URLs.locate(path, r.RawQuery)
	if !ok {
		return file{}, false
	}
	return l.origin.find(loc), true
}

// serve is the answer of an edge that nothing strikes: what it said before, as
// long as it keeps that, or what it finds now.
func (l *Lab) serve(q *file, r *Request, now time.Time) Answer {
	if l.cfg.Refusals.Cached == 0 {
		return l.look(q, r, now)
	}
	if a, ok := l.refused.again(r, now); ok {
		return a
	}
	a := l.look(q, r, now)
	if a.Status >= 400 && a.Status != 416 { // a range that cannot be had is not the URL's fault
		l.refused.note(r, a, now, l.cfg.Refusals.Cached)
	}
	return a
}

// look judges a request and finds its file.
func (l *Lab) look(q *file, r *Request, now time.Time) Answer {
	if q.Video != "" && !slices.Contains(l.cfg.Unchecked, q.kind) {
		if a, ok := l.judge(&q.Location, r, now); !ok {
			return a
		}
	}
	if q.kind == qoe.Timing && q.known {
		return text("text/plain; charset=utf-8", now.Add(l.cfg.skew(r.Edge)).UTC().AppendFormat(nil, dateTime), now)
	}
	a := l.origin.answer(q, r.Edge, l.clock(q, r.Edge), now)
	if q.kind == qoe.Manifest || q.kind == qoe.Playlist {
		a = l.refer(l.link(a, q, r.Edge, now), q, r, now)
	}
	a.applyRange(r.Range)
	if l.cfg.CutAtExpiry && !l.open {
		a.Until = l.cfg.Boundary.End(q.Grant).Add(l.cfg.Grace - l.cfg.skew(r.Edge))
	}
	return a
}

func (l *Lab) judge(loc *token.Location, r *Request, now time.Time) (Answer, bool) {
	if l.open {
		return Answer{}, true
	}
	rules := l.cfg.Edges.of(r.Edge)
	bad := or(rules.Bad, l.cfg.Refusals.Bad)
	if loc.Client != l.signer.Client {
		return refuse(bad, "token is not of this account", now), false
	}
	clock := now.Add(l.cfg.skew(r.Edge))
	err := l.verify(loc, r, now, clock.Add(-l.cfg.Grace))
	switch {
	case err == nil:
		return Answer{}, true
	case errors.Is(err, token.ErrExpired):
		why := fmt.Sprintf("token expired %v ago", -loc.Grant.Life(clock).Round(time.Millisecond))
		return refuse(or(rules.Expired, l.cfg.Refusals.Expired), why, now), false
	}
	return refuse(bad, err.Error(), now), false
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
	newest, oldest := l.cfg.secrets(r.Edge, now.Sub(l.epoch))
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

// signed tells whether a grant was signed with the n-th secret, for the client's
// address where that counts. Of the grant in a directory's path it is looked at once.
func (l *Lab) signed(video string, g token.Grant, r *Request, n int) bool {
	signer, ip := l.signerOf(r.Edge, r.ClientIP)
	d := r.Directory
	if d == nil || g != d.common.Grant {
		return signer.rotated(n).signed(video, g, ip)
	}
	if h := &d.hashes; !h.known || h.secret != n || h.ip != ip {
		*h = hashed{true, n, ip, signer.rotated(n).signed(video, g, ip)}
	}
	return d.hashes.good
}

// clock is the URL of the clock behind the token of a file; "" where there is none.
func (l *Lab) clock(q *file, edge Edge) string {
	if l.cfg.UTCTiming != protected || q.kind != qoe.Manifest {
		return ""
	}
	there := q.Location
	there.Rest = clockFile
	return l.url(edge, there)
}

// redirect sends a request whose token is good to the second edge, with a token
// of its own.
func (l *Lab) redirect(q *file, r *Request, now time.Time) Answer {
	if q.Video == "" {
		return moved(l.hosts.Second+clockPath, now)
	}
	if a, ok := l.judge(&q.Location, r, now); !ok {
		return a
	}
	there := q.Location
	if l.cfg.Second.Life != 0 {
		there.Grant.Expires = now.Add(l.cfg.Second.Life).Unix()
	}
	newest, _ := l.cfg.secrets(Second, now.Sub(l.epoch))
	there.Grant.Token = l.second.rotated(newest).Sign(there.Video, there.Grant.Expires, "")
	url := l.url(Second, there)
	if r.RawQuery != "" && !l.cfg.URLs.queried() {
		url += "?" + r.RawQuery
	}
	return moved(url, now)
}

func moved(url string, now time.Time) Answer {
	a := refuse(302, "redirected to the second edge", now)
	a.Header = []Field{{"Location", url}}
	return a
}

// wholeSecond is what a Date header tells of an instant.
func wholeSecond(t time.Time) time.Time { return t.Round(0).Add(-time.Duration(t.Nanosecond())) }

// ok200 is the start of a good answer.
func ok200(contentType string, size int64, now time.Time) Answer {
	return Answer{Status: 200, ContentType: contentType, Size: size, Date: wholeSecond(now)}
}

// text is a good answer that carries text.
func text(contentType string, body []byte, now time.Time) Answer {
	a := ok200(contentType, int64(len(body)), now)
	a.body.text = body
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
