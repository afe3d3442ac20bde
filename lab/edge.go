package lab

import (
	"errors"
	"fmt"
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
// before all of this.
func (l *Lab) Edge(r Request, now time.Time) Answer {
	q, ok := l.find(r.Path)
	if !ok {
		return refuse(404, "not a protected path", now)
	}
	if f := l.edgeFault(&q, r, now); f != nil {
		return l.struckBy(f, &q, r, now)
	}
	return l.serve(&q, r, now)
}

// find reads what a path asks for; false when it is none that an edge knows.
func (l *Lab) find(path string) (file, bool) {
	if path == clockPath {
		return file{kind: qoe.Timing, known: true}, true
	}
	loc, ok := token.ParsePath(path)
	if !ok {
		return file{}, false
	}
	return l.origin.find(loc), true
}

// serve is the answer of a healthy edge.
func (l *Lab) serve(q *file, r Request, now time.Time) Answer {
	if q.Video == "" {
		return text("text/plain; charset=utf-8", now.UTC().AppendFormat(nil, dateTime), now)
	}
	if a, ok := l.judge(q.Location, r, now); !ok {
		return a
	}
	a := l.origin.answer(q, r.Edge, now)
	a.applyRange(r.Range)
	if l.cfg.CutAtExpiry {
		a.Until = l.cfg.Boundary.End(q.Grant)
	}
	return a
}

func (l *Lab) judge(loc token.Location, r Request, now time.Time) (Answer, bool) {
	if loc.Client != l.signer.Client {
		return refuse(403, "token is not of this account", now), false
	}
	ip, signer := "", l.signer
	switch r.Edge {
	case IPBound:
		ip = r.ClientIP
	case Second:
		signer = l.second
	}
	err := signer.Verify(loc.Video, loc.Grant, ip, now, l.cfg.Boundary)
	if err == nil {
		return Answer{}, true
	}
	if errors.Is(err, token.ErrExpired) {
		return refuse(410, fmt.Sprintf("token expired %v ago", -loc.Grant.Life(now).Round(time.Millisecond)), now), false
	}
	return refuse(403, err.Error(), now), false
}

// redirect sends a request whose token is good to the second edge, with a token
// of its own.
func (l *Lab) redirect(q *file, r Request, now time.Time) Answer {
	if q.Video == "" {
		return l.moved(clockPath, r, now)
	}
	if a, ok := l.judge(q.Location, r, now); !ok {
		return a
	}
	there := q.Location
	if l.cfg.Second.Life != 0 {
		there.Grant.Expires = now.Add(l.cfg.Second.Life).Unix()
	}
	there.Grant.Token = l.second.Sign(there.Video, there.Grant.Expires, "")
	return l.moved(there.Path(), r, now)
}

func (l *Lab) moved(path string, r Request, now time.Time) Answer {
	if r.RawQuery != "" {
		path += "?" + r.RawQuery
	}
	a := refuse(302, "redirected to the second edge", now)
	a.Header = []Field{{"Location", l.hosts.Second + path}}
	return a
}

// ok200 is the start of a good answer.
func ok200(contentType string, size int64, now time.Time) Answer {
	return Answer{Status: 200, ContentType: contentType, Size: size, Date: now.Truncate(time.Second)}
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
// not one well-formed range of bytes is ignored, as the RFC allows.
func (a *Answer) applyRange(header string) {
	if header == "" || a.Status != 200 {
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
