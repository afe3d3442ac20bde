package main

import (
	"errors"
	"fmt"
	"io"

	"soak/reports"
)

// jobFiles are the files that one scenario's report goes to; "" for none.
type jobFiles struct{ summary, page, csv, events string }

// filesOf names the files of each job.
func filesOf(flags runFlags, jobs []job) []jobFiles {
	files := make([]jobFiles, len(jobs))
	summaries, pages := outFiles(flags.out, jobs), outFiles(flags.html, jobs)
	csvs, events := outFiles(flags.csv, jobs), outFiles(flags.events, jobs)
	for i := range files {
		files[i] = jobFiles{summaries[i], pages[i], csvs[i], events[i]}
	}
	return files
}

// check makes sure that they can be written.
func (f jobFiles) check() error {
	return errors.Join(checkOut("out", f.summary), checkOut("html", f.page), checkOut("csv", f.csv), checkOut("events", f.events))
}

// write writes what is made of a report, and tells where it is. Events were written
// during the run.
func (a *app) write(files jobFiles, r reports.Report) error {
	for _, f := range []struct {
		what, path string
		write      func(io.Writer, reports.Report) error
	}{
		{"summary", files.summary, reports.JSON},
		{"page", files.page, reports.RunPage},
		{"timeline", files.csv, reports.CSV},
	} {
		if f.path == "" {
			continue
		}
		if err := writeOut(f.what, f.path, func(w io.Writer) error { return f.write(w, r) }); err != nil {
			return err
		}
		fmt.Fprintf(a.stderr, "%s in %s\n", f.what, f.path)
	}
	if files.events != "" {
		fmt.Fprintf(a.stderr, "events in %s\n", files.events)
	}
	return nil
}
