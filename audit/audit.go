package audit

import (
	"context"
	"errors"
	"fmt"
	"time"

	"soak/refresher"
	"soak/token"
)

// Schema names the shape of a Report in JSON.
const Schema = "soak/audit/1"

// Most is how many requests an audit makes at most.
const Most = 24

// Config is what is audited.
type Config struct {
	// API is the token API's URL with {video}, {type} and {expire} to be filled in.
	API string
	// Header is sent to the token API: the viewer's session. Empty = none.
	Header map[string]string
	// Fields names the fields of its answer.
	Fields refresher.Fields
	// Video and Kind are asked for.
	Video string
	Kind  token.Kind
	// Other names another video of the account that exists. "" = a name is invented.
	Other string
	// URL is the stream's with any pair where the token belongs. "" = what the answer
	// says.
	URL string
	// From is a second address of this machine to ask from. "" = none.
	From string
	// Life is asked for where nothing else is tried. 0 = 1m.
	Life time.Duration
	// Patience is how long to wait for a token to expire. 0 = 20s.
	Patience time.Duration
	// Pause is kept between requests. 0 = 250ms.
	Pause time.Duration
}

func (c Config) filled() Config {
	if c.Life == 0 {
		c.Life = time.Minute
	}
	if c.Patience == 0 {
		c.Patience = 20 * time.Second
	}
	if c.Pause == 0 {
		c.Pause = 250 * time.Millisecond
	}
	return c
}

// Verdict is what a finding comes to.
type Verdict string

// Verdicts, from the best to the worst.
const (
	Pass    Verdict = "pass"
	Unknown Verdict = "unknown" // could not be told from outside
	Warn    Verdict = "warn"    // works, but will trouble viewers or helps who copies links
	Fail    Verdict = "fail"    // protects nothing
)

// Finding is one thing that was looked at.
type Finding struct {
	ID      string  `json:"id"`
	About   string  `json:"about"`
	Verdict Verdict `json:"verdict"`
	Why     string  `json:"why"` // one line for people; no token
	Hazard  string  `json:"hazard,omitempty"`
}

// Report is what an audit found. It holds no token.
type Report struct {
	Schema   string    `json:"schema"`
	API      string    `json:"api"`            // host
	Edge     string    `json:"edge,omitempty"` // host
	Video    string    `json:"video"`
	At       time.Time `json:"at"`
	Requests int       `json:"requests"`
	Seconds  float64   `json:"seconds"`
	Findings []Finding `json:"findings"`
}

// Count is how many findings have that verdict.
func (r Report) Count(v Verdict) (n int) {
	for _, f := range r.Findings {
		if f.Verdict == v {
			n++
		}
	}
	return n
}

// Clock is the time that an audit lives in.
type Clock struct {
	Now   func() time.Time
	Sleep func(ctx context.Context, d time.Duration) error
}

// ErrUnreachable is a token API that gave no answer at all.
var ErrUnreachable = errors.New("token API cannot be reached")

// Run audits. It fails only if the token API cannot be reached or ctx is done;
// what else goes wrong is a finding.
func Run(ctx context.Context, cfg Config, asker Asker, clock Clock) (Report, error) {
	cfg = cfg.filled()
	a := &audit{cfg: cfg, asker: asker, clock: clock, apiClock: &offset{}, edgeClock: &offset{}}
	begun := clock.Now()
	a.report = Report{Schema: Schema, API: hostOf(cfg.API), Video: cfg.Video, At: begun.UTC().Truncate(time.Second), Findings: []Finding{}}
	err := a.run(ctx)
	a.report.Requests = a.asked
	a.report.Seconds = clock.Now().Sub(begun).Seconds()
	if ctx.Err() != nil {
		return a.report, ctx.Err()
	}
	return a.report, err
}

// audit is one under way.
type audit struct {
	cfg    Config
	asker  Asker
	clock  Clock
	report Report
	asked  int

	apiClock, edgeClock *offset // of Date, ahead of our own clock

	longest int64            // seconds that the API grants at most, as far as is known
	answer  refresher.Answer // of the last good call
	stream  stream
}

// stream is what stands behind a token.
type stream struct {
	manifest string // URL with the grant in force
	grant    token.Grant
	cors     bool // pages may read the manifest

	playlist, segment string // URLs with the grant in force; "": not known
}

func (a *audit) run(ctx context.Context) error {
	granted, err := a.callAPI(ctx)
	if err != nil {
		return err
	}
	if !granted {
		a.untold("no token was had to look with")
		return nil
	}
	if a.openStream(ctx) {
		a.lookAtEdge(ctx)
		a.lookAtAddresses(ctx)
		a.lookAtExpiry(ctx)
	}
	a.untold("the stream could not be opened")
	return nil
}

// add notes a finding.
func (a *audit) add(c check, v Verdict, format string, args ...any) {
	a.report.Findings = append(a.report.Findings, Finding{
		ID: c.id, About: c.about, Verdict: v, Hazard: c.hazard, Why: token.Redact(fmt.Sprintf(format, args...)),
	})
}

// untold notes that everything not looked at so far is unknown.
func (a *audit) untold(why string) {
	seen := map[string]bool{}
	for _, f := range a.report.Findings {
		seen[f.ID] = true
	}
	for _, c := range checks() {
		if !seen[c.id] {
			a.add(c, Unknown, "%s", why)
		}
	}
}
