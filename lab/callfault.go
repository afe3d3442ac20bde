package lab

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
)

// CallFault strikes certain calls that each viewer makes of the token API. A
// viewer's calls are counted from 1, the first token's: by their headers
// ([ViewerHeader], [CallHeader]) where they have them, as soak's viewers do, else
// for every pair of client address and video, as with browsers. A call struck
// meets none of the faults drawn from rates; of several that match, the first
// strikes.
type CallFault struct {
	// Calls are the numbers of the calls that are struck.
	Calls []int `yaml:"calls,omitempty" json:"calls,omitempty"`
	// From and To strike a range instead, both included. To 0 = for ever.
	From int `yaml:"from,omitempty" json:"from,omitempty"`
	To   int `yaml:"to,omitempty" json:"to,omitempty"`

	// Status is answered in place of a token, 400 to 599.
	Status int `yaml:"status,omitempty" json:"status,omitempty"`
	// RetryAfter is told with the status, in whole seconds. 0 = the header is absent.
	RetryAfter time.Duration `yaml:"retryAfter,omitempty" json:"retryAfter,omitempty"`
	// Hang leaves the call unanswered.
	Hang bool `yaml:"hang,omitempty" json:"hang,omitempty"`
	// Latency is how long the call takes. Zero = as other calls.
	Latency Distribution `yaml:"latency,omitempty" json:"latency,omitzero"`
	// Answer is what is wrong with a 200: "truncated" (the JSON ends in the middle),
	// "html" (a sign-in page), "no-token", "no-expires", "expires-ms", "expires-iso",
	// "same" (the grant that the viewer got last) or "older" (the one before it).
	// The url in the answer is right in any case.
	Answer string `yaml:"answer,omitempty" json:"answer,omitempty"`
	// Life is how long the token lives, whatever was asked for: whole seconds,
	// negative for one that has expired. 0 = as asked.
	Life time.Duration `yaml:"life,omitempty" json:"life,omitempty"`
}

// The wrong answers of a token API.
const (
	truncated  = "truncated"
	html       = "html"
	noToken    = "no-token"
	noExpires  = "no-expires"
	expiresMS  = "expires-ms"
	expiresISO = "expires-iso"
	sameGrant  = "same"
	olderGrant = "older"
)

func wrongAnswers() []string {
	return []string{truncated, html, noToken, noExpires, expiresMS, expiresISO, sameGrant, olderGrant}
}

// strikes tells whether the fault is meant for call n.
func (f *CallFault) strikes(n int) bool {
	if f.From > 0 {
		return n >= f.From && (f.To == 0 || n <= f.To)
	}
	return slices.Contains(f.Calls, n)
}

// repeats tells whether the viewer gets a grant that it has had before.
func (f *CallFault) repeats() bool {
	return f != nil && (f.Answer == sameGrant || f.Answer == olderGrant)
}

// garbles tells whether the answer's text is wrong, and no grant of any use.
func (f *CallFault) garbles() bool { return f != nil && f.Answer != "" && !f.repeats() }

func (f *CallFault) validate() error {
	switch {
	case len(f.Calls) == 0 && f.From == 0:
		return errors.New("strikes no call: list calls, or write from")
	case len(f.Calls) > 0 && (f.From != 0 || f.To != 0):
		return errors.New("has both calls and from or to: keep one")
	case f.From < 0 || f.To < 0 || f.To > 0 && f.To < f.From || slices.ContainsFunc(f.Calls, func(n int) bool { return n < 1 }):
		return errors.New("calls are counted from 1, and to does not come before from")
	case f.Status != 0 && (f.Status < 400 || f.Status > 599):
		return fmt.Errorf("status %d: use an HTTP status from 400 to 599", f.Status)
	case f.RetryAfter != 0 && (f.Status == 0 || f.RetryAfter < 0 || f.RetryAfter > longest || f.RetryAfter%time.Second != 0):
		return fmt.Errorf("retryAfter %v: use whole seconds up to %v, with a status", f.RetryAfter, longest)
	case f.Answer != "" && !slices.Contains(wrongAnswers(), f.Answer):
		return fmt.Errorf("answer %q: use one of %s", f.Answer, strings.Join(wrongAnswers(), ", "))
	case f.Life%time.Second != 0 || f.Life.Abs() > maxLife:
		return fmt.Errorf("life %v: use whole seconds up to %v", f.Life, maxLife)
	}
	return f.validateEffect()
}

