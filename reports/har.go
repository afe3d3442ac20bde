package reports

import (
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"

	"soak/qoe"
)

// HAR is one viewer's requests, to be written as an HTTP Archive
// (http://www.softwareishard.com/blog/har-12-spec/), which browsers' developer tools
// open. Fields that the format does not have begin with an underscore, as it wants.
type HAR struct {
	Soak    string // version
	Title   string
	Started time.Time // the viewer's wish to play
	Startup time.Duration
	entries []harEntry
}

type harFile struct {
	Log harLog `json:"log"`
}

type harLog struct {
	Version string     `json:"version"`
	Creator harName    `json:"creator"`
	Pages   []harPage  `json:"pages"`
	Entries []harEntry `json:"entries"`
}

type harName struct {
	Name    string `json:"name"`
	Version string `json:"version"`
}

type harPage struct {
	Started time.Time  `json:"startedDateTime"`
	ID      string     `json:"id"`
	Title   string     `json:"title"`
	Timings harLoading `json:"pageTimings"`
}

// harLoading tells when a page was loaded: for a player, when the picture moved. −1 is
// never.
type harLoading struct {
	OnContentLoad float64 `json:"onContentLoad"`
	OnLoad        float64 `json:"onLoad"`
}

type harEntry struct {
	Page     string      `json:"pageref"`
	Started  time.Time   `json:"startedDateTime"`
	Time     float64     `json:"time"` // ms, the sum of the timings that are not −1
	Request  harRequest  `json:"request"`
	Response harResponse `json:"response"`
	Cache    struct{}    `json:"cache"`
	Timings  harTimings  `json:"timings"`
	Server   string      `json:"serverIPAddress,omitempty"`
	Kind     string      `json:"_kind"`
	Media    string      `json:"_media,omitempty"`
	Attempt  int         `json:"_attempt,omitempty"`
	Token    string      `json:"_token,omitempty"` // hash
	Margin   *float64    `json:"_marginSeconds,omitempty"`
	Reason   string      `json:"_reason,omitempty"`      // for calling the token API
	Life     float64     `json:"_lifeSeconds,omitempty"` // of the token that came
	Error    string      `json:"_error,omitempty"`
	Comment  string      `json:"comment,omitempty"`
}

type harRequest struct {
	Method      string     `json:"method"`
	URL         string     `json:"url"`
	Version     string     `json:"httpVersion"`
	Cookies     []struct{} `json:"cookies"`
	Headers     []harField `json:"headers"`
	Query       []harField `json:"queryString"`
	HeadersSize int        `json:"headersSize"`
	BodySize    int        `json:"bodySize"`
}

type harResponse struct {
	Status      int        `json:"status"`
	StatusText  string     `json:"statusText"`
	Version     string     `json:"httpVersion"`
	Cookies     []struct{} `json:"cookies"`
	Headers     []harField `json:"headers"`
	Content     harContent `json:"content"`
	RedirectURL string     `json:"redirectURL"`
	HeadersSize int        `json:"headersSize"`
	BodySize    int64      `json:"bodySize"`
}

type harContent struct {
	Size int64  `json:"size"`
	MIME string `json:"mimeType"`
}

type harField struct {
	Name  string `json:"name"`
	Value string `json:"value"`
}

// harTimings are in milliseconds, −1 where a phase did not happen or is not known.
// SSL is part of Connect too, as the format wants it.
type harTimings struct {
	Blocked float64 `json:"blocked"`
	DNS     float64 `json:"dns"`
	Connect float64 `json:"connect"`
	Send    float64 `json:"send"`
	Wait    float64 `json:"wait"`
	Receive float64 `json:"receive"`
	SSL     float64 `json:"ssl"`
}

const (
	harPageID  = "viewer"
	harUnknown = -1
)

// Exchange adds a request of the player.
func (h *HAR) Exchange(x qoe.Exchange) {
	e := newHAREntry(x.URL, x.Start, x.Post, x.Kind)
	if x.Range != "" {
		e.Request.Headers = append(e.Request.Headers, harField{"Range", x.Range})
	}
	e.answered(x.Status, x.Type, x.Bytes, x.Wire)
	e.Timings = timingsOf(x.Took, x.TTFB, x.Wire)
	e.Time = e.Timings.sum()
	e.Attempt, e.Token = x.Attempt, x.Token
	if x.Media != qoe.NoMedia {
		e.Media = x.Media.String()
	}
	if x.Signed {
		margin := x.Margin.Seconds()
		e.Margin = &margin
	}
	e.failed(x.Failure, x.Detail)
	if x.Final != "" {
		e.Comment = "redirected to " + x.Final
	}
	h.entries = append(h.entries, e)
}

