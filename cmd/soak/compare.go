package main

import (
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"soak/compare"
	"soak/reports"
)

// compareFlags are those of soak compare.
type compareFlags struct {
	tolerance, confidence string
	anyway                bool
	out, html, markdown   string
}

func (a *app) compareCommand() *cobra.Command {
	var flags compareFlags
	cmd := &cobra.Command{
		Use:   "compare BEFORE NOW",
		Short: "Tell what is better or worse in one run than in another",
		Long: `Compare reads two runs, each a summary.json or a file of events, and tells what is
better or worse in the second one, of all viewers and by cohort, and how sure that is.
The first may be a baseline that is kept with the code.

What is worse beyond both chance and the tolerance is a regression: exit code 99.
Runs that cannot be compared, because other viewers watched or one of them means
nothing, are shown and not judged: exit code 4. docs/compare.md tells how it works.`,
		Example: `  soak run --virtual --out baseline.json event.yaml
  soak compare baseline.json summary.json --tolerance 10% --markdown compare.md`,
		Args: cobra.ExactArgs(2),
		RunE: func(_ *cobra.Command, args []string) error { return a.compareFiles(args[0], args[1], flags) },
	}
	f := cmd.Flags()
	f.SortFlags = false
	f.StringVar(&flags.tolerance, "tolerance", "5%", "`PART` of a figure by which it may get worse")
	f.StringVar(&flags.confidence, "confidence", "95%", "`PART` of comparisons of runs without a difference in which nothing at all is called better or worse")
	f.BoolVar(&flags.anyway, "anyway", false, "judge runs of different audiences, or of real and virtual time, all the same")
	f.StringVar(&flags.out, "out", "", "`FILE` for the comparison as JSON")
	f.StringVar(&flags.html, "html", "", "`FILE` for the comparison as one self-contained page")
	f.StringVar(&flags.markdown, "markdown", "", "`FILE` for the comparison as Markdown, for a summary page")
	return cmd
}

func (a *app) compareFiles(before, now string, flags compareFlags) error {
	o, err := flags.options()
	if err != nil {
		return usage(err)
	}
	var runs [2]compare.Run
	for i, name := range []string{before, now} {
		if runs[i], err = a.comparable(name); err != nil {
			return usage(err)
		}
	}
	result, err := compare.Runs(runs[0], runs[1], o)
	if err != nil {
		return usage(err)
	}
	return a.tellComparison(reports.Comparison{Soak: version(), Result: result}, flags)
}

func (f *compareFlags) options() (o compare.Options, err error) {
	if err := errors.Join(checkOut("out", f.out), checkOut("html", f.html), checkOut("markdown", f.markdown)); err != nil {
		return o, err
	}
	if o.Tolerance, err = part("tolerance", f.tolerance); err != nil {
		return o, err
	}
	if o.Confidence, err = part("confidence", f.confidence); err != nil {
		return o, err
	}
	if o.Tolerance == 0 {
		o.Tolerance = -1 // none: zero is the default there
	}
	o.Anyway = f.anyway
	return o, nil
}

// part reads "5%" and "0.05".
func part(flag, text string) (float64, error) {
	number, percent := strings.CutSuffix(strings.TrimSpace(text), "%")
	v, err := strconv.ParseFloat(strings.TrimSpace(number), 64)
	if err != nil || !(v >= 0) {
		return 0, fmt.Errorf("--%s %q: write a part, as in 5%% or 0.05", flag, text)
	}
	if percent {
		v /= 100
	}
	return v, nil
}

// comparable reads a run, with what makes its figures doubtful.
func (a *app) comparable(name string) (compare.Run, error) {
	in, err := a.open(name)
	if err != nil {
		return compare.Run{}, err
	}
	defer in.Close()
	r, err := readReport(in, false, nil)
	if err != nil {
		return compare.Run{}, fmt.Errorf("%s: %w", name, err)
	}
	run := compare.Run{Name: name, Scenario: r.Scenario, Summary: r.Summary, Virtual: r.Virtual}
	if d := r.Verdict.Decision; (d == reports.Invalid || d == reports.Interrupted) && len(r.Verdict.Reasons) > 0 {
		run.Doubts = append(run.Doubts, r.Verdict.Reasons[0])
	}
	if r.AbortedAt != nil {
		run.Doubts = append(run.Doubts, fmt.Sprintf("a threshold ended it after %v", time.Duration(*r.AbortedAt)))
	}
	return run, nil
}

func (a *app) tellComparison(c reports.Comparison, flags compareFlags) error {
	for _, f := range []struct {
		path  string
		write func(io.Writer, reports.Comparison) error
	}{{flags.out, reports.CompareJSON}, {flags.html, reports.ComparePage}, {flags.markdown, reports.CompareMarkdown}} {
		if f.path == "" {
			continue
		}
		if err := writeOut("comparison", f.path, func(w io.Writer) error { return f.write(w, c) }); err != nil {
			return err
		}
		fmt.Fprintf(a.stderr, "comparison in %s\n", f.path)
	}
	width, _ := terminal(a.stdout)
	if err := reports.CompareText(a.stdout, c, width, colourful(a.stdout)); err != nil {
		return fmt.Errorf("comparison: %w", err)
	}
	switch c.Verdict {
	case compare.Regression:
		return &failure{code: codeFail}
	case compare.Unlike:
		return &failure{code: codeInvalid}
	}
	return nil
}
