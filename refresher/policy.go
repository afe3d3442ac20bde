package refresher

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"soak/token"
)

// Policy is how a token is kept fresh. It is data: copy it, change a field, print
// it. In YAML a policy is a built-in's name, or a mapping whose name is the
// built-in it starts from and whose other keys replace that one's fields:
//
//	policy: steady
//	policy: {name: guide-hlsjs, lead: 3s}
type Policy struct {
	// Name is for people and reports. In YAML it picks the built-in to start from.
	Name string `yaml:"name" json:"name"`

	// Hook is where the URL is rewritten: loader or xhr-setup (hls.js), modify-request
	// (dash.js 4.5 to 4.7), modify-request-url (dash.js 3 and 4), interceptor (dash.js
	// 5), playback (the Gcore plugin's: loader or interceptor), service-worker, or
	// transport, below any player. A hook that the player does not have is never
	// called. Default transport.
	Hook Hook `yaml:"hook,omitempty" json:"hook,omitempty"`
	// Rewrite is which pair in a URL is replaced. Default any.
	Rewrite Rewrite `yaml:"rewrite,omitempty" json:"rewrite,omitempty"`
	// Seed is where the first grant is taken from. Default answer.
	Seed Seed `yaml:"seed,omitempty" json:"seed,omitempty"`
	// IPBound uses the answer's token_ip and url_ip in place of token and url.
	IPBound bool `yaml:"ipBound,omitempty" json:"ipBound,omitempty"`

	// Lead is how long before expiry the next call is made. A pointer, so that an
	// explicit 0s (call at expiry) differs from not set. Not set: LeadShare of the
	// grant's life, or 10 s if that is 0 too.
	Lead *time.Duration `yaml:"lead,omitempty" json:"lead,omitempty"`
	// LeadShare is the lead as a share of the life of each grant received, used
	// when Lead is not set, and when a grant lives no longer than Lead, where Lead
	// would mean calling at once for ever. 0: never.
	LeadShare float64 `yaml:"leadShare,omitempty" json:"leadShare,omitempty"`
	// LeadJitter lengthens each lead by a random share of itself between 0 and this,
	// so that viewers who came together do not call together. 0: no jitter.
	LeadJitter float64 `yaml:"leadJitter,omitempty" json:"leadJitter,omitempty"`
	// Floor is the shortest wait from a grant received to the next call, and
	// between two calls made for refusals. 0: none beyond a timer's 1 ms.
	Floor time.Duration `yaml:"floor,omitempty" json:"floor,omitempty"`

	// Retry is the wait after a failed call. 0: schedule by the grant still held as
	// after a success, which past its lead means Floor.
	Retry time.Duration `yaml:"retry,omitempty" json:"retry,omitempty"`
	// RetryFactor multiplies the wait after each further failure in a row. 0 or 1:
	// constant.
	RetryFactor float64 `yaml:"retryFactor,omitempty" json:"retryFactor,omitempty"`
	// RetryMax bounds the growing wait. 0: no bound.
	RetryMax time.Duration `yaml:"retryMax,omitempty" json:"retryMax,omitempty"`
	// RetryJitter shortens each wait by a random share of itself between 0 and
	// this, at most 1. 0: no jitter.
	RetryJitter float64 `yaml:"retryJitter,omitempty" json:"retryJitter,omitempty"`
	// RetryShare further bounds a wait to this share of the life left of the grant
	// held, but not under Floor: a back-off must not sleep through the expiry. It
	// ends with that life. 0: no such bound.
	RetryShare float64 `yaml:"retryShare,omitempty" json:"retryShare,omitempty"`
	// RetryAfter waits at least as long as a 429's or 503's Retry-After asks.
	RetryAfter bool `yaml:"retryAfter,omitempty" json:"retryAfter,omitempty"`
	// FirstTries is how often the first call is tried before playback is given up.
	// 0 and 1: once.
	FirstTries int `yaml:"firstTries,omitempty" json:"firstTries,omitempty"`

	// Timeout bounds each call. 0: none, a call that hangs ends refreshing for ever.
	Timeout time.Duration `yaml:"timeout,omitempty" json:"timeout,omitempty"`
	// TimeoutShare further bounds a call to this share of the lead, but not under
	// 1 s nor under twice the longest time that an answer has taken so far: giving
	// up on an API that is merely slow, only to ask again, is the worst one can do.
	// The bound doubles with every call in a row that met it, up to Timeout. The
	// first call of all has no lead and only Timeout. 0: Timeout alone.
	TimeoutShare float64 `yaml:"timeoutShare,omitempty" json:"timeoutShare,omitempty"`

	// Sane installs a grant only if its token and expiry are there, its expiry is
	// whole seconds, ahead of now (where the API's clock is known) but by less than
	// 2^31 ms, and not before that of the grant held (unless the edge has refused that
	// one). Otherwise the call counts as failed. False installs whatever came, as a
	// script does that does not look.
	Sane bool `yaml:"sane,omitempty" json:"sane,omitempty"`
	// ServerClock measures expiries against the API's clock, known from the Date
	// headers of its answers, instead of the viewer's.
	ServerClock bool `yaml:"serverClock,omitempty" json:"serverClock,omitempty"`
	// Overlap lets a call be made while another is under way; the answer that comes
	// last wins.
	Overlap bool `yaml:"overlap,omitempty" json:"overlap,omitempty"`
	// LooseRetry forgets the retry's timer: a call made meanwhile for another
	// reason does not cancel it, and two loops run (H35).
	LooseRetry bool `yaml:"looseRetry,omitempty" json:"looseRetry,omitempty"`

	// Refusal is what a 401, 403 or 410 from the edge does. Default ignore.
	Refusal Refusal `yaml:"refusal,omitempty" json:"refusal,omitempty"`
}

