package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"soak/fleet"
	"soak/otlp"
	"soak/qoe"
	"soak/reports"
	"soak/scenarios"
)

// runFlags are the flags of soak run that are no keys of a scenario.
type runFlags struct {
	scenario string
	suite    string
	virtual  bool
	causes   bool
	out      string
	html     string
	csv      string
	events   string
	ci       ciFiles
	web      webFlags
	otlp     otlpFlags
	pusher   *otlp.Pusher // nil: nothing is pushed
}

func (a *app) runCommand() *cobra.Command {
	var flags runFlags
	cmd := &cobra.Command{
		Use:   "run [FILE…]",
		Short: "Run a scenario and judge it",
		Long: `Run plays scenarios, one after another, and judges each: files, a built-in one
(--scenario), or the default one on the embedded lab. FILE is YAML (see "soak
scenarios show"), - for standard input, or a summary.json, whose run is repeated.

Each flag with a [key] sets that one key of every scenario, as a line in its file
would. Secrets come from environment variables, which scenarios name.

The report goes to standard output, progress to standard error, and every run
writes a summary.json. Ctrl-C ends a run early and still reports it; a second one
kills. The exit code says what came of it: "soak help exit-codes".`,
		Example: `  soak run
  soak run --virtual --lead 0s --token-latency 2s
  soak run --viewers 500 --duration 5m event.yaml vod.yaml
  soak run --url https://edge.example/cmaf/1_live/t/1/master.m3u8 \
    --token-api 'https://api.example/token?video=live&type={type}&expire={expire}'`,
		RunE: func(cmd *cobra.Command, files []string) error {
			if err := flags.web.check(flags.virtual, flags.suite != ""); err != nil {
				return usage(err)
			}
			pusher, err := flags.otlp.pusher(flags.virtual, flags.suite != "")
			if err != nil {
				return usage(err)
			}
			flags.pusher = pusher
			if flags.suite != "" {
				return a.runSuite(cmd, flags, files)
			}
			return a.runJobs(cmd, flags, files)
		},
	}
	f := cmd.Flags()
	f.SortFlags = false
	flags.flags(f)
	addOverrides(cmd)
	f.Var(&texts{kind: "EXPR"}, "threshold", "condition that must hold at the end, as in \"refused_requests == 0\"; may be repeated, replaces the scenario's [thresholds]; \"soak help metrics\"")
	return cmd
}

func (r *runFlags) flags(f *pflag.FlagSet) {
	f.StringVar(&r.scenario, "scenario", "", "`NAME` of a built-in scenario: \"soak scenarios list\"")
	f.StringVar(&r.suite, "suite", "", "run a part of the library and judge all it expects: hazards (everything), drills, a group of \"soak scenarios list\", or the `NUMBER` of a hazard, H14; the result goes to suite.json")
	f.BoolVar(&r.virtual, "virtual", false, "compute the run over modelled links instead of waiting for it")
	f.BoolVar(&r.causes, "causes", true, "tell what stalls, skips, deaths and late starts are due to; computed runs are run again for that where somebody noticed something")
	f.StringVar(&r.out, "out", "summary.json", "`FILE` for the summary, its name extended by the scenario's when there are several; \"\" for none")
	f.StringVar(&r.html, "html", "", "`FILE` for the report as one self-contained page, its name extended by the scenario's when there are several")
	f.StringVar(&r.csv, "csv", "", "`FILE` for what happened when, a row for each slice of the run, its name extended by the scenario's when there are several")
	f.StringVar(&r.events, "events", "", "`FILE` for everything that viewers lived through, as lines of JSON, compressed if it ends in .gz; \"soak report\" makes all other files of it; its name extended by the scenario's when there are several")
	r.ci.flags(f)
	r.web.flags(f)
	r.otlp.flags(f)
}

// runJobs runs everything the command line names and returns the worst outcome.
// All scenarios are read and checked before the first one runs; what goes wrong
// with one does not keep the others from running.
func (a *app) runJobs(cmd *cobra.Command, flags runFlags, names []string) error {
	jobs, err := a.load(cmd, flags.scenario, names)
	if err != nil {
		return err
	}
	files := filesOf(flags, jobs)
	for _, f := range files {
		if err := f.check(); err != nil {
			return usage(err)
		}
	}
	if err := flags.ci.check(); err != nil {
		return usage(err)
	}
	site, err := a.serve(cmd, flags.web, jobs[0].scenario)
	if err != nil {
		return err
	}
	defer site.close()
	worst := codePass
	var runs []reports.Run
	for i, j := range jobs {
		run := reports.Run{Name: j.scenario.Name}
		if i == 0 || cmd.Context().Err() == nil { // the rest is not run
			var code int
			run, code = a.runJob(cmd, flags, j, files[i], site)
			worst = worse(worst, code)
		} else {
			worst = worse(worst, codeInterrupted)
		}
		runs = append(runs, run)
	}
	if err := flags.ci.write(runs); err != nil {
		return err
	}
	if worst != codePass {
		return &failure{code: worst}
	}
	return nil
}

// runJob runs one scenario, reports it and returns its exit code. What goes wrong
// is said at once.
func (a *app) runJob(cmd *cobra.Command, flags runFlags, j job, files jobFiles, site *site) (reports.Run, int) {
	run := reports.Run{Name: j.scenario.Name}
	r, err := a.tryJob(cmd, flags, j, files, site)
	if err != nil {
		fmt.Fprintf(a.stderr, "soak: scenario %s: %v\n", j.scenario.Name, err)
		run.Err = err
		return run, codeOfRun(cmd.Context(), err)
	}
	run.Report = &r
	return run, codeOfVerdict(r.Verdict)
}

