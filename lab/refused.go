package lab

import (
	"fmt"
	"sync"
	"time"
)

// refused is what edges remember of refusals: a cache that keeps them (RFC 9111
// section 4.2.2 allows it for 404 and 410, and many are told to for 403). It is
// shared by all viewers.
type refused struct {
	mu    sync.Mutex
	kept  map[asked]refusal
	order []asked // by when they were noted: all are kept as long
}

// asked is what an edge's cache knows a request by. The address is no part of it.
type asked struct {
	edge        Edge
	path, query string
}

func (r *Request) asked() asked {
	if d := r.Directory; d != nil {
		return asked{r.Edge, d.url[d.path:] + r.Name, r.RawQuery}
	}
	return asked{r.Edge, r.Path, r.RawQuery}
}

type refusal struct {
	answer   Answer
	from, to time.Time
}

// again is the refusal that an edge repeats, if it keeps one.
func (c *refused) again(r *Request, now time.Time) (Answer, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	k, ok := c.kept[r.asked()]
	if !ok || now.Before(k.from) || !now.Before(k.to) {
		return Answer{}, false
	}
	a := k.answer
	a.Reason = fmt.Sprintf("%s, said %v ago and kept", a.Reason, now.Sub(k.from).Round(time.Millisecond))
	a.Date = now.Truncate(time.Second)
	return a, true
}

// note keeps a refusal, and forgets those that are over.
func (c *refused) note(r *Request, a Answer, now time.Time, long time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for len(c.order) > 0 && !now.Before(c.kept[c.order[0]].to) {
		delete(c.kept, c.order[0])
		c.order = c.order[1:]
	}
	if c.kept == nil {
		c.kept = map[asked]refusal{}
	}
	key := r.asked()
	if _, known := c.kept[key]; !known {
		c.order = append(c.order, key)
	}
	c.kept[key] = refusal{a, now, now.Add(long)}
}

// EdgesShare tells whether what an edge answers one viewer depends on what it was
// asked by others: requests then have to come in order of time.
func (l *Lab) EdgesShare() bool { return l.cfg.edgesShare() }

func (c *Config) edgesShare() bool { return c.Refusals.Cached > 0 }
