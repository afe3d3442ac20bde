package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"soak/fleet"
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
	ci       ciFiles
	web      webFlags
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
			if flags.suite != "" {
				return a.runSuite(cmd, flags, files)
			}
			return a.runJobs(cmd, flags, files)
		},
	}
	f := cmd.Flags()
	f.SortFlags = false
	f.StringVar(&flags.scenario, "scenario", "", "`NAME` of a built-in scenario: \"soak scenarios list\"")
	f.StringVar(&flags.suite, "suite", "", "run a part of the library and judge all it expects: hazards (everything), drills, a group of \"soak scenarios list\", or the `NUMBER` of a hazard, H14; the result goes to suite.json")
	f.BoolVar(&flags.virtual, "virtual", false, "compute the run over modelled links instead of waiting for it")
	f.BoolVar(&flags.causes, "causes", true, "tell what stalls, skips, deaths and late starts are due to; computed runs are run again for that where somebody noticed something")
	f.StringVar(&flags.out, "out", "summary.json", "`FILE` for the summary, its name extended by the scenario's when there are several; \"\" for none")
	f.StringVar(&flags.html, "html", "", "`FILE` for the report as one self-contained page, its name extended by the scenario's when there are several")
	flags.ci.flags(f)
	flags.web.flags(f)
	addOverrides(cmd)
	f.Var(&texts{kind: "EXPR"}, "threshold", "condition that must hold at the end, as in \"refused_requests == 0\"; may be repeated, replaces the scenario's [thresholds]; \"soak help metrics\"")
	return cmd
}

// runJobs runs everything the command line names and returns the worst outcome.
// All scenarios are read and checked before the first one runs; what goes wrong
// with one does not keep the others from running.
func (a *app) runJobs(cmd *cobra.Command, flags runFlags, files []string) error {
	jobs, err := a.load(cmd, flags.scenario, files)
	if err != nil {
		return err
	}
	outs, pages := outFiles(flags.out, jobs), outFiles(flags.html, jobs)
	for i := range jobs {
		if err := errors.Join(checkOut("out", outs[i]), checkOut("html", pages[i])); err != nil {
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
			run, code = a.runJob(cmd, flags, j, jobFiles{outs[i], pages[i]}, site)
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

// jobFiles are the files that one scenario's report goes to; "" for none.
type jobFiles struct{ summary, page string }

// write writes them, and tells where they are.
func (a *app) write(files jobFiles, r reports.Report) error {
	if files.summary != "" {
		if err := writeSummary(files.summary, r); err != nil {
			return err
		}
		fmt.Fprintf(a.stderr, "summary in %s\n", files.summary)
	}
	if files.page == "" {
		return nil
	}
	if err := writeWhole("page", files.page, func(w io.Writer) error { return reports.RunPage(w, r) }); err != nil {
		return err
	}
	fmt.Fprintf(a.stderr, "page in %s\n", files.page)
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
	}
	show := a.progress(j.scenario)
	result, err := a.fleet(cmd.Context(), j.scenario, site.watched(fleet.Options{Virtual: flags.virtual, Causes: flags.causes, Standings: true, Diaries: files.page != "", Progress: show.update}))
	show.done()
	if err != nil {
		return reports.Report{}, err
	}
	a.pace(result)
	r, err := a.report(result, commandOf(cmd, j))
	if err != nil {
		return reports.Report{}, err
	}
	site.over(r)
	width, _ := terminal(a.stdout)
	if err := reports.Text(a.stdout, r, width, colourful(a.stdout)); err != nil {
		return reports.Report{}, fmt.Errorf("report: %w", err)
	}
	if err := a.write(files, r); err != nil {
		return reports.Report{}, err
	}
	return r, nil
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

// report is everything there is to say about a result.
func (a *app) report(result *fleet.Result, command string) (reports.Report, error) {
	shown := hidden(result.Scenario)
	file, err := shown.YAML()
	if err != nil {
		return reports.Report{}, err
	}
	outcomes, err := evaluate(result)
	if err != nil {
		return reports.Report{}, err
	}
	r := reports.Report{
		Soak: version(), Virtual: result.Virtual, Outcomes: outcomes,
		Repeat:   reports.Repeat{Command: command, File: string(file)},
		Scenario: shown, Summary: result.Summary, Manifests: &result.Manifests, ByHand: byHandOf(result.ByHand),
	}
	if a := result.Aborted; a != nil {
		at := reports.Seconds(a.At)
		r.AbortedAt = &at
	}
	var saturated []string
	if !result.Virtual {
		saturated = result.Health.Saturated()
		started := result.Started.UTC()
		r.Started, r.Elapsed, r.Health = &started, reports.Seconds(result.Elapsed), healthOf(result.Health)
	}
	r.Verdict = reports.Judge(result.Summary.Total.Viewers.Arrived, outcomes, saturated, result.Interrupted)
	return r, nil
}

func evaluate(result *fleet.Result) ([]scenarios.Outcome, error) {
	outcomes := []scenarios.Outcome{}
	for _, t := range result.Scenario.Conditions() {
		o, err := t.Evaluate(result.Summary)
		if err != nil {
			return nil, fmt.Errorf("threshold %s: %w", t, err)
		}
		outcomes = append(outcomes, o)
	}
	if a := result.Aborted; a != nil { // leaving may have mended it
		outcomes[a.Threshold] = a.Outcome
	}
	return outcomes, nil
}

func healthOf(h fleet.Health) *reports.Health {
	course := &reports.HealthCourse{Seconds: reports.Seconds(h.Every)}
	for _, s := range h.Course {
		course.CPU = append(course.CPU, s.CPU)
		course.LatenessP99 = append(course.LatenessP99, reports.Seconds(s.LatenessP99))
		course.LatenessMax = append(course.LatenessMax, reports.Seconds(s.LatenessMax))
	}
	return &reports.Health{
		Course:      course,
		LatenessP50: reports.Seconds(h.LatenessP50), LatenessP99: reports.Seconds(h.LatenessP99), LatenessMax: reports.Seconds(h.LatenessMax),
		CPU: h.CPU, CPUs: h.CPUs, Dials: h.Dials, DialsFailed: h.DialsFailed, Saturated: h.Saturated(),
	}
}

// elsewhere are the flags that commandOf does not repeat as typed: where results go
// makes no difference to a run.
var elsewhere = []string{"out", "html", "junit", "markdown", "scenario", "seed", "web", "web-wait"}

// commandOf is the command line that repeats a job: what was typed, with the seed
// spelled out.
func commandOf(cmd *cobra.Command, j job) string {
	args := append([]string{"soak", "run"}, j.source...)
	args = append(args, typed(cmd, func(name string) bool { return slices.Contains(elsewhere, name) })...)
	return strings.Join(append(args, "--seed", fmt.Sprint(j.scenario.Seed)), " ")
}