// DefaultLead is the lead of a policy that sets neither Lead nor LeadShare.
const DefaultLead = 10 * time.Second

// Hook is where in a player a URL is rewritten; the player's profile decides what
// else that does to it.
type Hook string

// Hooks of the players.
const (
	LoaderHook           Hook = "loader"             // hls.js loader that changes context.url; breaks AES-128 keys (F4)
	XHRSetupHook         Hook = "xhr-setup"          // hls.js xhrSetup, called for every attempt; keys are fine
	ModifyRequestHook    Hook = "modify-request"     // dash.js 4.5 to 4.7; other versions never call it (F1)
	ModifyRequestURLHook Hook = "modify-request-url" // dash.js 3 and 4, called for every attempt
	InterceptorHook      Hook = "interceptor"        // dash.js 5 addRequestInterceptor
	PlaybackHook         Hook = "playback"           // Gcore plugin: loader in hls.js, interceptor in dash.js
	// A service worker sees every GET of the page, clocks included. It holds the token
	// in memory only: after 30 s without a request the browser stops it, and URLs go
	// out as they are until the page tells it the next token.
	ServiceWorkerHook Hook = "service-worker"
	TransportHook     Hook = "transport" // below the player, which never sees it
)

// Hooks are all hooks, those of the players first.
func Hooks() []Hook {
	return []Hook{LoaderHook, XHRSetupHook, ModifyRequestHook, ModifyRequestURLHook, InterceptorHook, PlaybackHook, ServiceWorkerHook, TransportHook}
}

// Rewrite says which pair in a URL is replaced.
type Rewrite string

// The rewriters of package token.
const (
	RewriteAny      Rewrite = "any"      // token.AnyPair
	RewriteOriginal Rewrite = "original" // token.OriginalPair
	RewriteIssued   Rewrite = "issued"   // token.IssuedPair
	RewriteNever    Rewrite = "never"    // token.Never
)

// Seed says where the first grant is taken from.
type Seed string

// Seeds.
const (
	SeedAnswer Seed = "answer" // the answer's token and expires fields
	SeedURL    Seed = "url"    // the first pair found in the URL given to the player; none: it never starts
)

// Refusal says what a request turned down by the edge does.
type Refusal string

// Reactions to a refusal.
const (
	IgnoreRefusal  Refusal = "ignore"
	RefreshRefusal Refusal = "refresh" // refresh once, then try the request again
)

