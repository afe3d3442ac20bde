package lab

import (
	"encoding/json"
	"errors"
	"fmt"
	"hash/fnv"
	"math"
	"math/rand/v2"
	"strconv"
	"strings"
	"sync"
	"time"

	"soak/token"
)

// backend is what calls of the token API share: how busy it is, and how many
// came. Everything else about a call is drawn from who makes it.
type backend struct {
	mu       sync.Mutex
	free     time.Time // when the last admitted call will have been served
	arrivals int
	callers  map[caller]*record // kept only where faults strike by number
	answers  map[string]keptAnswer
}

// Token answers a call of the token API: GET ?video=&type=vod|live&expire=&client_ip=.
// Where calls share a queue or a cache ([Lab.CallsShare]) they are made in order of
// time. The path is not looked at, as the guide's does not.
//
// A call is admitted or refused at once (429), waits for its turn, and then takes
// its latency. The clock is read when its turn comes, so latency eats the life of
// the token, as it does when the answer is slow on its way.
func (l *Lab) Token(r Request, now time.Time) Answer {
	r.ClientIP = l.clientAt(forwardedAPI, r)
	a := l.called(r, now)
	if c := l.cfg.API.CacheControl; c != "" {
		a.Header = append(a.Header, Field{"Cache-Control", c})
	}
	if l.cfg.API.Headers.NoDate {
		a.Date = time.Time{}
	}
	return a
}

// CallsShare tells whether what the token API answers one viewer, who says who it is,
// depends on what others ask for: calls then have to come in order of time.
func (l *Lab) CallsShare() bool { return l.cfg.callsShare() }

func (c *Config) callsShare() bool { return c.API.Rate > 0 || c.API.SharedCache > 0 }

// called is what the cache in front of the backend has for a call, if there is one
// and it has something, or the backend's answer.
func (l *Lab) called(r Request, now time.Time) Answer {
	long := l.cfg.API.SharedCache
	if a, ok := l.backend.kept(r.RawQuery, now); ok {
		return a
	}
	a := l.backendCall(r, now)
	if long > 0 && a.Status == 200 && !a.Hang {
		l.backend.keep(r.RawQuery, a, now.Add(a.Delay), long)
	}
	return a
}

func (l *Lab) backendCall(r Request, now time.Time) Answer {
	arrival, struck := l.backend.arrive(), l.callFault(r)
	if o, down := l.outage(r, now); down {
		a := failure(o.Status, "outage", now)
		a.Hang, a.Refused = o.Hang, o.Refuse
		return a.retryAfter(o.RetryAfter)
	}
	wait, retry, admitted := l.backend.admit(l.cfg.API, now)
	if !admitted {
		return failure(429, "too many requests", now).retryAfter(retry)
	}
	f := l.draw(r, arrival, struck)
	turn := now.Add(wait)
	var a Answer
	if f.Status != 0 {
		a = failure(f.Status, "injected failure", turn).retryAfter(f.retry)
	} else {
		a = l.grant(r, turn, struck)
	}
	a.Delay = wait + f.Latency + l.cfg.API.slower(now.Sub(l.epoch))
	a.Date = now.Add(a.Delay).Truncate(time.Second)
	a.Hang = f.Hangs
	return a
}

// arrive counts a call.
func (b *backend) arrive() int {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.arrivals++
	return b.arrivals
}

// admit takes a call in, or tells when to come again. One call is served at a
// time, each for 1/Rate, so when a call ends is known when it comes.
func (b *backend) admit(api API, now time.Time) (wait, retry time.Duration, ok bool) {
	if api.Rate == 0 {
		return 0, 0, true
	}
	service := time.Duration(float64(time.Second) / api.Rate)
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.free.Before(now) {
		b.free = now
	}
	ahead := b.free.Sub(now)
	room := time.Duration(max(0, api.Queue)) * service
	if ahead > room {
		if api.NoRetryAfter {
			return 0, 0, false
		}
		return 0, time.Duration(math.Ceil((ahead - room).Seconds())) * time.Second, false
	}
	b.free = b.free.Add(service)
	return ahead + service, 0, true
}

