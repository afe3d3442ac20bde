package fleet

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"soak/lab"
	"soak/qoe"
	"soak/refresher"
	"soak/token"
)

const (
	maxRedirects = 20       // fetch standard, http-redirect fetch
	maxDocument  = 32 << 20 // manifests and keys beyond this are refused, not read
	readBuffer   = 64 << 10 // pooled; io.Copy(io.Discard) costs 1.5-2 x more
)

// socketNetwork is one viewer's network in real time: an http.RoundTripper and a
// goroutine for each request under way.
type socketNetwork struct {
	ctx     context.Context
	viewer  string // sent as lab.ViewerHeader, so that the lab can tell viewers apart; "" elsewhere
	http    http.RoundTripper
	post    func(func())
	buffers *sync.Pool
	running sync.WaitGroup
	apis    []*refresher.HTTPSource // ways to the viewer's token API over the same sockets
	from    *whereabouts
	sockets *http.Transport // below http
	watched bool            // somebody wants to know how exchanges go over their sockets
}

// socketCall is a request on a goroutine; the loop reads its progress.
type socketCall struct {
	stop      context.CancelFunc
	cancelled bool // on the loop only
	bytes     atomic.Int64
	size      atomic.Int64
	first     atomic.Int64 // Unix nanoseconds; 0 before
}

func (n *socketNetwork) get(g get, done func(*answer)) call {
	ctx, stop := context.WithCancel(n.ctx)
	c := &socketCall{stop: stop}
	c.size.Store(-1)
	n.running.Go(func() {
		defer stop()
		a := n.exchange(ctx, g, c)
		n.post(func() {
			if !c.cancelled {
				done(&a)
			}
		})
	})
	return c
}

func (n *socketNetwork) hangUp(from place) {
	n.from.Store(&from)
	n.sockets.CloseIdleConnections()
}

func (c *socketCall) cancel() {
	c.cancelled = true
	c.stop()
}

func (c *socketCall) free() {}

func (c *socketCall) loaded() int64 { return c.bytes.Load() }

func (c *socketCall) total() int64 { return c.size.Load() }

func (c *socketCall) firstByte() time.Time {
	if ns := c.first.Load(); ns != 0 {
		return time.Unix(0, ns)
	}
	return time.Time{}
}

// exchange makes the request and follows redirects as XHR does: silently, and
// without giving the integration another chance to rewrite.
func (n *socketNetwork) exchange(ctx context.Context, g get, c *socketCall) answer {
	a := answer{url: g.url}
	for hop := 0; ; hop++ {
		var trace *wireTrace
		if n.watched {
			trace = newWireTrace()
		}
		resp, err := n.send(ctx, a.url, g, trace)
		a.wire = trace.wire(resp)
		if err != nil {
			a.status = 0 // of the redirect that led here, which nobody sees
			return a.failed(qoe.Classify(err), err)
		}
		next, redirected := redirect(resp)
		if !redirected {
			n.receive(resp, g, c, &a)
			return a
		}
		a.status = resp.StatusCode
		_ = resp.Body.Close() // nothing to learn from the body of a redirect
		if next == "" || hop == maxRedirects {
			return a.failed(qoe.RedirectFailure, errors.New("redirected too often, or without a usable Location"))
		}
		a.url = next
	}
}

func (a answer) failed(why qoe.Failure, err error) answer {
	a.failure, a.end = why, time.Now()
	a.detail = token.Redact(err.Error())
	return a
}

func (n *socketNetwork) send(ctx context.Context, url string, g get, trace *wireTrace) (*http.Response, error) {
	method, body := http.MethodGet, io.Reader(nil)
	if g.post {
		method, body = http.MethodPost, bytes.NewReader(make([]byte, challengeBytes))
	}
	req, err := http.NewRequestWithContext(ctx, method, url, body)
	if err != nil {
		return nil, err
	}
	if n.viewer != "" {
		req.Header.Set(lab.ViewerHeader, n.viewer)
	}
	if r := rangeOf(g.rng); r != "" {
		req.Header.Set("Range", r)
	}
	return n.http.RoundTrip(trace.traced(req))
}

// redirect tells whether the answer sends the client elsewhere, and where.
func redirect(resp *http.Response) (next string, yes bool) {
	switch resp.StatusCode {
	case http.StatusMovedPermanently, http.StatusFound, http.StatusSeeOther,
		http.StatusTemporaryRedirect, http.StatusPermanentRedirect:
	default:
		return "", false
	}
	location, err := resp.Location()
	if err != nil || !strings.HasPrefix(location.Scheme, "http") {
		return "", true
	}
	return location.String(), true
}

// receive reads the body: counted for media and refusals, kept for the rest.
func (n *socketNetwork) receive(resp *http.Response, g get, c *socketCall, a *answer) {
	defer resp.Body.Close()
	a.firstByte = time.Now()
	c.first.Store(a.firstByte.UnixNano())
	c.size.Store(resp.ContentLength)
	a.status, a.contentType = resp.StatusCode, resp.Header.Get("Content-Type")
	a.timed = resp.Header.Get("Timing-Allow-Origin") != ""
	a.date, _ = http.ParseTime(resp.Header.Get("Date")) // absent or odd: no clock to learn from
	if age, err := strconv.ParseFloat(resp.Header.Get("Age"), 64); err == nil && age > 0 {
		a.age = time.Duration(min(age, 1e6) * float64(time.Second))
	}
	ok := resp.StatusCode >= 200 && resp.StatusCode < 300
	var err error
	if g.media || !ok {
		err = n.count(resp.Body, c)
	} else {
		a.body, err = readDocument(resp.Body, c)
	}
	a.bytes, a.end = c.bytes.Load(), time.Now()
	switch {
	case err != nil: // an XHR whose body breaks off shows a network error, status 0
		a.status, a.failure, a.detail = 0, qoe.Classify(err), token.Redact(err.Error())
	case !ok:
		a.failure, a.detail = qoe.StatusFailure, resp.Status
	}
}

func (n *socketNetwork) count(body io.Reader, c *socketCall) error {
	buf := n.buffers.Get().(*[readBuffer]byte)
	defer n.buffers.Put(buf)
	for {
		k, err := body.Read(buf[:])
		c.bytes.Add(int64(k))
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
	}
}

func readDocument(body io.Reader, c *socketCall) ([]byte, error) {
	doc, err := io.ReadAll(io.LimitReader(body, maxDocument+1))
	c.bytes.Store(int64(len(doc)))
	if err == nil && len(doc) > maxDocument {
		err = fmt.Errorf("body larger than %d MiB: %w", maxDocument>>20, errTooLarge)
	}
	return doc, err
}

var errTooLarge = errors.New("not a manifest or key")

// close waits for the goroutines of requests that were given up.
func (n *socketNetwork) close() {
	n.running.Wait()
	for _, api := range n.apis {
		api.Wait()
	}
	n.sockets.CloseIdleConnections()
}
