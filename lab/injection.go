package lab

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
)

// Injection is a fault that strikes a lab from the moment at which somebody asks for
// it. It becomes part of the lab's configuration, so that the same run can be had
// again from a file.
type Injection struct {
	// Kind is one of [InjectionKinds].
	Kind string `json:"kind"`
	// For is how long it lasts, up to an hour. A new secret lasts for ever.
	For time.Duration `json:"for,omitempty"`
	// Status is answered, 400 to 599. 0 = 503, of refusals 403.
	Status int `json:"status,omitempty"`
	// Delay is how much longer answers take.
	Delay time.Duration `json:"delay,omitempty"`
}

// The kinds of injection.
const (
	APIOutage  = "api-outage"
	APISilence = "api-silence"
	APISlow    = "api-slow"
	EdgeError  = "edge-error"
	EdgeSlow   = "edge-slow"
	Refusal    = "refusal"
	NewSecret  = "new-secret"
)

// InjectionKind is a kind of injection, and what one can say of it.
type InjectionKind struct {
	Name   string
	Does   string
	Lasts  bool // takes For
	Delays bool // takes Delay
}

// InjectionKinds lists them.
func InjectionKinds() []InjectionKind {
	return []InjectionKind{
		{APIOutage, "the token API answers every call with 503", true, false},
		{APISilence, "the token API answers no call", true, false},
		{APISlow, "the token API takes longer", true, true},
		{EdgeError, "the edges answer everything with 503", true, false},
		{EdgeSlow, "the edges take longer", true, true},
		{Refusal, "the edges refuse every token with 403", true, false},
		{NewSecret, "the token API signs with a new secret, and edges refuse older tokens", false, false},
	}
}

const (
	longestInjection = time.Hour
	longestDelay     = time.Minute
)

// Validate tells what cannot be done.
func (i Injection) Validate() error {
	kinds := InjectionKinds()
	at := slices.IndexFunc(kinds, func(k InjectionKind) bool { return k.Name == i.Kind })
	if at < 0 {
		var names []string
		for _, k := range kinds {
			names = append(names, k.Name)
		}
		return fmt.Errorf("fault %.40q is none: use %s", i.Kind, strings.Join(names, ", "))
	}
	k := kinds[at]
	switch {
	case k.Lasts && (i.For < time.Second || i.For > longestInjection):
		return fmt.Errorf("%s for %v: use 1s to %v", i.Kind, i.For, longestInjection)
	case k.Delays && (i.Delay < time.Millisecond || i.Delay > longestDelay):
		return fmt.Errorf("%s by %v: use 1ms to %v", i.Kind, i.Delay, longestDelay)
	case !k.Lasts && i.For != 0 || !k.Delays && i.Delay != 0:
		return fmt.Errorf("%s takes no such setting: leave for or delay out", i.Kind)
	case i.Status != 0 && i.Kind != APIOutage && i.Kind != EdgeError && i.Kind != Refusal:
		return fmt.Errorf("%s answers with no status: leave it out", i.Kind)
	case i.Status != 0 && (i.Status < 400 || i.Status > 599):
		return fmt.Errorf("status %d: use an HTTP status from 400 to 599", i.Status)
	}
	return nil
}

// String is the injection as a report tells of it.
func (i Injection) String() string {
	does := i.Kind
	for _, k := range InjectionKinds() {
		if k.Name == i.Kind {
			does = k.Does
		}
	}
	if i.Status != 0 {
		does = strings.NewReplacer("503", fmt.Sprint(i.Status), "403", fmt.Sprint(i.Status)).Replace(does)
	}
	if i.Delay > 0 {
		does += fmt.Sprintf(" by %v", i.Delay)
	}
	if i.For > 0 {
		does += fmt.Sprintf(", for %v", i.For)
	}
	return does
}

var errBefore = errors.New("nothing can be injected before the lab's scenario time begins")

// Struck is the configuration with an injection that begins at a moment of scenario
// time. It comes before all that strikes the same requests.
func (c Config) Struck(i Injection, at time.Duration) (Config, error) {
	if err := i.Validate(); err != nil {
		return c, err
	}
	if at <= 0 {
		return c, errBefore
	}
	until := at + i.For
	first := func(f EdgeFault) { f.From, f.To = at, until; c.Faults = append([]EdgeFault{f}, c.Faults...) }
	switch i.Kind {
	case APIOutage, APISilence:
		o := Outage{From: at, To: until, Status: or(i.Status, 503), Hang: i.Kind == APISilence}
		c.API.Outages = append([]Outage{o}, c.API.Outages...)
	case APISlow:
		c.API.Slow = append(slices.Clone(c.API.Slow), Slowdown{From: at, To: until, By: i.Delay})
	case EdgeError:
		first(EdgeFault{Status: or(i.Status, 503)})
	case EdgeSlow:
		first(EdgeFault{Delay: i.Delay})
	case Refusal:
		first(EdgeFault{Status: or(i.Status, 403)})
	case NewSecret:
		c.Rotations = append(slices.Clone(c.Rotations), Rotation{At: at})
	}
	return c, c.Validate()
}

// Inject lets a fault strike a lab that listens, from scenario time at on.
func (s *Server) Inject(i Injection, at time.Duration) error {
	s.injecting.Lock()
	defer s.injecting.Unlock()
	struck := *s.lab.Load()
	cfg, err := struck.cfg.Struck(i, at)
	if err != nil {
		return fmt.Errorf("lab: %w", err)
	}
	struck.cfg, struck.usual = cfg, cfg.usual()
	s.lab.Store(&struck)
	return nil
}
