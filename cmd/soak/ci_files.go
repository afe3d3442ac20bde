package main

import (
	"errors"
	"io"

	"github.com/spf13/pflag"

	"soak/reports"
)

// ciFiles are the files that continuous integration reads: one of a kind for all
// runs of a command.
type ciFiles struct{ junit, markdown string }

func (c *ciFiles) flags(f *pflag.FlagSet) {
	f.StringVar(&c.junit, "junit", "", "`FILE` for the result as JUnit XML: a suite for each scenario, a test case for each threshold")
	f.StringVar(&c.markdown, "markdown", "", "`FILE` for the result as Markdown, for a summary page")
}

// check makes sure that they can be written.
func (c ciFiles) check() error {
	return errors.Join(checkOut("junit", c.junit), checkOut("markdown", c.markdown))
}

func (c ciFiles) write(runs []reports.Run) error {
	var errs []error
	for _, f := range []struct {
		what, path string
		write      func(io.Writer, []reports.Run) error
	}{{"junit", c.junit, reports.JUnit}, {"markdown", c.markdown, reports.Markdown}} {
		if f.path != "" {
			errs = append(errs, writeOut(f.what, f.path, func(w io.Writer) error { return f.write(w, runs) }))
		}
	}
	return errors.Join(errs...)
}
