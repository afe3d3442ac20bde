package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"sync"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"soak/fleet"
	"soak/lab"
	"soak/live"
	"soak/reports"
	"soak/scenarios"
)

// webToken names the environment variable with the token that visitors must bring.
const webToken = "SOAK_WEB_TOKEN"

// webFlags say whether runs are shown while they are under way.
type webFlags struct {
	address string
	wait    bool
}

func (w *webFlags) flags(f *pflag.FlagSet) {
	f.StringVar(&w.address, "web", "", "serve a page that shows and steers the run, and /metrics for Prometheus, on `ADDRESS`: :8089 is loopback's; others need a token in the environment variable "+webToken)
	f.BoolVar(&w.wait, "web-wait", false, "wait until somebody presses Start on that page")
}

func (w *webFlags) config() live.Config {
	return live.Config{Address: w.address, Token: os.Getenv(webToken), Now: time.Now}
}

// check tells what is wrong with the flags before anything runs.
func (w *webFlags) check(virtual, suite bool) error {
	switch {
	case w.address == "" && w.wait:
		return errors.New("--web-wait: nobody can press Start without --web")
	case w.address == "":
		return nil
	case virtual || suite:
		return errors.New("--web: shows runs in real time only; a computed one is over in seconds, and --html FILE shows all of it")
	}
	err := w.config().Validate()
	if errors.Is(err, live.ErrOpen) {
		return fmt.Errorf("--web: %w, %d bytes or more, in %s", err, live.ShortestToken, webToken)
	}
	if err != nil {
		return fmt.Errorf("--web: %w", err)
	}
	return nil
}

// site shows the runs of one command. A nil site shows none.
type site struct {
	server *live.Server
	stop   context.CancelFunc // ends the command as Ctrl-C does
}

// serve starts the site, if it is asked for, and waits for somebody to start the
// first of the runs, if that is.
func (a *app) serve(cmd *cobra.Command, flags webFlags, first scenarios.Scenario) (*site, error) {
	if flags.address == "" {
		return nil, nil
	}
	ctx, stop := context.WithCancel(cmd.Context())
	cmd.SetContext(ctx)
	began := make(chan struct{})
	ready := &reports.Live{Report: reports.Report{Soak: version(), Scenario: hidden(first)}, State: reports.Waiting, Lab: first.Target.Embedded()}
	server, err := live.Listen(ctx, flags.config(), func() *reports.Live { return ready })
	if err != nil {
		stop()
		return nil, usage(fmt.Errorf("--web: %w", err))
	}
	s := &site{server, stop}
	fmt.Fprintf(a.stderr, "live on %s\n", server.URL())
	if !flags.wait {
		return s, nil
	}
	fmt.Fprintln(a.stderr, "waiting for Start")
	once := sync.OnceFunc(func() { close(began) })
	server.Show(func() *reports.Live { return ready }, live.Control{
		Start: func() error { once(); return nil },
		Stop:  s.cancel,
	})
	select {
	case <-began:
	case <-ctx.Done():
	}
	return s, nil
}

func (s *site) cancel() error {
	s.stop()
	return nil
}

// follow shows a run from its beginning on.
func (s *site) follow(run *fleet.Live) {
	s.server.Show(lookAt(run), live.Control{
		Stop: s.cancel, Hold: run.Hold, Inject: func(i lab.Injection) error { return run.Inject(i) },
	})
}

// watched are the options of a run that is shown.
func (s *site) watched(opt fleet.Options) fleet.Options {
	if s == nil {
		return opt
	}
	told := opt.Progress
	opt.Live = s.follow
	opt.Progress = func(p fleet.Progress) {
		told(p)
		s.server.Tick()
	}
	return opt
}

// over shows what came of a run.
func (s *site) over(r reports.Report) {
	if s == nil {
		return
	}
	done := &reports.Live{Report: r, State: reports.Over, At: r.Scenario.Duration, Lab: r.Scenario.Target.Embedded()}
	s.server.Show(func() *reports.Live { return done }, live.Control{})
}

// close stops the site. What goes wrong then is of no use to anybody: the reports are
// written.
func (s *site) close() {
	if s != nil {
		_ = s.server.Close()
		s.stop()
	}
}

// lookAt is how a run stands, whenever it is asked.
func lookAt(run *fleet.Live) func() *reports.Live {
	sc := run.Result().Scenario
	conditions, err := sc.Standings()
	if err != nil { // the scenario was validated: it has none that is wrong
		conditions = nil
	}
	return func() *reports.Live {
		result, p := run.Result(), run.Progress()
		started := result.Started.UTC()
		l := &reports.Live{
			State: reports.Running, At: p.Now, Playing: p.Playing, Stalled: p.Stalled, Dead: p.Dead, Lab: result.Scenario.Target.Embedded(),
			Report: reports.Report{
				Soak: version(), Scenario: hidden(result.Scenario), Summary: result.Summary, Manifests: &result.Manifests,
				Started: &started, Elapsed: reports.Seconds(result.Elapsed), Health: healthOf(result.Health), ByHand: byHandOf(result.ByHand),
			},
		}
		if run.Held() {
			l.State = reports.Held
		}
		judge(l, conditions)
		return l
	}
}

// judge says how the thresholds stand.
func judge(l *reports.Live, conditions scenarios.Standings) {
	standings, err := conditions.Judge(l.Summary)
	if err != nil { // evaluate will tell it at the end
		return
	}
	for _, s := range standings {
		l.Outcomes, l.Pending = append(l.Outcomes, s.Outcome), append(l.Pending, s.Pending)
	}
}

func byHandOf(all []fleet.Intervention) (told []reports.Intervention) {
	for _, i := range all {
		told = append(told, reports.Intervention{At: reports.Seconds(i.At), What: i.What})
	}
	return told
}