// Call adds a call of the token API. Tokens that are signed here take no request.
func (h *HAR) Call(c qoe.TokenCall) {
	if c.URL == "" {
		return
	}
	e := newHAREntry(c.URL, c.Start, false, qoe.Token)
	e.answered(c.Status, "", harUnknown, nil)
	e.Timings = timingsOf(c.Took, 0, nil)
	e.Time = e.Timings.sum()
	e.Reason, e.Life = c.Reason.String(), c.Life.Seconds()
	e.failed(c.Failure, c.Problem)
	h.entries = append(h.entries, e)
}

func newHAREntry(address string, started time.Time, post bool, kind qoe.Kind) harEntry {
	method := http.MethodGet
	if post {
		method = http.MethodPost
	}
	return harEntry{
		Page: harPageID, Started: started, Kind: kind.String(),
		Request: harRequest{
			Method: method, URL: address, Version: "HTTP/1.1", Cookies: []struct{}{}, Headers: []harField{}, Query: queryOf(address),
			HeadersSize: harUnknown, BodySize: 0,
		},
		Response: harResponse{
			Version: "HTTP/1.1", Cookies: []struct{}{}, Headers: []harField{}, HeadersSize: harUnknown, BodySize: harUnknown,
		},
	}
}

// queryOf lists parameters in their order.
func queryOf(address string) []harField {
	fields := []harField{}
	_, query, _ := strings.Cut(address, "?")
	for pair := range strings.SplitSeq(query, "&") {
		name, value, _ := strings.Cut(pair, "=")
		if name == "" {
			continue
		}
		fields = append(fields, harField{unescaped(name), unescaped(value)})
	}
	return fields
}

func unescaped(s string) string {
	if plain, err := url.QueryUnescape(s); err == nil {
		return plain
	}
	return s
}

func (e *harEntry) answered(status int, mime string, size int64, w *qoe.Wire) {
	r := &e.Response
	r.Status, r.StatusText, r.BodySize = status, http.StatusText(status), size
	r.Content = harContent{Size: max(size, 0), MIME: mime}
	if r.Content.MIME == "" {
		r.Content.MIME = "x-unknown"
	}
	switch {
	case w != nil:
		if w.Proto != "" {
			e.Request.Version, r.Version = w.Proto, w.Proto
		}
		for _, f := range w.Header {
			r.Headers = append(r.Headers, harField{f.Name, f.Value})
		}
		e.Server = hostOnly(w.Remote)
	case mime != "":
		r.Headers = append(r.Headers, harField{"Content-Type", mime})
	}
}

// hostOnly is an address without its port.
func hostOnly(address string) string {
	if i := strings.LastIndexByte(address, ':'); i >= 0 {
		address = address[:i]
	}
	return strings.Trim(address, "[]")
}

func (e *harEntry) failed(why qoe.Failure, detail string) {
	if why == qoe.NoFailure {
		return
	}
	e.Error = string(why)
	if detail != "" {
		e.Error += ": " + clean(detail)
	}
}

// timingsOf splits what a request took. Without sockets to look at, all up to the
// first byte is waiting.
func timingsOf(took, ttfb time.Duration, w *qoe.Wire) harTimings {
	if ttfb == 0 {
		ttfb = took
	}
	t := harTimings{Blocked: harUnknown, DNS: harUnknown, Connect: harUnknown, SSL: harUnknown}
	before := time.Duration(0)
	if w != nil {
		t.Blocked, t.Send = harMillis(w.Blocked), harMillis(w.Send)
		if w.DNS > 0 {
			t.DNS = harMillis(w.DNS)
		}
		if w.Connect > 0 {
			t.Connect = harMillis(w.Connect + w.TLS)
		}
		if w.TLS > 0 {
			t.SSL = harMillis(w.TLS)
		}
		before = w.Blocked + w.DNS + w.Connect + w.TLS + w.Send
	}
	t.Wait, t.Receive = harMillis(max(ttfb-before, 0)), harMillis(took-ttfb)
	return t
}

func harMillis(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }

// sum is the time of the entry, by the format's rule.
func (t harTimings) sum() float64 {
	sum := 0.0
	for _, ms := range []float64{t.Blocked, t.DNS, t.Connect, t.Send, t.Wait, t.Receive} {
		sum += max(ms, 0)
	}
	return sum
}

// Write writes the archive.
func (h *HAR) Write(w io.Writer) error {
	page := harPage{Started: h.Started, ID: harPageID, Title: h.Title, Timings: harLoading{harUnknown, harUnknown}}
	if h.Startup > 0 {
		page.Timings.OnLoad = harMillis(h.Startup)
	}
	entries := h.entries
	if entries == nil {
		entries = []harEntry{}
	}
	out := json.NewEncoder(w)
	out.SetEscapeHTML(false)
	out.SetIndent("", "  ")
	return out.Encode(harFile{harLog{Version: "1.2", Creator: harName{"soak", h.Soak}, Pages: []harPage{page}, Entries: entries}})
}
