package fleet

import (
	"fmt"
	"slices"
	"time"

	"soak/causes"
)

// Bounds beyond which the generator, not the target, is what was measured: of the run as
// a whole, and of every stretch of it of sustained or more. docs/honesty.md shows them.
const (
	maxLateness = causes.TooLate // 99th percentile: of timers, and of requests on their way to a socket
	maxArrival  = time.Second    // 99th percentile
	maxCPU      = 0.95           // share of the cores that soak may use
	maxGC       = 0.25           // share of the same that may be spent on garbage
	maxPaused   = 0.01           // share of the time in which the collector may stop everything
	maxFiles    = 0.98           // share of the descriptors that this process may have open
)

// sustained is how long a bound may be passed for while the run as a whole keeps it.
const sustained = 10 * time.Second

// bound is one of them.
type bound struct {
	what   string // that is too much
	most   float64
	whole  float64              // of the whole run
	of     func(Strain) float64 // of a slice; nil: slices do not tell
	figure func(float64) string
	limit  string // most, as text
	cure   string
}

const (
	fewer     = "use fewer viewers, more cores or a faster machine"
	elsewhere = fewer + ", or let the origin run elsewhere"
)

func (h Health) bounds() []bound {
	return []bound{
		{"timers ran late", maxLateness.Seconds(), h.LatenessP99.Seconds(), func(s Strain) float64 { return s.LatenessP99.Seconds() }, latest, "100ms", fewer},
		{"requests left late", maxLateness.Seconds(), h.Dispatch.P99.Seconds(), func(s Strain) float64 { return s.DispatchP99.Seconds() }, latest, "100ms", fewer},
		{"viewers came late", maxArrival.Seconds(), h.Arrival.P99.Seconds(), nil, latest, "1s", "let them come more slowly (--arrival 'ramp 1m'), or " + fewer},
		{"processor saturated", maxCPU, h.CPU, func(s Strain) float64 { return s.CPU }, h.ofCores, "95 %", elsewhere},
		{"too much went into garbage collection", maxGC, h.GC, func(s Strain) float64 { return s.GC }, h.ofCores, "25 %", "raise GOGC, or " + fewer},
		{"garbage collection stopped everything for too long", maxPaused, h.Paused, func(s Strain) float64 { return s.Paused }, ofTime, "1 %", fewer},
		{"descriptors nearly used up", maxFiles, h.filesUsed(), nil, h.ofFiles, "98 %", "raise ulimit -Hn, or use fewer viewers"},
	}
}

func latest(s float64) string {
	return "p99 " + time.Duration(s*float64(time.Second)).Round(time.Millisecond).String()
}

func ofTime(share float64) string { return fmt.Sprintf("%.1f %% of the time", 100*share) }

func (h Health) ofCores(share float64) string {
	if h.CPUs == 1 {
		return fmt.Sprintf("%.0f %% of 1 core", 100*share)
	}
	return fmt.Sprintf("%.0f %% of %d cores", 100*share, h.CPUs)
}

func (h Health) ofFiles(float64) string { return fmt.Sprintf("%d of %d", h.Files, h.FilesMax) }

// filesUsed is 0 where the limit is not known.
func (h Health) filesUsed() float64 {
	if h.FilesMax <= 0 {
		return 0
	}
	return float64(h.Files) / float64(h.FilesMax)
}

// Saturated tells why the run's figures cannot be trusted, one line each: which bound
// was passed, by how much, when, and what to do. None when they can.
func (h Health) Saturated() []string {
	var why []string
	if h.Stopped != "" {
		why = append(why, "stopped, as it met a host that was not known before: "+h.Stopped)
	}
	for _, b := range h.bounds() {
		if line := h.beyond(b); line != "" {
			why = append(why, line)
		}
	}
	return append(why, h.wanting()...)
}

// beyond tells that a bound was passed: by the run as a whole, or by a stretch of it.
func (h Health) beyond(b bound) string {
	worst, from, to := h.longest(b)
	switch {
	case b.whole > b.most && to > from:
		return fmt.Sprintf("%s: %s, allowed %s; most of all from %s to %s, up to %s; %s", b.what, b.figure(b.whole), b.limit, minute(from), minute(to), b.figure(worst), b.cure)
	case b.whole > b.most:
		return fmt.Sprintf("%s: %s, allowed %s; %s", b.what, b.figure(b.whole), b.limit, b.cure)
	case to-from >= sustained:
		return fmt.Sprintf("%s from %s to %s: up to %s, allowed %s for %v on end; %s", b.what, minute(from), minute(to), b.figure(worst), b.limit, sustained, b.cure)
	}
	return ""
}

// longest is the longest stretch in which every slice passed a bound, and the worst slice
// of it; the first of several, and none of a bound that slices do not tell.
func (h Health) longest(b bound) (worst float64, from, to time.Duration) {
	if b.of == nil {
		return 0, 0, 0
	}
	begin, most := 0, 0.0
	for i, s := range h.Course {
		got := b.of(s)
		if got <= b.most {
			begin, most = i+1, 0
			continue
		}
		most = max(most, got)
		start, end := time.Duration(begin)*h.Every, time.Duration(i+1)*h.Every
		if h.Until > 0 {
			end = min(end, h.Until)
		}
		if end-start > to-from {
			worst, from, to = most, start, end
		}
	}
	return worst, from, to
}

// wanting tells what connections could not have.
func (h Health) wanting() (why []string) {
	for _, s := range h.Shortages {
		kind := scarcity{want: "something this machine has not", cure: fewer}
		if i := slices.IndexFunc(scarce[:], func(k scarcity) bool { return k.name == s.Error }); i >= 0 {
			kind = scarce[i]
		}
		why = append(why, fmt.Sprintf("%d connections failed for want of %s (%s), allowed none; the first at %s; %s", s.Count, kind.want, s.Error, minute(s.First), kind.cure))
	}
	if h.DialsFailed > 0 && len(h.Shortages) == 0 { // a recording that tells no more
		why = append(why, fmt.Sprintf("%d connections not made for want of local ports or descriptors; raise ulimit -n or use fewer viewers", h.DialsFailed))
	}
	return why
}

// minute is a moment of scenario time, as reports have it.
func minute(t time.Duration) string {
	s := int64(t / time.Second)
	return fmt.Sprintf("%d:%02d", s/60, s%60)
}
