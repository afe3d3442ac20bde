package fleet

import (
	"fmt"
	"sync"
	"time"

	"github.com/DataDog/sketches-go/ddsketch"

	"soak/causes"
	"soak/qoe"
)

// Bounds beyond which the generator, not the target, is what was measured.
const (
	maxLatenessP99 = causes.TooLate
	maxCPU         = 0.95
)

// Health is what the generator noticed about itself. Virtual runs have none: the
// zero Health is healthy.
type Health struct {
	LatenessP50 time.Duration `json:"latenessP50"` // how late timers ran
	LatenessP99 time.Duration `json:"latenessP99"`
	LatenessMax time.Duration `json:"latenessMax"`
	CPU         float64       `json:"cpu"`  // share of the allowed cores used, lab included when embedded
	CPUs        int           `json:"cpus"` // GOMAXPROCS
	Dials       int64         `json:"dials"`
	DialsFailed int64         `json:"dialsFailed"`         // for want of local resources (ports, descriptors), not refused by the target
	Transport   string        `json:"transport,omitempty"` // what requests went over: lean, net/http, or both

	// Stopped says why the run was ended for the sake of a host that has not consented to
	// it; "" when none was met.
	Stopped string `json:"stopped,omitempty"`

	// Course is the same slice by slice, each so wide: when the generator had much to do.
	Every  time.Duration `json:"every"`
	Course []Strain      `json:"course"`
}

// Strain is what the generator noticed in a slice of the run.
type Strain struct {
	CPU         float64       `json:"cpu"` // share of the allowed cores used
	LatenessP99 time.Duration `json:"latenessP99"`
	LatenessMax time.Duration `json:"latenessMax"`
}

// Saturated tells why the run's figures cannot be trusted, one line each; none
// when they can.
func (h Health) Saturated() []string {
	var why []string
	if h.Stopped != "" {
		why = append(why, "stopped, as it met a host that was not known before: "+h.Stopped)
	}
	if h.LatenessP99 > maxLatenessP99 {
		why = append(why, fmt.Sprintf("timers ran late: p99 %v, allowed %v; use fewer viewers or more cores",
			h.LatenessP99.Round(time.Millisecond), maxLatenessP99))
	}
	if h.CPU > maxCPU {
		why = append(why, fmt.Sprintf("processor saturated: %.0f %% of %d cores, allowed %.0f %%; use fewer viewers or more cores",
			100*h.CPU, h.CPUs, 100*maxCPU))
	}
	if h.DialsFailed > 0 {
		why = append(why, fmt.Sprintf("%d connections not made for want of local ports or descriptors; raise ulimit -n or use fewer viewers", h.DialsFailed))
	}
	return why
}

// lateness gathers timer lateness from many loops.
type lateness struct {
	mu     sync.Mutex
	sketch *ddsketch.DDSketchWithExactSummaryStatistics
	recent qoe.Sketch // since it was taken
}

func newLateness() *lateness {
	s, err := ddsketch.NewDefaultDDSketchWithExactSummaryStatistics(0.01)
	if err != nil {
		panic(err) // 0.01 is a valid accuracy
	}
	return &lateness{sketch: s}
}

func (l *lateness) add(d time.Duration) {
	l.mu.Lock()
	defer l.mu.Unlock()
	_ = l.sketch.Add(max(d.Seconds(), 0)) // fails only for negative weights and values out of range
	l.recent.Record(max(d, 0))
}

// takeRecent is what was gathered since it was taken last.
func (l *lateness) takeRecent() qoe.Sketch {
	l.mu.Lock()
	defer l.mu.Unlock()
	recent := l.recent
	l.recent = qoe.Sketch{}
	return recent
}

// merge adds what o gathered.
func (l *lateness) merge(o *lateness) {
	o.mu.Lock()
	defer o.mu.Unlock()
	_ = l.sketch.MergeWith(o.sketch) // same accuracy: cannot fail
}

// quantile is 0 when nothing was gathered.
func (l *lateness) quantile(q float64) time.Duration {
	l.mu.Lock()
	defer l.mu.Unlock()
	s, err := l.sketch.GetValueAtQuantile(q)
	if err != nil {
		return 0
	}
	return time.Duration(s * float64(time.Second))
}