// validateEffect wants one thing to go wrong, and at most a latency beside it.
func (f *CallFault) validateEffect() error {
	effects := 0
	for _, set := range []bool{f.Status != 0, f.Hang, f.Answer != "", f.Life != 0} {
		if set {
			effects++
		}
	}
	switch {
	case effects == 0 && f.Latency.IsZero():
		return errors.New("does nothing: set status, hang, latency, answer or life")
	case effects > 1:
		return errors.New("does several things at once: keep one of status, hang, answer and life")
	case f.Hang && !f.Latency.IsZero():
		return errors.New("has a latency for a call that hangs: keep one of the two")
	}
	return nil
}

// maxLife is ten years: more than any timer of a browser can wait.
const maxLife = 10 * 365 * 24 * time.Hour

// caller is who calls the token API, as far as the lab can tell.
type caller struct {
	viewer         int
	address, video string // only of those who do not say which viewer they are
}

func callerOf(r *Request) caller {
	if r.Viewer >= 0 {
		return caller{viewer: r.Viewer}
	}
	video, _ := param(r.RawQuery, "video")
	return caller{viewer: -1, address: r.ClientIP, video: video}
}

// record is what the lab remembers of a caller: how often it called, and when the
// grants that it got last expire.
type record struct {
	calls        int
	last, before int64
}

// callFault counts a call and returns the fault that strikes it, or nil. Nothing
// is remembered where no fault asks for it.
func (l *Lab) callFault(r *Request) *CallFault {
	faults := l.cfg.API.Faults
	if len(faults) == 0 {
		return nil
	}
	n := r.Call
	if n < 0 {
		n = l.backend.count(callerOf(r))
	}
	for i := range faults {
		if faults[i].strikes(n) {
			return &faults[i]
		}
	}
	return nil
}

func (b *backend) count(c caller) int {
	b.mu.Lock()
	defer b.mu.Unlock()
	k := b.record(c)
	k.calls++
	return k.calls
}

// record is a caller's; the lock is held.
func (b *backend) record(c caller) *record {
	k := b.callers[c]
	if k == nil {
		if b.callers == nil {
			b.callers = map[caller]*record{}
		}
		k = &record{}
		b.callers[c] = k
	}
	return k
}

// issued notes a caller's new grant.
func (b *backend) issued(c caller, expires int64) {
	b.mu.Lock()
	defer b.mu.Unlock()
	k := b.record(c)
	k.before, k.last = k.last, expires
}

// repeat is the expiry of a grant that the caller has already had: the last one,
// or the one before it, as far as there were any.
func (b *backend) repeat(c caller, older bool) (expires int64, ok bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	k := b.record(c)
	if older && k.before != 0 {
		return k.before, true
	}
	return k.last, k.last != 0
}

// spoil is the text of a good answer gone wrong.
func spoil(good grantJSON, wrong string) []byte {
	fields := map[string]any{
		"token": good.Token, "token_ip": good.TokenIP, "client_ip": good.ClientIP,
		"expires": good.Expires, "url": good.URL, "url_ip": good.URLIP,
	}
	switch wrong {
	case html:
		return []byte("<!doctype html>\n<title>Sign in</title>\n<p>Your session has ended. Please sign in.</p>\n")
	case noToken:
		delete(fields, "token")
		delete(fields, "token_ip")
	case noExpires:
		delete(fields, "expires")
	case expiresMS:
		fields["expires"] = good.Expires * 1000
	case expiresISO:
		fields["expires"] = time.Unix(good.Expires, 0).UTC().Format(time.RFC3339)
	}
	var text bytes.Buffer
	encoder := json.NewEncoder(&text) // sorts the keys: the same text every time
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(fields); err != nil {
		return failureText(err.Error())
	}
	if wrong == truncated {
		text.Truncate(text.Len() / 2)
	}
	return text.Bytes()
}
