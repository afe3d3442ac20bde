package qoe

import (
	"math"
	"slices"
	"sync"
	"time"
)

// Name is one metric: what thresholds and reports call it, and what it is.
type Name struct {
	Name string
	Help string // one line: what, in which unit
	// Closing metrics are known at the end: of viewers who have left, or of the run
	// as a whole. While it is under way they say nothing.
	Closing bool
}

// metric computes one figure. ok is false when nothing was measured: a quantile
// of nothing is not 0.
type metric struct {
	Name
	of func(t *Tally) (value float64, ok bool)
	// sketch is the distribution that it is a figure of; nil for other figures.
	sketch func(t *Tally) *Sketch
}

// metrics of any group of viewers, in the order in which help lists them.
var metrics = slices.Concat(
	[]metric{
		count("viewers", "viewers who arrived", func(t *Tally) int64 { return t.Viewers.Arrived }),
		count("started_viewers", "viewers who saw a first picture", func(t *Tally) int64 { return t.Viewers.Started }),
	},
	closing(
		count("never_started_viewers", "viewers who left without having seen a picture", func(t *Tally) int64 { return t.Viewers.NeverStarted }),
	),
	[]metric{
		count("noticed_viewers", "viewers who stalled, skipped or saw a standing picture for over 0.1 s, died, or waited over 2 s in vain for a first picture or one they sought", func(t *Tally) int64 { return t.Viewers.Noticed }),
		share("noticed_ratio", "noticed_viewers / viewers", func(t *Tally) int64 { return t.Viewers.Noticed }),
		count("stalled_viewers", "viewers who stalled at least once", func(t *Tally) int64 { return t.Viewers.Stalled }),
		count("skipped_viewers", "viewers who skipped over 0.1 s at a time", func(t *Tally) int64 { return t.Viewers.Skipped }),
		count("dead_viewers", "viewers whose playback ended against their will", func(t *Tally) int64 { return t.Viewers.Dead }),
		share("dead_ratio", "dead_viewers / viewers", func(t *Tally) int64 { return t.Viewers.Dead }),
		count("requests", "HTTP requests of all kinds", func(t *Tally) int64 { n, _, _ := t.Requests.Total(); return n }),
		count("failed_requests", "requests without a usable answer, given-up ones not counted", func(t *Tally) int64 { _, n, _ := t.Requests.Total(); return n }),
		{Name: Name{Name: "failed_ratio", Help: "failed_requests / requests"}, of: failedRatio},
		count("refused_requests", "requests an edge answered with 401, 403 or 410", func(t *Tally) int64 { return t.Refused.Count() }),
		{Name: Name{Name: "refused_ratio", Help: "refused_requests / requests"}, of: refusedRatio},
		{Name: Name{Name: "received_megabytes", Help: "body bytes received / 1,000,000"}, of: func(t *Tally) (float64, bool) {
			_, _, n := t.Requests.Total()
			return float64(n) / 1e6, true
		}},
	},
	quantiles("request_seconds", "time from asking to the last byte of requests that did not fail", func(t *Tally) *Sketch { return &t.Answers }),
	margins,
	[]metric{
		count("token_calls", "calls of the token API", func(t *Tally) int64 { return t.Refreshes.Calls }),
		count("refresh_failures", "calls of the token API without a usable answer", func(t *Tally) int64 { return t.Refreshes.Failed }),
		count("installed_grants", "calls of the token API that brought a better token than the one held", func(t *Tally) int64 { return t.Refreshes.Installed }),
		count("refreshes_after_refusal", "calls of the token API because an edge refused a request", func(t *Tally) int64 { return t.Refreshes.AfterRefusal }),
	},
	quantiles("refresh_seconds", "how long calls of the token API took, failed ones included", func(t *Tally) *Sketch { return &t.Refreshes.Took }),
	quantiles("startup_seconds", "time from the wish to play, first token included, to the first picture", func(t *Tally) *Sketch { return &t.Startup }),
	[]metric{
		count("stall_count", "interruptions of playback", func(t *Tally) int64 { return t.Stalls.Count() }),
		seconds("stall_seconds", "time spent in interruptions, all viewers", func(t *Tally) int64 { return t.Stalls.sum }),
		count("skip_count", "jumps over content", func(t *Tally) int64 { return t.Skips.Count() }),
		seconds("skipped_seconds", "media time jumped over, all viewers", func(t *Tally) int64 { return t.Skips.sum }),
		count("seek_count", "jumps of the viewers' own", func(t *Tally) int64 { return t.Seeks.Count() + t.LostSeeks }),
		count("lost_seek_count", "jumps of the viewers' own that never came to a picture", func(t *Tally) int64 { return t.LostSeeks }),
		{Name: Name{Name: "switches_per_viewer", Help: "changes of rendition per viewer"}, of: func(t *Tally) (float64, bool) {
			return ratio(t.Switches.Up+t.Switches.Down, t.Viewers.Arrived)
		}},
	},
	closing(
		metric{Name: Name{Name: "rebuffering_ratio", Help: "stall_seconds / (stall_seconds + played_seconds)"}, of: rebuffering},
		seconds("sound_only_seconds", "time that the sound went on while the picture stood, all viewers who left", func(t *Tally) int64 { return t.SoundOnly }),
		seconds("paused_seconds", "time that viewers had paused, all viewers who left", func(t *Tally) int64 { return t.Paused }),
		seconds("asleep_seconds", "time that viewers' laptops were closed, all viewers who left", func(t *Tally) int64 { return t.Asleep }),
		seconds("played_seconds", "media time shown, all viewers who left", func(t *Tally) int64 { return t.Played }),
		seconds("watched_seconds", "time from the wish to play to leaving, all viewers who left", func(t *Tally) int64 { return t.Watched }),
		metric{Name: Name{Name: "avg_bitrate_kbps", Help: "mean video bit rate over the time shown, in kbit/s"}, of: bitrate},
	),
	quantiles("seek_seconds", "time from a viewer's own jump to the picture", func(t *Tally) *Sketch { return &t.Seeks }),
	quantiles("zap_seconds", "time from a viewer's change of stream, its token included, to the picture", func(t *Tally) *Sketch { return &t.Zaps }),
	closing(quantiles("latency_seconds", "viewers' mean distance to the live edge", func(t *Tally) *Sketch { return &t.Latency })...),
	exposures,
	closing(causeMetrics()...),
)

