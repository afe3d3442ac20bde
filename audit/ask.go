package audit

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// Question is one GET.
type Question struct {
	URL    string
	Header map[string]string
	From   string // address of this machine to ask from; "" = any
	Media  bool   // the body is counted, not kept
}

// Reply is what came of it.
type Reply struct {
	URL        string // final, after redirects
	Status     int
	Header     http.Header
	Body       []byte
	Bytes      int64     // of the body that came
	Broken     bool      // the connection ended before the body did
	Start, End time.Time // by our own clock
	FirstByte  time.Time // likewise: when the status was there
}

// Asker asks. A status other than 2xx is a Reply, not an error.
type Asker interface {
	Ask(ctx context.Context, q Question) (Reply, error)
}

// origin is the page that audits are made from, as far as servers can see. Nobody
// can have it.
const origin = "https://audit.invalid"

var errBudget = errors.New("no request left")

// ask makes a request, politely: not at once after the last, and not too many.
func (a *audit) ask(ctx context.Context, q Question) (Reply, error) {
	if a.asked > 0 {
		if err := a.clock.Sleep(ctx, a.cfg.Pause); err != nil {
			return Reply{}, err
		}
	}
	return a.askNow(ctx, q)
}

func (a *audit) askNow(ctx context.Context, q Question) (Reply, error) {
	if a.asked == Most {
		return Reply{}, errBudget
	}
	a.asked++
	header := map[string]string{"Origin": origin}
	for name, value := range q.Header {
		header[name] = value
	}
	q.Header = header
	return a.asker.Ask(ctx, q)
}

// askEdge asks an edge and learns its clock.
func (a *audit) askEdge(ctx context.Context, address string, q Question) (Reply, error) {
	q.URL = address
	r, err := a.ask(ctx, q)
	if err == nil {
		a.edgeClock.learn(r)
	}
	return r, err
}

func hostOf(address string) string {
	u, err := url.Parse(strings.NewReplacer("{", "", "}", "").Replace(address))
	if err != nil {
		return ""
	}
	return u.Host
}

// readable tells whether pages of any origin may read the answer, and whether they
// may do so in their visitors' names.
func readable(h http.Header) (any, inTheirNames bool) {
	allowed := h.Get("Access-Control-Allow-Origin")
	return allowed == "*" || allowed == origin, allowed == origin && h.Get("Access-Control-Allow-Credentials") == "true"
}

// exposes tells whether pages may read a header beside.
func exposes(h http.Header, name string) bool {
	for _, list := range h.Values("Access-Control-Expose-Headers") {
		for item := range strings.SplitSeq(list, ",") {
			if item = strings.TrimSpace(item); item == "*" || strings.EqualFold(item, name) {
				return true
			}
		}
	}
	return false
}

// offset is how far a server's clock is ahead of ours, as its Dates bound it: each
// is whole seconds rounded down, stamped between start and first byte.
type offset struct {
	known     bool
	low, high time.Duration
}

func (o *offset) learn(r Reply) {
	date, err := http.ParseTime(r.Header.Get("Date"))
	if err != nil || r.Header.Get("Age") != "" { // a cache gives the Date of its copy
		return
	}
	low, high := date.Sub(r.FirstByte), date.Add(time.Second).Sub(r.Start)
	if o.known {
		low, high = max(low, o.low), min(high, o.high)
	}
	if low <= high {
		o.known, o.low, o.high = true, low, high
	}
}

func (o *offset) mid() time.Duration { return (o.low + o.high) / 2 }
