package lab

import (
	"errors"
	"fmt"
	"strings"
	"time"
)

// API is how the token API behaves. The zero API answers everything at once.
type API struct {
	// Latency is how long the backend works on a call. Zero = no time.
	Latency Distribution `yaml:"latency,omitempty" json:"latency,omitzero"`
	// FailureRate is the share of calls answered with FailureStatus, 0 to 1.
	FailureRate float64 `yaml:"failureRate,omitempty" json:"failureRate,omitempty"`
	// FailureStatus is 400 to 599. 0 = 500.
	FailureStatus int `yaml:"failureStatus,omitempty" json:"failureStatus,omitempty"`
	// HangRate is the share of calls that are never answered, 0 to 1.
	HangRate float64 `yaml:"hangRate,omitempty" json:"hangRate,omitempty"`
	// Outages are windows of scenario time in which no call succeeds.
	Outages []Outage `yaml:"outages,omitempty" json:"outages,omitempty"`
	// Slow are windows of scenario time in which answers take longer.
	Slow []Slowdown `yaml:"slow,omitempty" json:"slow,omitempty"`
	// Faults strike calls by their number.
	Faults []CallFault `yaml:"faults,omitempty" json:"faults,omitempty"`
	// Rate is how many calls a second the backend can do, one after another.
	// 0 = no limit.
	Rate float64 `yaml:"rate,omitempty" json:"rate,omitempty"`
	// Queue is how many calls may wait for the one in service; a call that finds
	// it full is answered 429 with Retry-After. 0 = one second's worth of Rate, at
	// least 1; negative = none.
	Queue int `yaml:"queue,omitempty" json:"queue,omitempty"`
	// NoRetryAfter leaves Retry-After out of those answers.
	NoRetryAfter bool `yaml:"noRetryAfter,omitempty" json:"noRetryAfter,omitempty"`

	// SharedCache is how long a cache in front of the backend gives the answer to a
	// URL to whoever asks for the same one. 0 = there is no cache.
	SharedCache time.Duration `yaml:"sharedCache,omitempty" json:"sharedCache,omitempty"`
	// CacheControl is the header of that name. "" = no-store.
	CacheControl string `yaml:"cacheControl,omitempty" json:"cacheControl,omitempty"`
	// MaxLife is the longest life granted, whatever expire asks for: whole seconds.
	// 0 = any.
	MaxLife time.Duration `yaml:"maxLife,omitempty" json:"maxLife,omitempty"`
	// StrictExpire answers 400 to an expire that is no number of seconds to live.
	// False = as the guide has it: a point in time is taken, and what is no positive
	// number means an hour.
	StrictExpire bool `yaml:"strictExpire,omitempty" json:"strictExpire,omitempty"`
	// IgnoreClientIP takes the address seen for the client's, whatever client_ip says.
	IgnoreClientIP bool `yaml:"ignoreClientIP,omitempty" json:"ignoreClientIP,omitempty"`
	// Auth answers 401 to calls without an Authorization header or a cookie. What they
	// hold is not looked at; soak's own viewers have signed in.
	Auth bool `yaml:"auth,omitempty" json:"auth,omitempty"`
	// Headers is what the answers lack.
	Headers Headers `yaml:"headers,omitempty" json:"headers,omitzero"`
}

// Outage is a window of scenario time, From ≤ t < To, in which calls of the token
// API fail at once or hang.
type Outage struct {
	From time.Duration `yaml:"from" json:"from"`
	// To is the end. 0 = there is none.
	To time.Duration `yaml:"to" json:"to"`
	// Status is 400 to 599. 0 = 503.
	Status int `yaml:"status,omitempty" json:"status,omitempty"`
	// RetryAfter is told with the status, in whole seconds. 0 = the header is absent.
	RetryAfter time.Duration `yaml:"retryAfter,omitempty" json:"retryAfter,omitempty"`
	// Hang leaves calls unanswered instead.
	Hang bool `yaml:"hang,omitempty" json:"hang,omitempty"`
	// Refuse refuses connections instead, and closes those that are open.
	Refuse bool `yaml:"refuse,omitempty" json:"refuse,omitempty"`
	// Viewers is the share of viewers whose calls are meant, above 0 and up to 1: the
	// same viewers throughout, those whose right to watch is revoked, say. 0 = all.
	Viewers float64 `yaml:"viewers,omitempty" json:"viewers,omitempty"`
}

// Slowdown is a window of scenario time, From ≤ t < To, in which calls of the token
// API that begin in it take longer than they would.
type Slowdown struct {
	From time.Duration `yaml:"from" json:"from"`
	// To is the end. 0 = there is none.
	To time.Duration `yaml:"to,omitempty" json:"to,omitempty"`
	// By is how much longer.
	By time.Duration `yaml:"by" json:"by"`
}