// margins are asked at the low end: it is the least life that hurts.
var margins = []metric{
	extreme("margin_seconds_min", "least life left in a token at dispatch, in seconds; negative: dead", func(t *Tally) *Sketch { return &t.Margin }, (*Sketch).Min),
	quantile("margin_seconds_p01", "life left in tokens at dispatch, in seconds: 1st percentile", 0.01, func(t *Tally) *Sketch { return &t.Margin }),
	quantile("margin_seconds_p05", "life left in tokens at dispatch, in seconds: 5th percentile", 0.05, func(t *Tally) *Sketch { return &t.Margin }),
	quantile("margin_seconds_p50", "life left in tokens at dispatch, in seconds: median", 0.50, func(t *Tally) *Sketch { return &t.Margin }),
}

// wholeMetric is a figure of the whole run: it is made of the timeline.
type wholeMetric struct {
	Name
	// of is asked with a way to the summary's herd, which takes a while to find.
	of func(s *Summary, herd func() Herd) (value float64, ok bool)
}

var wholeMetrics = []wholeMetric{
	{Name: Name{Name: "token_peak_per_second", Help: "greatest number of calls of the token API that began in one second"}, of: func(s *Summary, _ func() Herd) (float64, bool) {
		peak, _ := s.Timeline.Peak(tokenCalls)
		return peak, true
	}},
	{Name: Name{Name: "token_mean_per_second", Help: "calls of the token API per second, over the run"}, of: func(s *Summary, _ func() Herd) (float64, bool) {
		return s.Timeline.Mean(tokenCalls), true
	}},
	{Name: Name{Name: "token_peak_per_10ms", Help: "greatest number of calls of the token API that began within 10 ms; in runs over an hour the mean over a wider window"}, of: func(s *Summary, _ func() Herd) (float64, bool) {
		n, _, width := s.Bursts.Peak()
		if n == 0 {
			return 0, true
		}
		return float64(n) / (width.Seconds() / burstWidth.Seconds()), true
	}},
	herd("herd_factor", "greatest number of refreshes in one second over their mean; viewers' first calls are not refreshes", func(h *Herd) (float64, bool) { return h.Factor, h.Refreshes > 0 }),
	herd("herd_cycle_seconds", "time after which refreshes come together again, 0 if they do not", func(h *Herd) (float64, bool) { return h.Cycle, h.Refreshes > 0 }),
	herd("herd_persistence", "how much of the crowd is back after a cycle, 0 to 1 (autocorrelation)", func(h *Herd) (float64, bool) { return h.Persists, h.Refreshes > 0 }),
	herd("token_outage_seconds", "time in which at least half of the calls of the token API failed, the worst such time", func(h *Herd) (float64, bool) {
		if h.Outage == nil {
			return 0, true
		}
		return float64(h.Outage.To - h.Outage.From), true
	}),
	herd("token_outage_amplification", "refreshes per viewer and second in that time over those before it", func(h *Herd) (float64, bool) {
		return h.outage().Amplification, h.outage().Amplification > 0
	}),
	herd("token_outage_recovery_seconds", "time from its end until failed calls and refused requests are no more than before it", func(h *Herd) (float64, bool) {
		return float64(h.outage().Recovery), h.Outage != nil && h.Outage.Recovery >= 0
	}),
	herd("token_outage_lost_ratio", "viewers whose playback ended from its beginning on / viewers who were watching", func(h *Herd) (float64, bool) {
		return ratio(h.outage().Lost, h.outage().There)
	}),
}

