package lab

import (
	"fmt"
	"hash/fnv"
	"math"
	"math/rand/v2"
	"sync"
	"time"
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
	var a Answer
	l.TokenInto(&a, &r, now)
	return a
}

// TokenInto is Token for who keeps answers: a is filled in, whatever it was. The
// client's address in r becomes the one that the API believes.
func (l *Lab) TokenInto(a *Answer, r *Request, now time.Time) {
	r.ClientIP = l.clientAt(forwardedAPI, r)
	l.called(a, r, now)
	if c := l.cfg.API.CacheControl; c != "" {
		a.Header = append(a.Header, Field{"Cache-Control", c})
	}
	if l.cfg.API.Headers.NoDate {
		a.Date = time.Time{}
	}
}

// CallsShare tells whether what the token API answers one viewer, who says who it is,
// depends on what others ask for: calls then have to come in order of time.
func (l *Lab) CallsShare() bool { return l.cfg.callsShare() }

func (c *Config) callsShare() bool { return c.API.Rate > 0 || c.API.SharedCache > 0 }

// called is what the cache in front of the backend has for a call, if there is one
// and it has something, or the backend's answer.
func (l *Lab) called(a *Answer, r *Request, now time.Time) {
	long := l.cfg.API.SharedCache
	if long == 0 {
		l.backendCall(a, r, now)
		return
	}
	if kept, ok := l.backend.kept(r.RawQuery, now); ok {
		*a = kept
		return
	}
	l.backendCall(a, r, now)
	if a.Status == 200 && !a.Hang {
		l.backend.keep(r.RawQuery, *a, now.Add(a.Delay), long)
	}
}

func (l *Lab) backendCall(a *Answer, r *Request, now time.Time) {
	arrival, struck := l.backend.arrive(), l.callFault(r)
	if o, down := l.outage(r, now); down {
		*a = failure(o.Status, "outage", now)
		a.Hang, a.Refused = o.Hang, o.Refuse
		a.retryAfter(o.RetryAfter)
		return
	}
	wait, retry, admitted := l.backend.admit(&l.cfg.API, now)
	if !admitted {
		*a = failure(429, "too many requests", now)
		a.retryAfter(retry)
		return
	}
	f := l.draw(r, arrival, struck)
	turn := now.Add(wait)
	if f.Status != 0 {
		*a = failure(f.Status, "injected failure", turn)
		a.retryAfter(f.retry)
	} else {
		l.grant(a, r, turn, struck)
	}
	a.Delay = wait + f.Latency + l.cfg.API.slower(now.Sub(l.epoch))
	a.Date = wholeSecond(now.Add(a.Delay))
	a.Hang = f.Hangs
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
func (b *backend) admit(api *API, now time.Time) (wait, retry time.Duration, ok bool) {
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
func (l *Lab) outage(r *Request, now time.Time) (Outage, bool) {
	if len(l.cfg.API.Outages) == 0 {
		return Outage{}, false
	}
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
func (l *Lab) concerns(o Outage, r *Request) bool {
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
func (l *Lab) draw(r *Request, arrival int, struck *CallFault) fault {
	who := uint64(r.Viewer)<<32 | uint64(uint32(r.Call))
	if r.Viewer < 0 || r.Call < 0 {
		who = math.MaxUint64 - uint64(arrival)
	}
	rng := rand.New(rand.NewPCG(l.seed^faultStream, who))
	f := fault{Fate: l.cfg.API.fate(rng)}
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

func failure(status int, why string, now time.Time) Answer {
	return answerJSON(status, failureText(why), why, now)
}

func failureText(why string) []byte { return fmt.Appendf(nil, `{"error":%q}`, why) }

func answerJSON(status int, body []byte, reason string, now time.Time) Answer {
	a := text("application/json", body, now)
	a.Status, a.Reason = status, reason
	return a
}
