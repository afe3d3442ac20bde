package lab

import (
	"strconv"
	"time"
)

// keptAnswer is what a cache in front of the token API holds for a URL.
type keptAnswer struct {
	answer   Answer
	from, to time.Time
}

// kept is the answer that the cache has for a query at now. It is as old as it
// says, Date and all (RFC 9111 section 5.1), and costs the backend nothing.
func (b *backend) kept(query string, now time.Time) (Answer, bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	k, ok := b.answers[query]
	if !ok || now.Before(k.from) || !now.Before(k.to) {
		return Answer{}, false
	}
	a := k.answer
	a.Delay = 0
	a.Header = []Field{{"Age", strconv.Itoa(int(now.Sub(k.from) / time.Second))}}
	return a, true
}

// keep takes in an answer that leaves the backend at from. Of two for the same
// URL the later one stays, as both have passed by the cache.
func (b *backend) keep(query string, a Answer, from time.Time, long time.Duration) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.answers == nil {
		b.answers = map[string]keptAnswer{}
	}
	if len(b.answers) >= maxKept {
		clear(b.answers) // viewers ask for a handful of URLs
	}
	b.answers[query] = keptAnswer{a, from, from.Add(long)}
}

const maxKept = 10_000

// retryAfter gives the answer that header, if there is anything to tell.
func (a *Answer) retryAfter(d time.Duration) {
	if d > 0 {
		a.Header = append(a.Header, Field{"Retry-After", strconv.Itoa(int(d / time.Second))})
	}
}