// outage is the outage that a call meets at now, if it meets one.
func (l *Lab) outage(r Request, now time.Time) (Outage, bool) {
	at := now.Sub(l.epoch)
	for _, o := range l.cfg.API.Outages {
		if (Window{o.From, o.To}).has(at) && l.concerns(o, r) {
			return o, true
		}
	}
	return Outage{}, false
}

// concerns tells whether the caller is one of those whose calls an outage is about:
// drawn once for each viewer, so that two outages with the same share are about
// the same viewers.
func (l *Lab) concerns(o Outage, r Request) bool {
	if o.Viewers == 0 {
		return true
	}
	who := uint64(r.Viewer)
	if r.Viewer < 0 {
		h := fnv.New64a()
		h.Write([]byte(r.ClientIP)) // never fails
		who = h.Sum64()
	}
	return rand.New(rand.NewPCG(l.seed^outageStream, who)).Float64() < o.Viewers
}

// fault is what goes wrong with one call.
type fault struct {
	Fate
	retry time.Duration // Retry-After; 0: absent
}

// draw is a call's fate; what strikes it by number replaces that.
func (l *Lab) draw(r Request, arrival int, struck *CallFault) fault {
	who := uint64(r.Viewer)<<32 | uint64(uint32(r.Call))
	if r.Viewer < 0 || r.Call < 0 {
		who = math.MaxUint64 - uint64(arrival)
	}
	fate, rng := l.cfg.API.fate(l.seed, who)
	f := fault{Fate: fate}
	if struck == nil {
		return f
	}
	f.Hangs, f.Status, f.retry = struck.Hang, struck.Status, struck.RetryAfter
	if !struck.Latency.IsZero() {
		f.Latency = struck.Latency.Draw(rng)
	}
	return f
}

// faultStream, outageStream and secretStream keep these draws apart from those of viewers,
// which start from the same seed.
const (
	faultStream  = 0x6661756c74
	outageStream = 0x6f7574616765
	secretStream = 0x736563726574
)

// grantJSON is the guide's answer, fields in its order.
type grantJSON struct {
	Token    string `json:"token"`
	TokenIP  string `json:"token_ip"`
	ClientIP string `json:"client_ip"`
	Expires  int64  `json:"expires"`
	URL      string `json:"url"`
	URLIP    string `json:"url_ip"`
}

// text is the answer as json.Marshal writes it, in fewer steps where nothing in it has to
// be escaped.
func (g *grantJSON) text() ([]byte, error) {
	for _, text := range [...]string{g.Token, g.TokenIP, g.ClientIP, g.URL, g.URLIP} {
		if !bare(text) {
			return json.Marshal(g)
		}
	}
	b := make([]byte, 0, len(g.Token)+len(g.TokenIP)+len(g.ClientIP)+len(g.URL)+len(g.URLIP)+grantLength)
	b = append(append(b, `{"token":"`...), g.Token...)
	b = append(append(b, `","token_ip":"`...), g.TokenIP...)
	b = append(append(b, `","client_ip":"`...), g.ClientIP...)
	b = strconv.AppendInt(append(b, `","expires":`...), g.Expires, 10)
	b = append(append(b, `,"url":"`...), g.URL...)
	b = append(append(b, `","url_ip":"`...), g.URLIP...)
	return append(b, `"}`...), nil
}

// grantLength is what an answer weighs without the texts in it.
const grantLength = len(`{"token":"","token_ip":"","client_ip":"","expires":1800000000,"url":"","url_ip":""}`)

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

// The guide's rules for expire: seconds to live, or beyond newYear2025 a point in
// time; missing, not a number or not positive means an hour.
const (
	newYear2025 = 1_735_689_600
	hour        = 3600
)