func (s Slowdown) validate() error {
	switch {
	case s.From < 0 || s.To != 0 && s.To <= s.From:
		return fmt.Errorf(" from %v to %v: to must come after from", s.From, s.To)
	case s.By <= 0 || s.By > longest:
		return fmt.Errorf(".by %v: use a duration up to %v", s.By, longest)
	}
	return nil
}

// slower is how much longer a call takes that comes at a moment of scenario time.
func (a *API) slower(at time.Duration) (by time.Duration) {
	for _, s := range a.Slow {
		if (Window{s.From, s.To}).has(at) {
			by += s.By
		}
	}
	return by
}

func (a API) filled() API {
	a.FailureStatus = or(a.FailureStatus, 500)
	if a.Queue == 0 {
		a.Queue = max(1, int(a.Rate))
	}
	outages := make([]Outage, len(a.Outages))
	for i, o := range a.Outages {
		o.Status = or(o.Status, 503)
		outages[i] = o
	}
	a.Outages = outages
	return a
}

func (a API) validate() error {
	var errs []error
	share := func(name string, v float64) {
		if !(v >= 0 && v <= 1) { // NaN too
			errs = append(errs, fmt.Errorf("api.%s %v: use a share from 0 to 1", name, v))
		}
	}
	status := func(name string, v int) {
		if v < 400 || v > 599 {
			errs = append(errs, fmt.Errorf("api.%s %d: use an HTTP status from 400 to 599", name, v))
		}
	}
	share("failureRate", a.FailureRate)
	share("hangRate", a.HangRate)
	status("failureStatus", a.FailureStatus)
	if !(a.Rate >= 0 && a.Rate <= 1e6) {
		errs = append(errs, fmt.Errorf("api.rate %v: use 0 (no limit) to 1000000 calls a second", a.Rate))
	}
	if !headerText(a.CacheControl) {
		errs = append(errs, fmt.Errorf("api.cacheControl %.80q: write a header's value, as in public, max-age=60", a.CacheControl))
	}
	if a.SharedCache < 0 || a.SharedCache > longest {
		errs = append(errs, fmt.Errorf("api.sharedCache %v: use up to %v", a.SharedCache, longest))
	}
	if a.MaxLife < 0 || a.MaxLife > maxLife || a.MaxLife%time.Second != 0 {
		errs = append(errs, fmt.Errorf("api.maxLife %v: use whole seconds up to %v", a.MaxLife, maxLife))
	}
	if err := a.Headers.validate(); err != nil {
		errs = append(errs, fmt.Errorf("api.%w", err))
	}
	return errors.Join(append(errs, a.validateTroubles())...)
}

func (a API) validateTroubles() error {
	var errs []error
	for i, o := range a.Outages {
		if err := o.validate(); err != nil {
			errs = append(errs, fmt.Errorf("api.outages[%d]%w", i, err))
		}
	}
	for i, s := range a.Slow {
		if err := s.validate(); err != nil {
			errs = append(errs, fmt.Errorf("api.slow[%d]%w", i, err))
		}
	}
	if err := inOrder(a.down()); err != nil {
		errs = append(errs, fmt.Errorf("api.outages: %w", err))
	}
	for i := range a.Faults {
		if err := a.Faults[i].validate(); err != nil {
			errs = append(errs, fmt.Errorf("api.faults[%d] %w", i, err))
		}
	}
	return errors.Join(errs...)
}

// headerText tells whether a text can be a header's value.
func headerText(text string) bool {
	return len(text) <= 200 && !strings.ContainsFunc(text, func(c rune) bool { return c < ' ' || c > '~' })
}

func (o Outage) validate() error {
	switch {
	case o.From < 0 || o.To != 0 && o.To <= o.From:
		return fmt.Errorf(" from %v to %v: to must come after from", o.From, o.To)
	case o.Status < 400 || o.Status > 599:
		return fmt.Errorf(".status %d: use an HTTP status from 400 to 599", o.Status)
	case o.RetryAfter < 0 || o.RetryAfter > longest || o.RetryAfter%time.Second != 0:
		return fmt.Errorf(".retryAfter %v: use whole seconds up to %v", o.RetryAfter, longest)
	case !(o.Viewers >= 0 && o.Viewers <= 1):
		return fmt.Errorf(".viewers %v: use a share above 0 and up to 1", o.Viewers)
	case o.Hang && o.Refuse || (o.Hang || o.Refuse) && o.RetryAfter != 0:
		return errors.New(" does several things at once: keep one of status with retryAfter, hang and refuse")
	case o.Refuse && o.Viewers != 0:
		return errors.New(" refuses the connections of all viewers or of none: leave viewers out")
	}
	return nil
}

// down is when the token API refuses connections.
func (a API) down() (all []Window) {
	for _, o := range a.Outages {
		if o.Refuse {
			all = append(all, Window{o.From, o.To})
		}
	}
	return all
}
