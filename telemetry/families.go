package telemetry

import (
	"slices"
	"strconv"

	"soak/qoe"
)

// Families lists every metric there is.
func Families() []Family {
	return slices.Concat(runFamilies(), viewerFamilies(), requestFamilies(), tokenFamilies(), playbackFamilies(), generatorFamilies())
}

func one(of func(r *Run) float64) func(r *Run, put func(float64, ...string)) {
	return func(r *Run, put func(float64, ...string)) { put(of(r)) }
}

func truth(b bool) float64 {
	if b {
		return 1
	}
	return 0
}

func runFamilies() []Family {
	return []Family{
		ofRun("soak_run_info", "The run that is under way: always 1.", Gauge, []string{"version"}, func(r *Run, put func(float64, ...string)) {
			put(1, label(r.Version))
		}),
		ofRun("soak_run_elapsed_seconds", "Scenario time that has passed.", Gauge, nil, one(func(r *Run) float64 { return r.At.Seconds() })),
		ofRun("soak_run_length_seconds", "Scenario time that the run takes in all.", Gauge, nil, one(func(r *Run) float64 { return r.Scenario.Duration.Seconds() })),
		ofRun("soak_threshold_met", "Whether a threshold is met so far: 1, or 0. Absent while it cannot be judged.", Gauge, []string{"threshold", "cohort"}, func(r *Run, put func(float64, ...string)) {
			for _, t := range r.thresholds() {
				put(truth(t.OK), t.Expr, t.Cohort)
			}
		}),
	}
}

// thresholds are those that can be judged, each condition once.
func (r *Run) thresholds() (all []Threshold) {
	for _, t := range r.Thresholds {
		t.Expr, t.Cohort = label(t.Expr), label(t.Cohort)
		same := func(o Threshold) bool { return o.Expr == t.Expr && o.Cohort == t.Cohort }
		if !t.Pending && !slices.ContainsFunc(all, same) {
			all = append(all, t)
		}
	}
	return all
}

func viewerFamilies() []Family {
	return []Family{
		ofRun("soak_viewers", "Viewers now: playing, stalled, dead (playback ended against their will), or other (before the first picture, paused, asleep, at the end).", Gauge, []string{"state"}, func(r *Run, put func(float64, ...string)) {
			there := 0
			if r.Summary != nil {
				there = int(r.Summary.Total.Viewers.Arrived - r.Summary.Total.Viewers.Left)
			}
			put(float64(r.Dead), "dead")
			put(float64(max(there-r.Dead-r.Playing-r.Stalled, 0)), "other") // the counts are not of quite the same moment
			put(float64(r.Playing), "playing")
			put(float64(r.Stalled), "stalled")
		}),
		ofRun("soak_viewers_planned", "Viewers who are to come in all.", Gauge, nil, one(func(r *Run) float64 { return float64(r.Scenario.Viewers.Count) })),
		count("soak_viewers_arrived_total", "Viewers who came.", func(t *qoe.Tally) int64 { return t.Viewers.Arrived }),
		count("soak_viewers_started_total", "Viewers who saw a first picture.", func(t *qoe.Tally) int64 { return t.Viewers.Started }),
		count("soak_viewers_noticed_total", "Viewers who noticed something: a stall, a skip, the end of playback, or a wait in vain.", func(t *qoe.Tally) int64 { return t.Viewers.Noticed }),
		count("soak_viewers_stalled_total", "Viewers who stalled at least once.", func(t *qoe.Tally) int64 { return t.Viewers.Stalled }),
		count("soak_viewers_skipped_total", "Viewers who skipped over 0.1 s at a time.", func(t *qoe.Tally) int64 { return t.Viewers.Skipped }),
		count("soak_viewers_dead_total", "Viewers whose playback ended against their will.", func(t *qoe.Tally) int64 { return t.Viewers.Dead }),
		count("soak_viewers_left_total", "Viewers who left.", func(t *qoe.Tally) int64 { return t.Viewers.Left }),
	}
}