// LeadFor is the lead, without jitter, for a grant received with that much life.
func (p Policy) LeadFor(life time.Duration) time.Duration { return p.leadFor(life) }

func (p *Policy) leadFor(life time.Duration) time.Duration {
	share := time.Duration(p.LeadShare * float64(max(life, 0)))
	switch {
	case p.Lead == nil && p.LeadShare > 0:
		return share
	case p.Lead == nil:
		return DefaultLead
	case p.LeadShare > 0 && life > 0 && *p.Lead >= life:
		return share
	}
	return *p.Lead
}

// WithLead is the policy with another lead.
func (p Policy) WithLead(lead time.Duration) Policy {
	p.Lead = &lead
	return p
}

// Validate names the first field that makes no sense.
func (p Policy) Validate() error {
	if err := p.validateWords(); err != nil {
		return err
	}
	for _, f := range []struct {
		name  string
		value float64
		most  float64
	}{
		{"leadShare", p.LeadShare, 1}, {"leadJitter", p.LeadJitter, 10}, {"retryJitter", p.RetryJitter, 1},
		{"retryFactor", p.RetryFactor, 100}, {"retryShare", p.RetryShare, 1}, {"timeoutShare", p.TimeoutShare, 1},
		{"floor", p.Floor.Seconds(), 1e6}, {"retry", p.Retry.Seconds(), 1e6}, {"retryMax", p.RetryMax.Seconds(), 1e6},
		{"timeout", p.Timeout.Seconds(), 1e6}, {"firstTries", float64(p.FirstTries), 1000},
	} {
		if !(f.value >= 0 && f.value <= f.most) {
			return fmt.Errorf("policy %s: %s is %g: use 0 to %g", p.Name, f.name, f.value, f.most)
		}
	}
	if p.Lead != nil && *p.Lead < 0 {
		return fmt.Errorf("policy %s: lead is %v: use 0s or more", p.Name, *p.Lead)
	}
	return nil
}

func (p Policy) validateWords() error {
	var hooks []string
	for _, h := range Hooks() {
		hooks = append(hooks, string(h))
	}
	for _, f := range []struct {
		name, value string
		known       []string
	}{
		{"hook", string(p.Hook), hooks},
		{"rewrite", string(p.Rewrite), []string{string(RewriteAny), string(RewriteOriginal), string(RewriteIssued), string(RewriteNever)}},
		{"seed", string(p.Seed), []string{string(SeedAnswer), string(SeedURL)}},
		{"refusal", string(p.Refusal), []string{string(IgnoreRefusal), string(RefreshRefusal)}},
	} {
		if f.value != "" && !slices.Contains(f.known, f.value) {
			return fmt.Errorf("policy %s: %s %q is not known: use %s", p.Name, f.name, f.value, strings.Join(f.known, ", "))
		}
	}
	return nil
}

// scheme is the policy's rewriting; original is the grant playback began with,
// issued are the pairs that came so far.
func (p *Policy) scheme(original token.Grant, issued []token.Pair) token.PathScheme {
	switch p.Rewrite {
	case RewriteOriginal:
		return token.PathScheme{Rewriter: token.OriginalPair{Original: original}}
	case RewriteIssued:
		return token.PathScheme{Rewriter: token.IssuedPair{Issued: issued}}
	case RewriteNever:
		return token.PathScheme{Rewriter: token.Never{}}
	}
	return token.PathScheme{Rewriter: token.AnyPair{}}
}

// UnmarshalYAML reads a name or a mapping over the built-in of that name; without
// a name the keys replace fields of the policy as it is.
func (p *Policy) UnmarshalYAML(unmarshal func(any) error) error {
	var shape any
	if err := unmarshal(&shape); err != nil {
		return err
	}
	name, bare := shape.(string)
	if keys, ok := shape.(map[string]any); ok {
		name, _ = keys["name"].(string)
	}
	if name != "" {
		built, err := Builtin(name)
		if err != nil {
			return err
		}
		*p = built
	}
	if bare {
		return nil
	}
	type fields Policy // without this method
	return unmarshal((*fields)(p))
}
