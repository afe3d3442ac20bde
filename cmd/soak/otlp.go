package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"time"

	"github.com/spf13/pflag"

	"soak/fleet"
	"soak/live"
	"soak/otlp"
	"soak/reports"
)

// otlpHeaders is OpenTelemetry's own environment variable for what goes with every
// push: authorization, as a rule.
const otlpHeaders = "OTEL_EXPORTER_OTLP_HEADERS"

// pushEvery is how often a run's metrics are pushed.
const pushEvery = 10 * time.Second

type otlpFlags struct{ url string }

func (o *otlpFlags) flags(f *pflag.FlagSet) {
	f.StringVar(&o.url, "otlp", "", "push the run's metrics to the OpenTelemetry collector at `URL` every 10 s, with the headers in "+otlpHeaders)
}

// pusher is where runs are pushed to; nil when that is not asked for.
func (o *otlpFlags) pusher(virtual, suite bool) (*otlp.Pusher, error) {
	switch {
	case o.url == "":
		return nil, nil
	case virtual || suite:
		return nil, errors.New("--otlp: pushes runs in real time only; a computed one is over in seconds, and summary.json has all of it")
	}
	p, err := otlp.New(otlp.Config{URL: o.url, Headers: os.Getenv(otlpHeaders)})
	if err != nil {
		return nil, fmt.Errorf("--otlp: %w", err)
	}
	return p, nil
}

// feed pushes one run while it is under way. A nil feed does nothing.
type feed struct {
	pusher        *otlp.Pusher
	stderr        io.Writer
	cancel        context.CancelFunc
	ended         chan struct{} // closed when nothing is pushed any more; nil before the run
	pushes, fails int
}

func newFeed(p *otlp.Pusher, stderr io.Writer) *feed {
	if p == nil {
		return nil
	}
	return &feed{pusher: p, stderr: stderr}
}

// watched are the options of a run that is pushed.
func (f *feed) watched(ctx context.Context, opt fleet.Options) fleet.Options {
	if f == nil {
		return opt
	}
	told := opt.Live
	opt.Live = func(run *fleet.Live) {
		if told != nil {
			told(run)
		}
		ctx, f.cancel = context.WithCancel(ctx)
		f.ended = make(chan struct{})
		go f.follow(ctx, lookAt(run))
	}
	return opt
}

func (f *feed) follow(ctx context.Context, look func() *reports.Live) {
	defer close(f.ended)
	tick := time.NewTicker(pushEvery)
	defer tick.Stop()
	for {
		select {
		case <-tick.C:
			f.push(ctx, look())
		case <-ctx.Done():
			return
		}
	}
}

// push sends how the run stands. What is lost is made good by the next push, so only
// the first failure is told at once.
func (f *feed) push(ctx context.Context, l *reports.Live) {
	f.pushes++
	err := f.pusher.Push(ctx, live.Measured(l), time.Now())
	if err == nil || ctx.Err() != nil {
		return
	}
	if f.fails++; f.fails == 1 {
		fmt.Fprintf(f.stderr, "otlp: %v\n", err)
	}
}

// stop ends the pushes of a run, whatever came of it.
func (f *feed) stop() {
	if f == nil || f.ended == nil {
		return
	}
	f.cancel()
	<-f.ended
}

// over pushes what came of a run, also of one that was interrupted.
func (f *feed) over(r reports.Report) {
	if f == nil {
		return
	}
	f.push(context.Background(), &reports.Live{Report: r, State: reports.Over, At: r.Scenario.Duration})
	if f.fails > 0 {
		fmt.Fprintf(f.stderr, "otlp: %d of %d pushes failed\n", f.fails, f.pushes)
	}
	f.pusher.Close()
}
