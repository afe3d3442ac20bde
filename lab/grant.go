package lab

import (
	"encoding/json"
	"strconv"
	"strings"
	"time"

	"soak/token"
)

// grant signs what was asked for. struck may make the answer wrong.
func (l *Lab) grant(r *Request, now time.Time, struck *CallFault) Answer {
	if l.cfg.API.Auth && !r.SignedIn && r.Viewer < 0 {
		return answerJSON(401, []byte(`{"error":"sign in first"}`), "not signed in", now)
	}
	q := readQuestion(r.RawQuery)
	if !q.video.given {
		return answerJSON(400, []byte(`{"error":"missing required parameter: video"}`), "no video parameter", now)
	}
	life := q.life()
	if l.cfg.API.StrictExpire && q.expire.given && (life <= 0 || life > newYear2025) {
		return failure(400, "expire: seconds to live are wanted", now)
	}
	g := given{
		clientIP: r.ClientIP, expires: l.expires(r, life, now, struck),
		playlist: token.Location{Client: l.signer.Client, Video: q.video.value, Rest: "master.m3u8"},
	}
	if q.kind.value != "vod" {
		g.playlist.Kind = token.Live
	}
	if q.clientIP.given && !l.cfg.API.IgnoreClientIP {
		g.clientIP = q.clientIP.value
	}
	signer := l.signer
	if len(l.cfg.Rotations) > 0 {
		signer = signer.rotated(l.cfg.secret(now.Sub(l.epoch)))
	}
	g.token = l.plain.sign(&signer, q.video.value, g.expires)
	g.tokenIP = signer.Sign(q.video.value, g.expires, g.clientIP)
	if struck.garbles() {
		return answerJSON(200, spoil(l.grantJSON(&g), struck.Answer), "", now)
	}
	text, err := l.grantText(&g)
	if err != nil {
		return failure(500, err.Error(), now)
	}
	return answerJSON(200, text, "", now)
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
	for pair := range strings.SplitSeq(query, "&") {
		name, value, ok := strings.Cut(pair, "=")
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

// given is what a good answer hands out.
type given struct {
	token, tokenIP string
	clientIP       string
	expires        int64
	playlist       token.Location // but for the grant
}

// grantJSON is the guide's answer, fields in its order.
type grantJSON struct {
	Token    string `json:"token"`
	TokenIP  string `json:"token_ip"`
	ClientIP string `json:"client_ip"`
	Expires  int64  `json:"expires"`
	URL      string `json:"url"`
	URLIP    string `json:"url_ip"`
}

func (l *Lab) grantJSON(g *given) grantJSON {
	plain, bound := g.playlist, g.playlist
	plain.Grant = token.Grant{Token: g.token, Expires: g.expires}
	bound.Grant = token.Grant{Token: g.tokenIP, Expires: g.expires}
	return grantJSON{
		Token: g.token, TokenIP: g.tokenIP, ClientIP: g.clientIP, Expires: g.expires,
		URL: l.url(Plain, plain), URLIP: l.url(IPBound, bound),
	}
}

// grantText is the answer as json.Marshal writes it, in fewer steps where nothing in it
// has to be escaped: of a lab with bare URLs, only the query's and the address may have to.
func (l *Lab) grantText(g *given) ([]byte, error) {
	if !l.bare || !bare(g.playlist.Video) || !bare(g.clientIP) {
		return json.Marshal(l.grantJSON(g))
	}
	at := g.playlist
	b := make([]byte, 0, grantLength)
	b = append(append(b, `{"token":"`...), g.token...)
	b = append(append(b, `","token_ip":"`...), g.tokenIP...)
	b = append(append(b, `","client_ip":"`...), g.clientIP...)
	b = strconv.AppendInt(append(b, `","expires":`...), g.expires, 10)
	at.Grant = token.Grant{Token: g.token, Expires: g.expires}
	b = l.appendURL(append(b, `,"url":"`...), Plain, &at)
	at.Grant.Token = g.tokenIP
	b = l.appendURL(append(b, `","url_ip":"`...), IPBound, &at)
	return append(b, `"}`...), nil
}

// grantLength is more than an answer mostly weighs.
const grantLength = 400

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

// param is the first key=value of a query, as it stands.
func param(query, key string) (string, bool) {
	for pair := range strings.SplitSeq(query, "&") {
		if name, value, ok := strings.Cut(pair, "="); ok && name == key {
			return value, true
		}
	}
	return "", false
}
