package main

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/spf13/cobra"

	"soak/events"
	"soak/reports"
	"soak/scenarios"
)

func (a *app) reportCommand() *cobra.Command {
	var files jobFiles
	var ci ciFiles
	cmd := &cobra.Command{
		Use:   "report FILE",
		Short: "Report a run again, from its events or its summary",
		Long: `Report makes everything that "soak run" makes of a run from what it wrote: FILE is a
file of events ("soak run --events"), compressed or not, a summary.json, or - for
standard input. Of events the summary is the very same that the run had.

With --threshold the run is judged by other conditions. A file of events that is cut
off is reported as far as it goes, and its verdict is invalid. The exit code is that
of the verdict: "soak help exit-codes".`,
		Example: `  soak run --virtual --events events.ndjson.gz
  soak report events.ndjson.gz --html report.html --csv timeline.csv
  soak report summary.json --threshold 'noticed_ratio < 0.1%'`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error { return a.reportFile(cmd, args[0], files, ci) },
	}
	f := cmd.Flags()
	f.SortFlags = false
	f.StringVar(&files.summary, "out", "", "`FILE` for the summary, as soak run writes it")
	f.StringVar(&files.page, "html", "", "`FILE` for the report as one self-contained page")
	f.StringVar(&files.csv, "csv", "", "`FILE` for what happened when, a row for each slice of the run")
	ci.flags(f)
	f.Var(&texts{kind: "EXPR"}, "threshold", "condition that must hold, as in \"refused_requests == 0\"; may be repeated, replaces those of the run; \"soak help metrics\"")
	cmd.AddCommand(&cobra.Command{
		Use:   "schema",
		Short: "Print the JSON Schema of summary.json",
		Args:  cobra.NoArgs,
		RunE:  func(*cobra.Command, []string) error { _, err := a.stdout.Write(reports.SummarySchema()); return err },
	})
	return cmd
}

func (a *app) reportFile(cmd *cobra.Command, name string, files jobFiles, ci ciFiles) error {
	if err := errors.Join(files.check(), ci.check()); err != nil {
		return usage(err)
	}
	in, err := a.open(name)
	if err != nil {
		return usage(err)
	}
	defer in.Close()
	var other func(*scenarios.Scenario) error
	if cmd.Flags().Changed("threshold") {
		other = func(s *scenarios.Scenario) error { return applyThresholds(cmd, s) }
	}
	r, err := readReport(in, files.page != "", other)
	if err != nil {
		return usage(fmt.Errorf("%s: %w", name, err))
	}
	if err := errors.Join(a.present(r, files), ci.write([]reports.Run{{Name: r.Scenario.Name, Report: &r}})); err != nil {
		return err
	}
	if code := codeOfVerdict(r.Verdict); code != codePass {
		return &failure{code: code}
	}
	return nil
}

func (a *app) open(name string) (io.ReadCloser, error) {
	if name == "-" {
		return io.NopCloser(a.stdin), nil
	}
	return os.Open(name)
}

// readReport reads events or a summary, which tell themselves apart: a summary is one
// JSON object over many lines, and never compressed. other, when not nil, puts other
// thresholds in place of the run's. Diaries are what a page is made of.
func readReport(in io.Reader, diaries bool, other func(*scenarios.Scenario) error) (reports.Report, error) {
	text := bufio.NewReader(in)
	first, _ := text.Peek(len(`{"event"`))
	if !bytes.HasPrefix(first, []byte{0x1f, 0x8b}) && !bytes.HasPrefix(first, []byte(`{"event"`)) {
		return readSummary(text, other)
	}
	rec, err := events.Read(text, diaries)
	if err != nil {
		return reports.Report{}, err
	}
	from := origin{soak: rec.Soak, repeat: reports.Repeat{Command: rec.Command, File: rec.File}}
	if rec.Damage != nil {
		from.doubts = []string{fmt.Sprintf("the file of events is not whole: %v; the figures cover what stands before", rec.Damage)}
	}
	if other != nil {
		if err := other(&rec.Result.Scenario); err != nil {
			return reports.Report{}, err
		}
	}
	return report(rec.Result, from)
}

// readSummary reads a summary.json, judged anew if other conditions are asked for.
func readSummary(in io.Reader, other func(*scenarios.Scenario) error) (reports.Report, error) {
	r, err := reports.Read(in)
	if err != nil || other == nil {
		return r, err
	}
	if err := other(&r.Scenario); err != nil {
		return r, err
	}
	if r.Outcomes, err = evaluate(&r.Scenario, r.Summary, nil); err != nil {
		return r, err
	}
	var saturated []string
	if r.Health != nil {
		saturated = r.Health.Saturated
	}
	r.Verdict = reports.Judge(r.Summary.Total.Viewers.Arrived, r.Outcomes, saturated, r.Verdict.Decision == reports.Interrupted)
	return r, nil
}