func failureLabel(f qoe.Failure) string { return label(string(f)) }

func requestFamilies() []Family {
	return []Family{
		ofGroups("soak_requests_total", "HTTP requests that ended, by what they were for, class of status and failure (none: it brought what was asked for).", Counter, []string{"kind", "status", "failure"}, func(t *qoe.Tally, put func(float64, ...string)) {
			for _, row := range t.Requests.Rows() {
				put(float64(row.Count), row.Kind.String(), row.Status, failureLabel(row.Failure))
			}
		}),
		ofGroups("soak_received_bytes_total", "Bytes of bodies received, by what the request was for.", Counter, []string{"kind"}, func(t *qoe.Tally, put func(float64, ...string)) {
			var bytes [qoe.NumKinds]int64
			var asked [qoe.NumKinds]bool
			for _, row := range t.Requests.Rows() {
				bytes[row.Kind] += row.Bytes
				asked[row.Kind] = true
			}
			for kind, n := range bytes {
				if asked[kind] {
					put(float64(n), qoe.Kind(kind).String())
				}
			}
		}),
		ofGroups("soak_refused_requests_total", "Requests that an edge turned down for their token, by status.", Counter, []string{"kind", "code"}, func(t *qoe.Tally, put func(float64, ...string)) {
			for _, row := range t.Refused.Rows() {
				put(float64(row.Count), row.Kind.String(), strconv.Itoa(row.Status))
			}
		}),
		distribution("soak_request_duration_seconds", "From asking to the last byte, of requests that did not fail.", answerBounds(), func(t *qoe.Tally) *qoe.Sketch { return &t.Answers }),
	}
}

func tokenFamilies() []Family {
	return []Family{
		distribution("soak_token_margin_seconds", "Life left in tokens when requests were sent; negative: the token was dead.", []float64{-60, -10, -5, -2, -1, 0, 1, 2, 5, 10, 15, 30, 60, 120, 300, 900, 3600}, func(t *qoe.Tally) *qoe.Sketch { return &t.Margin }),
		ofGroups("soak_token_calls_total", "Calls of the token API, by reason.", Counter, []string{"reason"}, func(t *qoe.Tally, put func(float64, ...string)) {
			r := &t.Refreshes
			for reason, n := range []int64{qoe.FirstToken: r.First, qoe.Scheduled: r.Scheduled, qoe.AfterError: r.AfterError, qoe.AfterRefusal: r.AfterRefusal} {
				put(float64(n), qoe.Reason(reason).String())
			}
		}),
		count("soak_token_call_failures_total", "Calls of the token API that brought no usable answer.", func(t *qoe.Tally) int64 { return t.Refreshes.Failed }),
		count("soak_tokens_installed_total", "Calls of the token API that brought a better token than the one held.", func(t *qoe.Tally) int64 { return t.Refreshes.Installed }),
		distribution("soak_token_call_duration_seconds", "How long calls of the token API took, failed ones included.", answerBounds(), func(t *qoe.Tally) *qoe.Sketch { return &t.Refreshes.Took }),
	}
}

func playbackFamilies() []Family {
	return []Family{
		distribution("soak_startup_duration_seconds", "From the wish to play, first token included, to the first picture.", answerBounds(), func(t *qoe.Tally) *qoe.Sketch { return &t.Startup }),
		distribution("soak_stall_duration_seconds", "How long interruptions of playback were; they are known when they end.", spanBounds(), func(t *qoe.Tally) *qoe.Sketch { return &t.Stalls }),
		distribution("soak_skip_duration_seconds", "Media time that players jumped over.", spanBounds(), func(t *qoe.Tally) *qoe.Sketch { return &t.Skips }),
		distribution("soak_zap_duration_seconds", "From a viewer's change of stream to the picture.", answerBounds(), func(t *qoe.Tally) *qoe.Sketch { return &t.Zaps }),
		distribution("soak_live_latency_seconds", "Viewers' mean distance to the live edge; known when they leave.", []float64{1, 2, 3, 4, 6, 8, 10, 15, 20, 30, 60, 120}, func(t *qoe.Tally) *qoe.Sketch { return &t.Latency }),
		ofGroups("soak_rendition_switches_total", "Changes of rendition.", Counter, []string{"direction"}, func(t *qoe.Tally, put func(float64, ...string)) {
			put(float64(t.Switches.Down), "down")
			put(float64(t.Switches.Up), "up")
		}),
		seconds("soak_watched_seconds_total", "From the wish to play to leaving, of viewers who left.", func(t *qoe.Tally) int64 { return t.Watched }),
		seconds("soak_played_seconds_total", "Media time shown, of viewers who left.", func(t *qoe.Tally) int64 { return t.Played }),
	}
}

