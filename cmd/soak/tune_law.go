package main

import (
	"bytes"
	"context"
	"fmt"
	"path/filepath"
	"time"

	"soak/fleet"
	"soak/qoe"
	"soak/reports"
	"soak/scenarios"
	"soak/tune"
)

// How politely a token API is measured.
const (
	measurePause = 500 * time.Millisecond
	measureMost  = 500
)

// law is how the token API answers where that was measured or recorded; nil where the
// scenario says it.
func (a *app) law(ctx context.Context, flags tuneFlags, sc scenarios.Scenario) (*tune.Measured, error) {
	var m *tune.Measured
	var err error
	switch {
	case flags.measure < 0 || flags.measure > measureMost:
		return nil, usage(fmt.Errorf("--measure %d: use up to %d calls", flags.measure, measureMost))
	case flags.measure > 0:
		m, err = a.measuredLaw(ctx, sc, flags.measure)
	case flags.from != "":
		m, err = a.recordedLaw(flags.from)
	}
	if m != nil && err == nil {
		err = reports.TuneLaw(a.stderr, m)
	}
	return m, err
}

func (a *app) measuredLaw(ctx context.Context, sc scenarios.Scenario, calls int) (*tune.Measured, error) {
	fmt.Fprintf(a.stderr, "calling the token API %d times, %v\n", calls, time.Duration(calls-1)*measurePause)
	all, err := fleet.Measure(ctx, sc, calls, measurePause, nil)
	if err != nil {
		return nil, tuneError(ctx, err)
	}
	var took []time.Duration
	failed, hung := int64(0), int64(0)
	for _, c := range all {
		took = append(took, c.Took)
		switch c.Failure {
		case qoe.NoFailure:
		case qoe.TimeoutFailure:
			hung++
		default:
			failed++
		}
	}
	m, err := tune.Fit(took, failed, hung, "measured")
	if err != nil {
		return nil, &failure{codeUnreachable, err}
	}
	return m, nil
}

func (a *app) recordedLaw(file string) (*tune.Measured, error) {
	data, err := a.bytes(file)
	if err != nil {
		return nil, usage(fmt.Errorf("--from: %w", err))
	}
	r, err := reports.Read(bytes.NewReader(data))
	if err != nil {
		return nil, usage(fmt.Errorf("--from %s: %w", file, err))
	}
	m, err := tune.FitSummary(r.Summary, filepath.Base(file))
	if err != nil {
		return nil, usage(fmt.Errorf("--from: %w", err))
	}
	return m, nil
}
