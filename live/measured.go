package live

import (
	"time"

	"soak/reports"
	"soak/telemetry"
)

// Measured is the run that is shown, as metrics systems want it.
func Measured(l *reports.Live) *telemetry.Run {
	r := &telemetry.Run{
		Scenario: &l.Scenario, Version: l.Soak, At: l.At, Summary: l.Summary,
		Playing: l.Playing, Stalled: l.Stalled, Dead: l.Dead,
	}
	if l.Started != nil {
		r.Started = *l.Started
	}
	if h := l.Report.Health; h != nil {
		r.Generator = telemetry.Generator{
			LatenessP50: time.Duration(h.LatenessP50), LatenessP99: time.Duration(h.LatenessP99), LatenessMax: time.Duration(h.LatenessMax),
			DispatchP99: time.Duration(h.DispatchP99), ArrivalP99: time.Duration(h.ArrivalP99),
			GC: h.GC, Paused: h.Paused, Files: h.Files, FilesMax: h.FilesMax,
			CPU: h.CPU, CPUs: h.CPUs, Dials: h.Dials, DialsFailed: h.DialsFailed, Saturated: len(h.Saturated) > 0,
		}
	}
	for i, o := range l.Outcomes {
		r.Thresholds = append(r.Thresholds, telemetry.Threshold{Expr: o.Expr, Cohort: o.Cohort, OK: o.OK, Pending: i < len(l.Pending) && l.Pending[i]})
	}
	return r
}
