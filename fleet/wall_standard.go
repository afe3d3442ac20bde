package fleet

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"

	"soak/lab"
	"soak/manifest"
	"soak/qoe"
	"soak/token"
)

// hopStandardly makes one request over net/http.
func (c *socketCall) hopStandardly(url string) (next string, redirected bool, err error) {
	ctx, stop := c.context()
	defer stop()
	var trace *wireTrace
	if c.net.watched {
		trace = newWireTrace()
	}
	resp, err := c.send(ctx, url, trace)
	c.answer.wire = trace.wire(resp)
	if err != nil {
		return "", false, err
	}
	defer resp.Body.Close()
	if redirects(resp.StatusCode) { // nothing to learn from its body
		c.answer.Status = resp.StatusCode
		return leadsTo(resp.Request.URL, resp.Header.Get("Location")), true, nil
	}
	c.receiveStandardly(resp)
	return "", false, nil
}

// context ends with the viewer's life, or when the call is given up.
func (c *socketCall) context() (context.Context, context.CancelFunc) {
	ctx, stop := context.WithCancel(c.net.ctx)
	c.mu.Lock()
	c.stop = stop
	c.mu.Unlock()
	if c.given.Load() { // before there was anything to stop
		stop()
	}
	return ctx, stop
}

func (c *socketCall) send(ctx context.Context, url string, trace *wireTrace) (*http.Response, error) {
	method, body := http.MethodGet, io.Reader(nil)
	if c.get.post {
		method, body = http.MethodPost, bytes.NewReader(make([]byte, challengeBytes))
	}
	req, err := http.NewRequestWithContext(ctx, method, url, body)
	if err != nil {
		return nil, err
	}
	n := c.net
	req.Header.Set(agentHeader, n.stack.agent)
	if n.viewer != "" {
		req.Header.Set(lab.ViewerHeader, n.viewer)
	}
	if said := n.from.says(manifest.AddressOf(url)); said != "" {
		req.Header.Set("X-Forwarded-For", said)
	}
	req.Header.Set(acceptEncoding, c.get.codings())
	if r := rangeOf(c.get.rng); r != "" {
		req.Header.Set("Range", r)
	}
	return n.stack.standard().RoundTrip(trace.traced(req))
}

// receiveStandardly reads the body: counted for media and refusals, kept for the rest.
func (c *socketCall) receiveStandardly(resp *http.Response) {
	a := &c.answer
	a.FirstByte = c.net.now()
	c.first.Store(int64(a.FirstByte))
	c.size.Store(resp.ContentLength)
	a.Status, a.ContentType = resp.StatusCode, resp.Header.Get("Content-Type")
	a.Timed = resp.Header.Get("Timing-Allow-Origin") != ""
	a.Date, _ = http.ParseTime(resp.Header.Get("Date")) // absent or odd: no clock to learn from
	a.Age = ageOf(resp.Header.Get("Age"))
	ok := resp.StatusCode >= 200 && resp.StatusCode < 300
	var err error
	if c.get.media || !ok {
		err = c.count(resp.Body)
	} else {
		a.Body, err = c.readDocument(resp.Body)
		if err == nil {
			a.Body, err = c.net.stack.bodies.decode(a.Body, codingOf([]byte(resp.Header.Get(contentEncoding))))
		}
	}
	a.Bytes, a.End = c.bytes.Load(), c.net.now()
	switch {
	case err != nil: // an XHR whose body breaks off shows a network error, status 0
		a.Status, a.Failure, a.Detail = 0, qoe.Classify(err), token.Redact(err.Error())
	case !ok:
		a.Failure, a.Detail = qoe.StatusFailure, resp.Status
	}
}

func (c *socketCall) count(body io.Reader) error {
	buffers := &c.net.stack.buffers
	buf := buffers.Get().(*[readBuffer]byte)
	defer buffers.Put(buf)
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

func (c *socketCall) readDocument(body io.Reader) ([]byte, error) {
	doc, err := io.ReadAll(io.LimitReader(body, maxDocument+1))
	c.bytes.Store(int64(len(doc)))
	if err == nil && len(doc) > maxDocument {
		err = fmt.Errorf("body larger than %d MiB: %w", maxDocument>>20, errTooLarge)
	}
	return doc, err
}

var errTooLarge = errors.New("not a manifest or key")
