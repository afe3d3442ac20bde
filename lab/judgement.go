package lab

import (
	"errors"
	"fmt"
	"slices"
	"time"

	"soak/qoe"
)

// Refusals is how edges say no. The zero Refusals are the guide's.
type Refusals struct {
	// Expired is the status for tokens that have expired, 400 to 499. 0 = 410.
	Expired int `yaml:"expired,omitempty" json:"expired,omitempty"`
	// Bad is the status for tokens that are wrong otherwise, 400 to 499. 0 = 403.
	Bad int `yaml:"bad,omitempty" json:"bad,omitempty"`
	// Cached is how long an edge repeats a refusal, or that there is no such file, to
	// whoever asks for the same URL, without looking again. 0 = it does not.
	Cached time.Duration `yaml:"cached,omitempty" json:"cached,omitempty"`
}

// Edges is what each edge has of its own.
type Edges struct {
	Plain   EdgeRules `yaml:"plain,omitempty" json:"plain,omitzero"`
	IPBound EdgeRules `yaml:"ipBound,omitempty" json:"ipBound,omitzero"`
	Second  EdgeRules `yaml:"second,omitempty" json:"second,omitzero"`
}

// EdgeRules are one edge's. The zero EdgeRules are those of all edges.
type EdgeRules struct {
	// Skew is how far this edge's clock is ahead of the other edges', up to a day;
	// negative: behind.
	Skew time.Duration `yaml:"skew,omitempty" json:"skew,omitempty"`
	// Expired and Bad are its statuses, 400 to 499. 0 = as Refusals has them.
	Expired int `yaml:"expired,omitempty" json:"expired,omitempty"`
	Bad     int `yaml:"bad,omitempty" json:"bad,omitempty"`
	// Lag is how long after the token API it changes to a new secret, up to a day;
	// negative: before.
	Lag time.Duration `yaml:"lag,omitempty" json:"lag,omitempty"`
	// Down are the windows in which it refuses connections, in order of time. Those
	// that are open when one begins are closed.
	Down []Window `yaml:"down,omitempty" json:"down,omitempty"`
}

// Window is a stretch of scenario time, From ≤ t < To.
type Window struct {
	From time.Duration `yaml:"from,omitempty" json:"from,omitempty"`
	// To is the end. 0 = there is none.
	To time.Duration `yaml:"to,omitempty" json:"to,omitempty"`
}

func (w Window) has(at time.Duration) bool { return w.From <= at && (w.To == 0 || at < w.To) }

// Rotation is a change of the secret.
type Rotation struct {
	// At is when the token API begins to sign with the new secret, in scenario time.
	At time.Duration `yaml:"at" json:"at"`
	// Previous is how long edges take tokens of the secret before, from when they have
	// changed. 0 = not at all.
	Previous time.Duration `yaml:"previous,omitempty" json:"previous,omitempty"`
}

func (e *Edges) of(edge Edge) *EdgeRules {
	switch edge {
	case IPBound:
		return &e.IPBound
	case Second:
		return &e.Second
	}
	return &e.Plain
}

// skew is how far an edge's clock is ahead of the token API's.
func (c *Config) skew(edge Edge) time.Duration { return c.EdgeSkew + c.Edges.of(edge).Skew }

// secrets are which secrets an edge takes tokens of at a moment of scenario time,
// counted by the rotations that brought them, newest first: newest ≥ n ≥ oldest.
func (c *Config) secrets(edge Edge, at time.Duration) (newest, oldest int) {
	at -= c.Edges.of(edge).Lag
	for newest < len(c.Rotations) && c.Rotations[newest].At <= at {
		newest++
	}
	for oldest = newest; oldest > 0; oldest-- {
		if r := c.Rotations[oldest-1]; at >= r.At+r.Previous {
			break
		}
	}
	return newest, oldest
}

// secret is which secret the token API signs with.
func (c *Config) secret(at time.Duration) (n int) {
	for n < len(c.Rotations) && c.Rotations[n].At <= at {
		n++
	}
	return n
}

// down is the window in which an edge is down at a moment, or else the next one;
// false when it is up for ever.
func (e *EdgeRules) down(at time.Duration) (Window, bool) {
	for _, w := range e.Down {
		if w.To == 0 || at < w.To {
			return w, true
		}
	}
	return Window{}, false
}

func (c Config) validateJudgement() error {
	var errs []error
	add := func(format string, args ...any) { errs = append(errs, fmt.Errorf(format, args...)) }
	if c.EdgeSkew.Abs() > maxSkew {
		add("edgeSkew %v: use up to %v either way", c.EdgeSkew, maxSkew)
	}
	if c.Grace < 0 || c.Grace > maxSkew {
		add("grace %v: use up to %v", c.Grace, maxSkew)
	}
	if c.Refusals.Cached < 0 || c.Refusals.Cached > longest {
		add("refusals.cached %v: use up to %v", c.Refusals.Cached, longest)
	}
	if slices.Contains(c.Unchecked, qoe.Token) {
		add("unchecked: the token API has no token; see api.auth")
	}
	for i, r := range c.Rotations {
		if r.At <= 0 || i > 0 && r.At <= c.Rotations[i-1].At {
			add("rotations[%d].at %v: list changes after scenario time zero in order of time", i, r.At)
		}
		if r.Previous < 0 || r.Previous > maxSkew {
			add("rotations[%d].previous %v: use up to %v", i, r.Previous, maxSkew)
		}
	}
	rules := EdgeRules{Expired: c.Refusals.Expired, Bad: c.Refusals.Bad}
	errs = append(errs, rules.validate("refusals"), c.Headers.validate(),
		c.Edges.Plain.validate("edges.plain"), c.Edges.IPBound.validate("edges.ipBound"), c.Edges.Second.validate("edges.second"))
	return errors.Join(errs...)
}

func (e EdgeRules) validate(name string) error {
	var errs []error
	for _, status := range []struct {
		name  string
		value int
	}{{"expired", e.Expired}, {"bad", e.Bad}} {
		if status.value != 0 && (status.value < 400 || status.value > 499) {
			errs = append(errs, fmt.Errorf("%s.%s %d: use an HTTP status from 400 to 499", name, status.name, status.value))
		}
	}
	if e.Skew.Abs() > maxSkew {
		errs = append(errs, fmt.Errorf("%s.skew %v: use up to %v either way", name, e.Skew, maxSkew))
	}
	if e.Lag.Abs() > maxSkew {
		errs = append(errs, fmt.Errorf("%s.lag %v: use up to %v either way", name, e.Lag, maxSkew))
	}
	if err := inOrder(e.Down); err != nil {
		errs = append(errs, fmt.Errorf("%s.down: %w", name, err))
	}
	return errors.Join(errs...)
}

// inOrder wants windows that follow one another.
func inOrder(all []Window) error {
	for i, w := range all {
		switch {
		case w.From < 0 || w.To != 0 && w.To <= w.From:
			return fmt.Errorf("from %v to %v: to must come after from", w.From, w.To)
		case i > 0 && (all[i-1].To == 0 || w.From <= all[i-1].To):
			return fmt.Errorf("from %v: a window must begin after the one before has ended", w.From)
		}
	}
	return nil
}