// herd is a figure of how calls of the token API came together.
func herd(name, help string, of func(h *Herd) (float64, bool)) wholeMetric {
	return wholeMetric{Name: Name{Name: name, Help: help, Closing: true}, of: func(_ *Summary, herd func() Herd) (float64, bool) {
		h := herd()
		return of(&h)
	}}
}

// outage is the worst one, or none of no length.
func (h *Herd) outage() Outage {
	if h.Outage == nil {
		return Outage{}
	}
	return *h.Outage
}

func tokenCalls(b Bucket) int64 { return b.TokenCalls }

// Names lists every metric there is, in the order of their sense; those of the
// whole run come last.
func Names() []Name {
	names := make([]Name, 0, len(metrics)+len(wholeMetrics))
	for _, m := range metrics {
		names = append(names, m.Name)
	}
	for _, m := range wholeMetrics {
		names = append(names, m.Name)
	}
	return names
}

// Metrics are the figures of the whole run by name; see [Names]. What was never
// measured is absent: no startup_seconds_p95 if nobody started.
func (s *Summary) Metrics() map[string]float64 {
	values := s.Total.Metrics()
	herd := sync.OnceValue(s.Herd)
	for _, m := range wholeMetrics {
		if v, ok := m.of(s, herd); ok {
			values[m.Name.Name] = v
		}
	}
	return values
}

// Metrics are the figures of this group of viewers by name: all of [Names] but
// those of the whole run.
func (t *Tally) Metrics() map[string]float64 {
	values := make(map[string]float64, len(metrics)+len(wholeMetrics))
	for _, m := range metrics {
		if v, ok := m.of(t); ok {
			values[m.Name.Name] = v
		}
	}
	return values
}

// closing marks metrics as known at the end.
func closing(all ...metric) []metric {
	for i := range all {
		all[i].Closing = true
	}
	return all
}

func count(name, help string, of func(*Tally) int64) metric {
	return metric{Name: Name{Name: name, Help: help}, of: func(t *Tally) (float64, bool) { return float64(of(t)), true }}
}

func seconds(name, help string, micros func(*Tally) int64) metric {
	return metric{Name: Name{Name: name, Help: help + ", in seconds"}, of: func(t *Tally) (float64, bool) { return float64(micros(t)) / 1e6, true }}
}

// share is a number of viewers over all viewers.
func share(name, help string, of func(*Tally) int64) metric {
	return metric{Name: Name{Name: name, Help: help}, of: func(t *Tally) (float64, bool) { return ratio(of(t), t.Viewers.Arrived) }}
}

func quantile(name, help string, q float64, of func(*Tally) *Sketch) metric {
	value := func(t *Tally) (float64, bool) { return round6(of(t).Quantile(q)), of(t).Count() > 0 }
	return metric{Name: Name{Name: name, Help: help}, of: value, sketch: of}
}

func extreme(name, help string, of func(*Tally) *Sketch, pick func(*Sketch) time.Duration) metric {
	value := func(t *Tally) (float64, bool) { return round6(pick(of(t))), of(t).Count() > 0 }
	return metric{Name: Name{Name: name, Help: help}, of: value, sketch: of}
}

func quantiles(name, help string, of func(*Tally) *Sketch) []metric {
	return []metric{
		quantile(name+"_p50", help+", in seconds: median", 0.50, of),
		quantile(name+"_p95", help+", in seconds: 95th percentile", 0.95, of),
		quantile(name+"_p99", help+", in seconds: 99th percentile", 0.99, of),
		extreme(name+"_max", help+", in seconds: greatest", of, (*Sketch).Max),
	}
}

func failedRatio(t *Tally) (float64, bool) {
	n, failed, _ := t.Requests.Total()
	return ratio(failed, n)
}

func refusedRatio(t *Tally) (float64, bool) {
	n, _, _ := t.Requests.Total()
	return ratio(t.Refused.Count(), n)
}

func rebuffering(t *Tally) (float64, bool) { return ratio(t.Stalls.sum, t.Stalls.sum+t.Played) }

func bitrate(t *Tally) (float64, bool) {
	// bits per µs are Mbit/s
	mbps, ok := ratio(t.Bits, t.Played)
	return mbps * 1000, ok
}

func ratio(part, whole int64) (float64, bool) {
	if whole == 0 {
		return 0, false
	}
	return float64(part) / float64(whole), true
}

// round6 is d in seconds without the noise of a division, to the microsecond.
func round6(d time.Duration) float64 { return math.Round(d.Seconds()*1e6) / 1e6 }
