package netem

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"
)

// Profile is one viewer's access link. The zero Profile is "lan": unlimited and
// without delay.
//
// The tags are its form in scenario files, where a built-in's name stands for all
// of it and a trace's steps stay in their file.
type Profile struct {
	// Name is how reports call the link.
	Name string `yaml:"name,omitempty" json:"name,omitempty"`
	// RTT is the round trip between viewer and server on an idle link.
	RTT time.Duration `yaml:"rtt,omitempty" json:"rtt,omitempty"`
	// Jitter varies every round trip: uniformly within RTT ± Jitter, as `tc netem
	// delay RTT JITTER` does. At most RTT.
	Jitter time.Duration `yaml:"jitter,omitempty" json:"jitter,omitempty"`
	// Loss is the share of packets lost in each direction, 0 ≤ Loss < 1.
	Loss float64 `yaml:"loss,omitempty" json:"loss,omitempty"`
	// Congestion is the congestion control of the servers, cubic (Linux's default,
	// and ours when empty) or bbr. It matters on lossy links: 2 % loss costs BBR
	// 2-6 % of the rate and CUBIC more than half.
	Congestion string `yaml:"congestion,omitempty" json:"congestion,omitempty"`
	// TLS adds the round trip of a TLS 1.3 handshake to every new connection.
	TLS bool `yaml:"tls,omitempty" json:"tls,omitempty"`
	// Queue is how many packets the bottleneck queues. While a CUBIC transfer is
	// running at the link's rate it keeps the queue full, and what else comes waits
	// behind it. (A guess made from the measured link's queue; not measured itself.)
	Queue int `yaml:"queue,omitempty" json:"queue,omitempty"`
	// Scatter lets each viewer enter Steps at a drawn point, so that a trace's
	// outages do not hit all viewers at once. False: all begin with the first step.
	Scatter bool `yaml:"scatter,omitempty" json:"scatter,omitempty"`
	// Trace is the file Steps were read from; see [LoadTrace].
	Trace string `yaml:"trace,omitempty" json:"trace,omitempty"`
	// Steps is the rate over time, starting over at the end. None: unlimited. A
	// single step needs no For.
	Steps []Step `yaml:"steps,omitempty" json:"steps,omitempty"`
}

// Step is one stretch of constant rate.
type Step struct {
	For  time.Duration `yaml:"for,omitempty" json:"for,omitempty"`
	Kbps float64       `yaml:"kbps" json:"kbps"` // link rate, headers included; 1 kbit = 1000 bit; 0 is an outage
}

// The congestion controls a Profile can name.
const (
	Cubic = "cubic"
	BBR   = "bbr"
)

// builtins are the links known by name. 4g, 3g and poor-wifi are the three links
// the model was measured on. All but lan speak TLS, as streams do.
var builtins = []Profile{
	{Name: "lan"},
	{Name: "fibre", RTT: 10 * time.Millisecond, TLS: true, Steps: []Step{{Kbps: 100_000}}},
	{Name: "4g", RTT: 50 * time.Millisecond, Queue: 50, TLS: true, Steps: []Step{{Kbps: 9_000}}},
	{Name: "3g", RTT: 100 * time.Millisecond, Queue: 50, TLS: true, Steps: []Step{{Kbps: 780}}},
	// BBR, as large CDNs run it; congestion: cubic makes the same link 2-2.5 times slower.
	{Name: "poor-wifi", RTT: 80 * time.Millisecond, Loss: 0.02, Congestion: BBR, TLS: true, Steps: []Step{{Kbps: 2_000}}},
}

// Builtin returns the link of that name:
//
//	lan        unlimited, no delay
//	fibre      100 Mbit/s   10 ms
//	4g           9 Mbit/s   50 ms
//	3g         780 kbit/s  100 ms
//	poor-wifi    2 Mbit/s   80 ms  2 % loss, BBR
func Builtin(name string) (Profile, error) {
	for _, p := range builtins {
		if p.Name == name {
			p.Steps = append([]Step(nil), p.Steps...)
			return p, nil
		}
	}
	return Profile{}, fmt.Errorf("link %q: no such built-in; use one of %s, or a mapping with rtt and steps or trace", name, strings.Join(Builtins(), ", "))
}

// Builtins lists the built-in links' names, fastest first.
func Builtins() []string {
	names := make([]string, len(builtins))
	for i, p := range builtins {
		names[i] = p.Name
	}
	return names
}

// Limits of what a Profile may say; beyond them a figure is a slip of the pen.
const (
	maxRTT   = time.Minute
	minKbps  = 0.001 // 1 bit/s
	maxKbps  = 1e9   // 1 Tbit/s
	maxQueue = 100_000
	minStep  = time.Millisecond
	maxCycle = 366 * 24 * time.Hour
)

// Validate says what is wrong with the profile, if anything.
func (p Profile) Validate() error {
	switch {
	case p.RTT < 0 || p.RTT > maxRTT:
		return p.fault("rtt %s: must be between 0 and %s", p.RTT, maxRTT)
	case p.Jitter < 0 || p.Jitter > p.RTT:
		return p.fault("jitter %s: must be between 0 and the rtt, %s", p.Jitter, p.RTT)
	case !(p.Loss >= 0 && p.Loss < 1): // NaN fails too
		return p.fault("loss %v: is a share of packets, from 0 to below 1 (2 %% is 0.02)", p.Loss)
	case p.Queue < 0 || p.Queue > maxQueue:
		return p.fault("queue %d: must be between 0 and %d packets", p.Queue, maxQueue)
	case p.Congestion != "" && p.Congestion != Cubic && p.Congestion != BBR:
		return p.fault("congestion %q: use %s or %s", p.Congestion, Cubic, BBR)
	}
	if err := validateSteps(p.Steps); err != nil {
		return p.fault("%w", err)
	}
	return nil
}

func (p Profile) fault(format string, args ...any) error {
	return fmt.Errorf("link %q: "+format, append([]any{p.Name}, args...)...)
}

func validateSteps(steps []Step) error {
	var cycle time.Duration
	open := len(steps) == 0
	for i, s := range steps {
		if s.Kbps != 0 && !(s.Kbps >= minKbps && s.Kbps <= maxKbps) {
			return fmt.Errorf("step %d: rate %v kbit/s: must be 0 or between %g and %g", i+1, s.Kbps, minKbps, maxKbps)
		}
		if alone := s.For == 0 && len(steps) == 1; !alone && (s.For < minStep || s.For > maxCycle) {
			return fmt.Errorf("step %d: duration %s: must be between %s and %s", i+1, s.For, minStep, maxCycle)
		}
		if cycle += s.For; cycle > maxCycle {
			return fmt.Errorf("step %d: all steps together last longer than %s", i+1, maxCycle)
		}
		open = open || s.Kbps > 0
	}
	if !open {
		return errors.New("steps: every rate is 0, so nothing would ever arrive")
	}
	return nil
}

// MarshalJSON leaves the steps of a trace out: the file has them, by the thousand.
func (p Profile) MarshalJSON() ([]byte, error) {
	type plain Profile // without this method
	if p.Trace != "" {
		p.Steps = nil
	}
	return json.Marshal(plain(p))
}

// Unshaped tells whether the link does nothing at all, as lan does.
func (p Profile) Unshaped() bool {
	return p.RTT == 0 && p.Loss == 0 && len(p.Steps) == 0
}
