package main

import (
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"soak/fleet"
	"soak/reports"
	"soak/scenarios"
)

// Exit codes are a promise to other people's scripts.
const (
	codePass        = 0
	codeUnexpected  = 1
	codeUsage       = 2
	codeUnreachable = 3
	codeInvalid     = 4
	codeNone        = 5
	codeFail        = 99
	codeInterrupted = 105
)

// exitCodes documents them, from the best to the worst: of several runs the worst
// one's counts.
var exitCodes = []struct {
	code int
	text string
}{
	{codePass, "every threshold was met"},
	{codeFail, "a threshold was missed; soak compare: something is worse; soak audit: something fails; soak tune --confirm: the answer was not confirmed"},
	{codeNone, "soak tune: nothing that was tried meets the target"},
	{codeInvalid, "the verdict is invalid: the generator was saturated, nobody watched, a host was met that has not consented, or a file of events is cut off; soak compare: the runs cannot be compared"},
	{codeUnreachable, "the target was not reachable before the start, or what it served is no manifest"},
	{codeUsage, "the command line, a scenario file or this machine's limits do not allow the run"},
	{codeUnexpected, "something else went wrong"},
	{codeInterrupted, "interrupted; the report covers what was"},
}

// worse is the worse of two codes, by the order of exitCodes.
func worse(a, b int) int {
	rank := func(code int) int {
		for i, c := range exitCodes {
			if c.code == code {
				return i
			}
		}
		return len(exitCodes)
	}
	if rank(b) > rank(a) {
		return b
	}
	return a
}

// failure is an error that knows its exit code. Without err it is a code alone:
// everything was said already.
type failure struct {
	code int
	err  error
}

func (f *failure) Error() string {
	if f.err == nil {
		return ""
	}
	return f.err.Error()
}

func (f *failure) Unwrap() error { return f.err }

// usage marks an error as the caller's.
func usage(err error) error { return &failure{codeUsage, err} }

func codeOf(err error) int {
	var f *failure
	var s *scenarios.Error
	switch {
	case err == nil:
		return codePass
	case errors.As(err, &f):
		return f.code
	case errors.Is(err, fleet.ErrUnreachable):
		return codeUnreachable
	case errors.Is(err, fleet.ErrConfig), errors.As(err, &s):
		return codeUsage
	}
	return codeUnexpected
}

func codeOfVerdict(v reports.Verdict) int {
	switch v.Decision {
	case reports.Pass:
		return codePass
	case reports.Fail:
		return codeFail
	case reports.Invalid:
		return codeInvalid
	case reports.Interrupted:
		return codeInterrupted
	}
	return codeUnexpected
}

func exitCodesTopic() *cobra.Command {
	var b strings.Builder
	const indent = "       "
	b.WriteString("soak's exit codes. Of several runs in one command the worst one's counts; worst\nis what stands last here:\n\n")
	for _, c := range exitCodes {
		lines := filled(strings.Fields(c.text), usualWidth-len(indent))
		fmt.Fprintf(&b, "  %3d  %s\n", c.code, strings.ReplaceAll(lines, "\n", "\n"+indent))
	}
	return &cobra.Command{Use: "exit-codes", Short: "What soak's exit codes mean", Long: strings.TrimSuffix(b.String(), "\n")}
}