func (a *app) tryJob(cmd *cobra.Command, flags runFlags, j job, files jobFiles, site *site) (reports.Report, error) {
	if flags.virtual {
		boundMemory(j.scenario.Viewers.Count)
	} else {
		defer paceMemory(j.scenario)()
	}
	from, err := originOf(j.scenario, commandOf(cmd, j))
	if err != nil {
		return reports.Report{}, err
	}
	rec, err := startRecording(files, from, flags.virtual, j.scenario)
	if err != nil {
		return reports.Report{}, err
	}
	show := a.progress(j.scenario)
	feed := newFeed(flags.pusher, a.stderr)
	opt := site.watched(fleet.Options{Virtual: flags.virtual, Causes: flags.causes, Standings: true, Diaries: files.page != "", Warn: a.doubt, Progress: show.update, Observer: rec.observer()})
	result, err := a.fleet(cmd.Context(), j.scenario, feed.watched(cmd.Context(), opt))
	feed.stop()
	show.done()
	kept := rec.end(result)
	if err != nil {
		return reports.Report{}, err
	}
	a.pace(result)
	if from, err = originOf(result.Scenario, from.repeat.Command); err != nil { // faults may have been injected
		return reports.Report{}, err
	}
	r, err := report(result, from)
	if err != nil {
		return reports.Report{}, err
	}
	site.over(r)
	feed.over(r)
	return r, errors.Join(a.present(r, files), kept)
}

// present writes a report's files and shows it, in this order: whoever reads what is
// shown may have seen enough before its end, which ends the program.
func (a *app) present(r reports.Report, files jobFiles) error {
	kept := a.write(files, r)
	width, _ := terminal(a.stdout)
	if err := reports.Text(a.stdout, r, width, colourful(a.stdout)); err != nil {
		return errors.Join(kept, fmt.Errorf("report: %w", err))
	}
	return kept
}

// pace tells how fast a run was computed. It is no part of the report, which is the
// same to the byte on every machine.
func (a *app) pace(result *fleet.Result) {
	hours := (time.Duration(result.Summary.Total.Watched) * time.Microsecond).Hours()
	if !result.Virtual || hours == 0 || result.Elapsed <= 0 {
		return
	}
	fmt.Fprintf(a.stderr, "computed %.1f viewer-hours in %v: %.0f a second", hours, result.Elapsed.Round(10*time.Millisecond), hours/result.Elapsed.Seconds())
	if result.CPU > 0 {
		fmt.Fprintf(a.stderr, ", %.0f a second and core", hours/result.CPU.Seconds())
	}
	fmt.Fprintln(a.stderr)
}

// codeOfRun tells a run that was ended before it began from one that could not
// begin.
func codeOfRun(ctx context.Context, err error) int {
	if ctx.Err() != nil && errors.Is(err, context.Canceled) {
		return codeInterrupted
	}
	return codeOf(err)
}

// origin is where a report comes from: the soak that ran it, and how to run it again.
type origin struct {
	soak   string
	repeat reports.Repeat
	doubts []string // why its figures mean nothing, besides a saturated generator
}

func originOf(s scenarios.Scenario, command string) (origin, error) {
	file, err := hidden(s).YAML()
	return origin{soak: version(), repeat: reports.Repeat{Command: command, File: string(file)}}, err
}

// report is everything there is to say about a result.
func report(result *fleet.Result, from origin) (reports.Report, error) {
	outcomes, err := evaluate(&result.Scenario, result.Summary, result.Aborted)
	if err != nil {
		return reports.Report{}, err
	}
	r := reports.Report{
		Soak: from.soak, Virtual: result.Virtual, Outcomes: outcomes, Repeat: from.repeat,
		Scenario: hidden(result.Scenario), Summary: result.Summary, Manifests: &result.Manifests, ByHand: byHandOf(result.ByHand),
	}
	if a := result.Aborted; a != nil {
		at := reports.Seconds(a.At)
		r.AbortedAt = &at
	}
	doubts := from.doubts
	if !result.Virtual {
		doubts = slices.Concat(doubts, result.Health.Saturated())
		started := result.Started.UTC()
		r.Started, r.Elapsed, r.Health = &started, reports.Seconds(result.Elapsed), healthOf(result.Health)
	}
	r.Verdict = reports.Judge(result.Summary.Total.Viewers.Arrived, outcomes, doubts, result.Interrupted)
	return r, nil
}

// evaluate judges a summary by what its scenario says, and by what ended the run.
func evaluate(sc *scenarios.Scenario, sum *qoe.Summary, ended *scenarios.Abort) ([]scenarios.Outcome, error) {
	outcomes := []scenarios.Outcome{}
	for _, t := range sc.Conditions() {
		o, err := t.Evaluate(sum)
		if err != nil {
			return nil, fmt.Errorf("threshold %s: %w", t, err)
		}
		if ended != nil && ended.Threshold == len(outcomes) && ended.Outcome.Expr == t.Expr { // leaving may have mended it
			o = ended.Outcome
		}
		outcomes = append(outcomes, o)
	}
	return outcomes, nil
}

// elsewhere are the flags that commandOf does not repeat as typed: where results go
// makes no difference to a run.
var elsewhere = []string{"out", "html", "csv", "events", "junit", "markdown", "scenario", "seed", "web", "web-wait", "otlp"}

// commandOf is the command line that repeats a job: what was typed, with the seed
// spelled out.
func commandOf(cmd *cobra.Command, j job) string {
	args := append([]string{"soak", "run"}, j.source...)
	args = append(args, typed(cmd, func(name string) bool { return slices.Contains(elsewhere, name) })...)
	return strings.Join(append(args, "--seed", fmt.Sprint(j.scenario.Seed)), " ")
}
