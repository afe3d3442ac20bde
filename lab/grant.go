package lab

import (
	"strconv"
	"strings"
	"time"

	"soak/token"
)

// grant signs what was asked for. struck may make the answer wrong.
func (l *Lab) grant(a *Answer, r *Request, now time.Time, struck *CallFault) {
	if l.cfg.API.Auth && !r.SignedIn && r.Viewer < 0 {
		*a = answerJSON(401, []byte(`{"error":"sign in first"}`), "not signed in", now)
		return
	}
	q := readQuestion(r.RawQuery)
	if !q.video.given {
		*a = answerJSON(400, []byte(`{"error":"missing required parameter: video"}`), "no video parameter", now)
		return
	}
	life := q.life()
	if l.cfg.API.StrictExpire && q.expire.given && (life <= 0 || life > newYear2025) {
		*a = failure(400, "expire: seconds to live are wanted", now)
		return
	}
	i := &Issue{lab: l, clientIP: r.ClientIP, expires: l.expires(r, life, now, struck), video: q.video.value}
	if q.kind.value != "vod" {
		i.kind = token.Live
	}
	if q.clientIP.given && !l.cfg.API.IgnoreClientIP {
		i.clientIP = q.clientIP.value
	}
	if len(l.cfg.Rotations) > 0 {
		i.secret = l.cfg.secret(now.Sub(l.epoch))
	}
	s := l.signer.rotated(i.secret)
	if i.token = l.plain.sign(&s, i.video, i.expires); struck.garbles() {
		*a = answerJSON(200, spoil(i.json(), struck.Answer), "", now)
		return
	}
	i.answer(a, now)
}

// question is what a call's query asks for. Of parameters that come twice the first
// counts, and they are taken as they stand there, not percent-decoded, as the guide's
// API takes them.
type question struct{ video, kind, clientIP, expire parameter }

type parameter struct {
	value string
	given bool
}

func readQuestion(query string) (q question) {
	for pair, more := "", true; more; {
		pair, query, more = cut(query, '&')
		name, value, ok := cut(pair, '=')
		if !ok {
			continue
		}
		switch name {
		case "video":
			q.video.set(value)
		case "type":
			q.kind.set(value)
		case "client_ip":
			q.clientIP.set(value)
		case "expire":
			q.expire.set(value)
		}
	}
	return q
}

func (p *parameter) set(value string) {
	if !p.given {
		*p = parameter{value, true}
	}
}

// life is the number in expire; 0 for none.
func (q *question) life() int64 {
	n, err := strconv.ParseInt(q.expire.value, 10, 64)
	if err != nil {
		return 0
	}
	return n
}

// The guide's rules for expire: seconds to live, or beyond newYear2025 a point in
// time; missing, not a number or not positive means an hour.
const (
	newYear2025 = 1_735_689_600
	hour        = 3600
)

func expiry(life int64, now time.Time) int64 {
	switch {
	case life <= 0:
		return now.Unix() + hour
	case life > newYear2025:
		return life
	}
	return now.Unix() + life
}

// expiry is when a grant expires that is asked for like this.
func (a *API) expiry(life int64, now time.Time) int64 {
	expires := expiry(life, now)
	if a.MaxLife > 0 {
		expires = min(expires, now.Unix()+int64(a.MaxLife/time.Second))
	}
	return expires
}

// expires is when the grant of a call expires.
func (l *Lab) expires(r *Request, life int64, now time.Time, struck *CallFault) int64 {
	expires := l.cfg.API.expiry(life, now)
	if len(l.cfg.API.Faults) == 0 {
		return expires
	}
	who := callerOf(r)
	if struck.repeats() {
		if again, ok := l.backend.repeat(who, struck.Answer == olderGrant); ok {
			return again
		}
	}
	if struck != nil && struck.Life != 0 {
		expires = now.Unix() + int64(struck.Life/time.Second)
	}
	if !struck.garbles() {
		l.backend.issued(who, expires)
	}
	return expires
}

// bareURLs tells whether whatever the configuration and the hosts put into an answer
// stands in JSON as it is. The & of a grant in the query does not.
func bareURLs(cfg *Config, hosts *Hosts) bool {
	return !cfg.URLs.queried() && bare(cfg.URLs.Prefix) && bare(cfg.URLs.TokenSuffix) && bare(cfg.Client) &&
		bare(hosts.Plain) && bare(hosts.IPBound)
}

// bare tells whether a text stands in JSON as it is, also where HTML is escaped.
func bare(text string) bool {
	for i := range len(text) {
		switch c := text[i]; c {
		case '"', '\\', '<', '>', '&':
			return false
		default:
			if c < ' ' || c > '~' {
				return false
			}
		}
	}
	return true
}

// cut is strings.Cut at a byte.
func cut(text string, at byte) (before, after string, found bool) {
	if i := strings.IndexByte(text, at); i >= 0 {
		return text[:i], text[i+1:], true
	}
	return text, "", false
}

// param is the first key=value of a query, as it stands.
func param(query, key string) (string, bool) {
	for pair := range strings.SplitSeq(query, "&") {
		if name, value, ok := strings.Cut(pair, "="); ok && name == key {
			return value, true
		}
	}
	return "", false
}