func generatorFamilies() []Family {
	g := func(of func(g *Generator) float64) func(r *Run, put func(float64, ...string)) {
		return one(func(r *Run) float64 { return of(&r.Generator) })
	}
	return []Family{
		ofRun("soak_generator_timer_lateness_p50_seconds", "How late timers ran since the beginning: median.", Gauge, nil, g(func(g *Generator) float64 { return g.LatenessP50.Seconds() })),
		ofRun("soak_generator_timer_lateness_p99_seconds", "How late timers ran since the beginning: 99th percentile.", Gauge, nil, g(func(g *Generator) float64 { return g.LatenessP99.Seconds() })),
		ofRun("soak_generator_timer_lateness_max_seconds", "How late timers ran since the beginning: greatest.", Gauge, nil, g(func(g *Generator) float64 { return g.LatenessMax.Seconds() })),
		ofRun("soak_generator_dispatch_lateness_p99_seconds", "How long requests waited to be on their way since the beginning: 99th percentile.", Gauge, nil, g(func(g *Generator) float64 { return g.DispatchP99.Seconds() })),
		ofRun("soak_generator_arrival_lateness_p99_seconds", "How much later than meant viewers came: 99th percentile.", Gauge, nil, g(func(g *Generator) float64 { return g.ArrivalP99.Seconds() })),
		ofRun("soak_generator_cpu_ratio", "Share of the cores used since the beginning, the lab included.", Gauge, nil, g(func(g *Generator) float64 { return g.CPU })),
		ofRun("soak_generator_gc_cpu_ratio", "Share of the cores used for garbage since the beginning.", Gauge, nil, g(func(g *Generator) float64 { return g.GC })),
		ofRun("soak_generator_gc_paused_ratio", "Share of the time in which garbage collection stopped everything.", Gauge, nil, g(func(g *Generator) float64 { return g.Paused })),
		ofRun("soak_generator_descriptors_max", "Most descriptors open at once; 0 where that is not known.", Gauge, nil, g(func(g *Generator) float64 { return float64(g.Files) })),
		ofRun("soak_generator_descriptors_limit", "Descriptors that soak may have open; 0 where that is not known.", Gauge, nil, g(func(g *Generator) float64 { return float64(g.FilesMax) })),
		ofRun("soak_generator_cores", "Cores that soak may use.", Gauge, nil, g(func(g *Generator) float64 { return float64(g.CPUs) })),
		ofRun("soak_generator_connections_total", "Connections made.", Counter, nil, g(func(g *Generator) float64 { return float64(g.Dials) })),
		ofRun("soak_generator_connection_failures_total", "Connections that failed for want of local ports, descriptors or memory.", Counter, nil, g(func(g *Generator) float64 { return float64(g.DialsFailed) })),
		ofRun("soak_generator_saturated", "Whether the machine was too slow for the figures to mean anything: 1, or 0.", Gauge, nil, g(func(g *Generator) float64 { return truth(g.Saturated) })),
	}
}

// answerBounds are for what servers take.
func answerBounds() []float64 {
	return []float64{0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2, 3, 5, 10, 20, 30, 60}
}

// spanBounds are for what viewers notice.
func spanBounds() []float64 { return []float64{0.1, 0.25, 0.5, 1, 2, 5, 10, 20, 30, 60, 120, 300} }
