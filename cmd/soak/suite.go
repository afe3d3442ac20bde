package main

import (
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"soak/reports"
	"soak/scenarios"
	"soak/suite"
)

// suiteOut is where a suite's result goes unless --out says otherwise.
const suiteOut = "suite.json"

// runSuite runs a part of the library and reports it in one table.
func (a *app) runSuite(cmd *cobra.Command, flags runFlags, files []string) error {
	all, err := chooseSuite(cmd, flags, files)
	if err != nil {
		return usage(err)
	}
	out := flags.out
	if !cmd.Flags().Changed("out") {
		out = suiteOut
	}
	if err := errors.Join(checkOut("out", out), flags.ci.check()); err != nil {
		return usage(err)
	}
	result := suite.Run(cmd.Context(), all, suite.Options{Virtual: flags.virtual, Run: a.fleet, Progress: a.suiteProgress()})
	s := reports.Suite{Soak: version(), Name: flags.suite, Command: suiteCommand(cmd), Result: result, Verdict: reports.JudgeSuite(&result)}
	width, _ := terminal(a.stdout)
	if err := reports.SuiteText(a.stdout, s, width, colourful(a.stdout)); err != nil {
		return fmt.Errorf("report: %w", err)
	}
	if err := a.writeSuite(out, flags.ci, s); err != nil {
		return err
	}
	if code := codeOfSuite(&s); code != codePass {
		return &failure{code: code}
	}
	return nil
}

// writeSuite writes the files that were asked for.
func (a *app) writeSuite(out string, ci ciFiles, s reports.Suite) error {
	var errs []error
	for _, f := range []struct {
		what, path string
		write      func(io.Writer) error
	}{
		{"result", out, func(w io.Writer) error { return reports.SuiteJSON(w, s) }},
		{"junit", ci.junit, func(w io.Writer) error { return reports.JUnit(w, s.Runs()) }},
		{"markdown", ci.markdown, func(w io.Writer) error { return reports.SuiteMarkdown(w, s) }},
	} {
		if f.path != "" {
			errs = append(errs, writeOut(f.what, f.path, f.write))
		}
	}
	if err := errors.Join(errs...); err != nil {
		return err
	}
	if out != "" {
		fmt.Fprintf(a.stderr, "result in %s\n", out)
	}
	return nil
}

// chooseSuite is the scenarios of a suite with the command line's flags applied.
func chooseSuite(cmd *cobra.Command, flags runFlags, files []string) ([]scenarios.Scenario, error) {
	if len(files) > 0 || flags.scenario != "" {
		return nil, errors.New("name a --suite, a --scenario or files, not two of them")
	}
	if len(listOf(cmd, "threshold")) > 0 {
		return nil, errors.New("--threshold judges one scenario; those of a suite are judged by what each expects")
	}
	if flags.html != "" {
		return nil, errors.New("--html shows one run; a suite goes to --markdown")
	}
	if flags.csv != "" || flags.events != "" {
		return nil, errors.New("--csv and --events are of one run; a suite goes to --out")
	}
	all, err := scenarios.Suite(flags.suite)
	if err != nil {
		return nil, err
	}
	for i := range all {
		if err := applyOverrides(cmd, &all[i]); err != nil {
			return nil, fmt.Errorf("scenario %s: %w", all[i].Name, err)
		}
		if err := all[i].Validate(); err != nil {
			return nil, fmt.Errorf("scenario %s: %w", all[i].Name, err)
		}
	}
	return all, nil
}

// suiteProgress tells a terminal which scenario ended last.
func (a *app) suiteProgress() func(done, of int, name string) {
	width, _ := terminal(a.stderr)
	if !interactive(a.stderr) {
		return nil
	}
	return func(done, of int, name string) {
		text := fmt.Sprintf("%d of %d: %s", done, of, name)
		if done == of {
			text = ""
		}
		fmt.Fprintf(a.stderr, "\r%-*.*s\r", max(width-1, 1), max(width-1, 1), text)
	}
}

// codeOfSuite is the worst of its scenarios' codes.
func codeOfSuite(s *reports.Suite) int {
	worst := codeOfVerdict(s.Verdict)
	for i := range s.Cases {
		worst = worse(worst, codeOf(s.Cases[i].Err))
	}
	return worst
}

func suiteCommand(cmd *cobra.Command) string {
	args := typed(cmd, func(name string) bool { return name == "out" || name == "junit" || name == "markdown" })
	return strings.Join(append([]string{"soak", "run"}, args...), " ")
}