// grant signs what was asked for. Parameters are taken as they stand in the
// query, not percent-decoded, like the guide's. struck may make the answer wrong.
func (l *Lab) grant(r Request, now time.Time, struck *CallFault) Answer {
	if l.cfg.API.Auth && !r.SignedIn && r.Viewer < 0 {
		return answerJSON(401, []byte(`{"error":"sign in first"}`), "not signed in", now)
	}
	video, ok := param(r.RawQuery, "video")
	if !ok {
		return answerJSON(400, []byte(`{"error":"missing required parameter: video"}`), "no video parameter", now)
	}
	kind := token.Live
	if name, _ := param(r.RawQuery, "type"); name == "vod" {
		kind = token.VOD
	}
	ip, ok := param(r.RawQuery, "client_ip")
	if !ok || l.cfg.API.IgnoreClientIP {
		ip = r.ClientIP
	}
	if err := l.cfg.API.refusesExpire(r.RawQuery); err != nil {
		return failure(400, err.Error(), now)
	}
	expires := l.expires(r, now, struck)
	signer := l.signer.rotated(l.cfg.secret(now.Sub(l.epoch)))
	plain := token.Grant{Token: signer.Sign(video, expires, ""), Expires: expires}
	bound := token.Grant{Token: signer.Sign(video, expires, ip), Expires: expires}
	at := token.Location{Kind: kind, Client: l.signer.Client, Video: video, Rest: "master.m3u8"}
	url := func(edge Edge, g token.Grant) string {
		at.Grant = g
		return l.url(edge, at)
	}
	good := grantJSON{
		Token: plain.Token, TokenIP: bound.Token, ClientIP: ip, Expires: expires,
		URL: url(Plain, plain), URLIP: url(IPBound, bound),
	}
	if struck.garbles() {
		return answerJSON(200, spoil(good, struck.Answer), "", now)
	}
	text, err := good.text()
	if err != nil {
		return failure(500, err.Error(), now)
	}
	return answerJSON(200, text, "", now)
}

// expires is when the grant of a call expires.
func (l *Lab) expires(r Request, now time.Time, struck *CallFault) int64 {
	if len(l.cfg.API.Faults) == 0 {
		return l.cfg.API.expiry(r.RawQuery, now)
	}
	who := callerOf(r)
	if struck.repeats() {
		if expires, ok := l.backend.repeat(who, struck.Answer == olderGrant); ok {
			return expires
		}
	}
	expires := l.cfg.API.expiry(r.RawQuery, now)
	if struck != nil && struck.Life != 0 {
		expires = now.Unix() + int64(struck.Life/time.Second)
	}
	if !struck.garbles() {
		l.backend.issued(who, expires)
	}
	return expires
}

// expiry is when a grant expires that is asked for like this.
func (a API) expiry(query string, now time.Time) int64 {
	expires := expiry(query, now)
	if a.MaxLife > 0 {
		expires = min(expires, now.Unix()+int64(a.MaxLife/time.Second))
	}
	return expires
}

func expiry(query string, now time.Time) int64 {
	value, _ := param(query, "expire")
	n, err := strconv.ParseInt(value, 10, 64)
	switch {
	case err != nil || n <= 0:
		return now.Unix() + hour
	case n > newYear2025:
		return n
	}
	return now.Unix() + n
}

var errExpire = errors.New("expire: seconds to live are wanted")

// refusesExpire is why an API that looks at what is asked of it does not take it.
func (a API) refusesExpire(query string) error {
	value, ok := param(query, "expire")
	n, err := strconv.ParseInt(value, 10, 64)
	if a.StrictExpire && ok && (err != nil || n <= 0 || n > newYear2025) {
		return errExpire
	}
	return nil
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

func failure(status int, why string, now time.Time) Answer {
	return answerJSON(status, failureText(why), why, now)
}

func failureText(why string) []byte { return fmt.Appendf(nil, `{"error":%q}`, why) }

func answerJSON(status int, body []byte, reason string, now time.Time) Answer {
	a := text("application/json", body, now)
	a.Status, a.Reason = status, reason
	return a
}
