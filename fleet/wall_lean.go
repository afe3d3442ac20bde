package fleet

import (
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"soak/http1"
	"soak/lab"
	"soak/manifest"
	"soak/qoe"
	"soak/token"
)

// secureHost is the host of an https URL.
func secureHost(url manifest.Address) (host string, secure bool) {
	return hostIn(url), strings.HasPrefix(url.Directory, "https://")
}

// hopLeanly makes one request over the lean transport.
func (c *socketCall) hopLeanly(url manifest.Address) (next string, redirected bool, err error) {
	x := &c.x
	x.Reset()
	if c.given.Load() { // which Reset forgot
		return "", false, http1.ErrCancelled
	}
	x.URL, x.Name = url.Directory, url.Name
	c.ask(x, url)
	var began time.Time
	if c.net.watched {
		began = time.Now()
	}
	err = c.net.stack.slim.Do(x)
	if c.net.watched {
		c.answer.wire = leanWire(x, began)
	}
	if err != nil {
		return "", false, err
	}
	if redirects(x.Status) {
		defer x.Close()
		c.answer.Status = x.Status
		return c.location(url.String()), true, nil
	}
	c.receiveLeanly()
	return "", false, nil
}

// ask fills in a request.
func (c *socketCall) ask(x *http1.Exchange, url manifest.Address) {
	n := c.net
	x.Fields = append(x.Fields, http1.Field{Name: agentHeader, Value: n.stack.agent})
	if n.viewer != "" {
		x.Fields = append(x.Fields, http1.Field{Name: lab.ViewerHeader, Value: n.viewer})
	}
	if said := n.from.says(url); said != "" {
		x.Fields = append(x.Fields, http1.Field{Name: "X-Forwarded-For", Value: said})
	}
	x.Fields = append(x.Fields, http1.Field{Name: acceptEncoding, Value: c.get.codings()})
	if r := rangeOf(c.get.rng); r != "" {
		x.Fields = append(x.Fields, http1.Field{Name: "Range", Value: r})
	}
	if c.get.post {
		x.Method, x.Body = http.MethodPost, make([]byte, challengeBytes)
	}
}

// location is where a redirect leads.
func (c *socketCall) location(from string) string {
	base, err := url.Parse(from)
	if err != nil {
		return ""
	}
	for name, value := range c.x.All() {
		if strings.EqualFold(string(name), "Location") {
			return leadsTo(base, string(value))
		}
	}
	return ""
}

// receiveLeanly reads the body: counted for media and refusals, kept for the rest.
func (c *socketCall) receiveLeanly() {
	x, a := &c.x, &c.answer
	a.FirstByte = c.net.timers.Instant(x.FirstByte())
	c.first.Store(int64(a.FirstByte))
	c.size.Store(x.Length)
	a.Status = x.Status
	c.readFields()
	ok := x.Status >= 200 && x.Status < 300
	var err error
	if c.get.media || !ok {
		err = x.Discard()
	} else {
		a.Body, err = c.readDecoded(maxDocument)
	}
	a.Bytes, a.End = x.Loaded(), c.net.timers.Instant(x.End)
	switch {
	case err != nil: // an XHR whose body breaks off shows a network error, status 0
		a.Status, a.Failure, a.Detail = 0, qoe.Classify(err), token.Redact(err.Error())
	case !ok:
		a.Failure, a.Detail = qoe.StatusFailure, string(x.Reason())
	}
}

// readDecoded reads a body that is kept, and undoes its content coding.
func (c *socketCall) readDecoded(limit int64) ([]byte, error) {
	body, err := c.read(limit)
	if err != nil {
		return nil, err
	}
	return c.net.stack.bodies.decode(body, c.coding)
}

// read reads a body that is kept.
func (c *socketCall) read(limit int64) ([]byte, error) {
	if c.x.Length > sharedBody {
		return c.x.ReadAll(limit)
	}
	body, err := c.x.ReadOver(slices.Grow(c.spare[:0], int(max(c.x.Length, 0))+1), limit)
	long := len(body) > sharedBody
	if c.spare = body; long {
		c.spare = nil // which is the answer's now
	}
	switch {
	case err != nil:
		return nil, err
	case long:
		return body, nil
	}
	return c.net.stack.bodies.share(body), nil
}

// readFields takes what players look at from the answer's head.
func (c *socketCall) readFields() {
	a := &c.answer
	c.coding = ""
	for name, value := range c.x.All() {
		switch len(name) {
		case len("Age"):
			if strings.EqualFold(string(name), "Age") {
				a.Age = ageOf(string(value))
			}
		case len("Date"):
			if strings.EqualFold(string(name), "Date") && a.Date.IsZero() {
				a.Date = c.net.stack.date(value)
			}
		case len("Content-Type"):
			if strings.EqualFold(string(name), "Content-Type") && a.ContentType == "" {
				a.ContentType = c.net.stack.mediaType(value)
			}
		case len(contentEncoding):
			if strings.EqualFold(string(name), contentEncoding) {
				c.coding = codingOf(value)
			}
		case len("Timing-Allow-Origin"):
			a.Timed = a.Timed || strings.EqualFold(string(name), "Timing-Allow-Origin") && len(value) > 0
		}
	}
}

// ageOf reads a cache's Age; what is no number of seconds is none.
func ageOf(text string) time.Duration {
	if age, err := strconv.ParseFloat(text, 64); err == nil && age > 0 {
		return time.Duration(min(age, 1e6) * float64(time.Second))
	}
	return 0
}

// mediaType is a Content-Type field. There are few different ones in a run.
func (p *plumbing) mediaType(value []byte) string {
	place := &p.types[len(value)%len(p.types)]
	if known := place.Load(); known != nil && *known == string(value) {
		return *known
	}
	text := string(value)
	place.Store(&text)
	return text
}

// dated is a Date field and what it says.
type dated struct {
	text string
	time time.Time
}

// date reads a Date field; absent or odd, there is no clock to learn from. All viewers
// read the same one for a second.
func (p *plumbing) date(value []byte) time.Time {
	last := p.dated.Load()
	if last == nil || last.text != string(value) {
		last = &dated{text: string(value)}
		last.time, _ = http.ParseTime(last.text)
		p.dated.Store(last)
	}
	return last.time
}
