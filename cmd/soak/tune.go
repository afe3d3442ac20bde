package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"soak/reports"
	"soak/tune"
)

// tuneTime is how long soak tune looks for an answer unless told otherwise.
const tuneTime = 45 * time.Second

// tuneFlags are the flags of soak tune that say where results go and how long to look.
type tuneFlags struct {
	scenario string
	budget   string
	rounds   int
	shard    string
	json     string
	html     string
	confirm  bool
	measure  int
	from     string
}

func (a *app) tuneCommand() *cobra.Command {
	var flags tuneFlags
	cmd := &cobra.Command{
		Use:   "tune [FILE]",
		Short: "Find the token life and the lead that an audience bears",
		Long: `Tune looks for the TTL, the lead, the jitter and the way of calling again with
which so few viewers notice anything as you want, and says how sure it is and what
each choice costs. FILE, --scenario or a built-in evening's audience say who
watches, over which links, and how the token API answers.

Viewers are computed, with the player and refresher code of "soak run --virtual":
first the closed form tells which choices are out of question, then refreshers are
played alone for many viewer-hours, then those viewers whole whose tokens may come
late. More is spent where the answer is uncertain. Ctrl-C gives the answer so far.

With --budget 5000h (viewer-hours of whole players) or --rounds the same question
has the same answer to the byte; a budget in seconds only picks the number of
rounds, which is said. The exit code is 5 where nothing meets the target.`,
		Example: `  soak tune
  soak tune event.yaml --viewers 100000 --join 10s --capacity 2000
  soak tune --edge-rule whole --skew 2s --target 1/100000 --exposure 60s
  soak tune --from summary.json --html tune.html`,
		Args: cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, files []string) error { return a.runTune(cmd, flags, files) },
	}
	f := cmd.Flags()
	f.SortFlags = false
	f.StringVar(&flags.scenario, "scenario", "", "`NAME` of a built-in scenario whose audience, links and lab are meant: \"soak scenarios list\"")
	addQuestion(cmd)
	f.StringVar(&flags.budget, "budget", "", "when to stop: `LIMIT` in time or in hours of whole players (5000h); 45s, or no such end with --rounds")
	f.IntVar(&flags.rounds, "rounds", 0, "stop after `N` rounds, which repeats an answer to the byte; 0 for no such end")
	f.IntVar(&flags.measure, "measure", 0, "call the scenario's token API `N` times first, at most twice a second, and take what it does for its law")
	f.StringVar(&flags.from, "from", "", "`FILE` of a recorded run, a summary.json, whose token calls are the API's law")
	f.StringVar(&flags.shard, "shard", "", "do a `PART` of the sweep only, as in 1/4, and write it to the --json file, for \"soak tune merge\"")
	f.BoolVar(&flags.confirm, "confirm", false, "play the recommended choice and a bad neighbour over sockets too, and compare")
	f.StringVar(&flags.json, "json", "", "`FILE` for the answer as JSON")
	f.StringVar(&flags.html, "html", "", "`FILE` for the answer as a page of HTML")
	cmd.AddCommand(a.tuneMergeCommand())
	return cmd
}

func (a *app) runTune(cmd *cobra.Command, flags tuneFlags, files []string) error {
	if err := errors.Join(checkOut("json", flags.json), checkOut("html", flags.html)); err != nil {
		return usage(err)
	}
	c, err := a.question(cmd, flags, files)
	if err != nil {
		return err
	}
	return a.answer(cmd, flags, files, c, nil)
}

// answer looks for the answer and tells it.
func (a *app) answer(cmd *cobra.Command, flags tuneFlags, files []string, c tune.Config, parts []*tune.Part) error {
	opt := tune.Options{Parts: parts}
	var err error
	if opt.Shard, err = readShard(flags.shard); err != nil {
		return usage(err)
	}
	if flags.shard != "" && flags.json == "" {
		return usage(errors.New("--shard writes a part of the sweep: name its file with --json"))
	}
	if err := errors.Join(c.Filled().Validate(), opt.Shard.Validate()); err != nil {
		return usage(err)
	}
	started := time.Now()
	if limit := c.Budget.Time; limit > 0 {
		opt.Enough = func() bool { return time.Since(started) > limit }
	}
	show := a.tuneProgress(c.Budget, started)
	opt.Progress = show.update
	r, part, err := tune.Run(cmd.Context(), c, opt)
	show.done()
	if err != nil {
		return tuneError(cmd.Context(), err)
	}
	r.Spent.Elapsed = tune.Seconds(time.Since(started))
	if flags.shard != "" {
		return writeOut("part", flags.json, part.Write)
	}
	var unconfirmed error
	if flags.confirm && !r.Interrupted {
		unconfirmed = tuneError(cmd.Context(), a.confirm(cmd.Context(), r))
	}
	// What was found is told all the same: it took its time.
	if err := errors.Join(unconfirmed, a.tellAnswer(flags, r, tuneCommandOf(cmd, files, r))); err != nil {
		return err
	}
	return codeOfAnswer(r)
}

// tuneError tells a sweep that was ended before there was anything to say from one that
// could not be.
func tuneError(ctx context.Context, err error) error {
	if ctx.Err() != nil && errors.Is(err, context.Canceled) {
		return &failure{codeInterrupted, err}
	}
	return err
}

// tellAnswer writes the answer wherever it is wanted.
func (a *app) tellAnswer(flags tuneFlags, r *tune.Result, command string) error {
	r.Config.Scenario = hidden(r.Config.Scenario)
	width, _ := terminal(a.stdout)
	if err := reports.TuneText(a.stdout, r, command, width, colourful(a.stdout)); err != nil {
		return fmt.Errorf("answer: %w", err)
	}
	if r.Confirmed != nil && len(r.Confirmed.Cells) > 0 {
		fmt.Fprintln(a.stdout)
		if err := reports.TuneConfirmation(a.stdout, r.Confirmed, width, colourful(a.stdout)); err != nil {
			return fmt.Errorf("answer: %w", err)
		}
	}
	for _, f := range []struct {
		what, path string
		write      func(io.Writer) error
	}{
		{"answer", flags.json, func(w io.Writer) error { return reports.TuneJSON(w, r, command, version()) }},
		{"page", flags.html, func(w io.Writer) error { return reports.TunePage(w, r, command, version()) }},
	} {
		if f.path == "" {
			continue
		}
		if err := writeOut(f.what, f.path, f.write); err != nil {
			return err
		}
		fmt.Fprintf(a.stderr, "%s in %s\n", f.what, f.path)
	}
	return nil
}

// codeOfAnswer is the exit code of an answer.
func codeOfAnswer(r *tune.Result) error {
	switch {
	case r.Interrupted, r.Confirmed != nil && r.Confirmed.Interrupted:
		return &failure{code: codeInterrupted}
	case r.Recommended() == nil:
		return &failure{code: codeNone}
	case r.Confirmed != nil && !r.Confirmed.OK():
		return &failure{code: codeFail}
	}
	return nil
}

// tuneMergeCommand joins what several processes counted.
func (a *app) tuneMergeCommand() *cobra.Command {
	var flags tuneFlags
	cmd := &cobra.Command{
		Use:   "merge PART…",
		Short: "Join the parts of a sweep that several processes have done",
		Long: `Merge reads the files that "soak tune --shard 1/2 --json FILE" and its like have
written, counts what is still missing, and tells the answer: the same to the byte as
that of one process with the same number of rounds.`,
		Example: `  soak tune --shard 1/2 --json a.json --budget 2000h &
  soak tune --shard 2/2 --json b.json --budget 2000h
  soak tune merge a.json b.json --rounds 12`,
		Args: cobra.MinimumNArgs(1),
		RunE: func(cmd *cobra.Command, files []string) error {
			if err := errors.Join(checkOut("json", flags.json), checkOut("html", flags.html)); err != nil {
				return usage(err)
			}
			parts, err := readParts(files)
			if err != nil {
				return usage(err)
			}
			c := parts[0].Config
			if c.Budget, err = readBudget(flags.budget, flags.rounds); err != nil {
				return usage(err)
			}
			return a.answer(cmd, flags, append([]string{"merge"}, files...), c, parts)
		},
	}
	f := cmd.Flags()
	f.SortFlags = false
	f.StringVar(&flags.budget, "budget", "", "when to stop: `LIMIT` in time or in hours of whole players (5000h); 45s, or no such end with --rounds")
	f.IntVar(&flags.rounds, "rounds", 0, "stop after `N` rounds, which repeats an answer to the byte; 0 for no such end")
	f.StringVar(&flags.json, "json", "", "`FILE` for the answer as JSON")
	f.StringVar(&flags.html, "html", "", "`FILE` for the answer as a page of HTML")
	return cmd
}

func readParts(files []string) (parts []*tune.Part, err error) {
	for _, name := range files {
		f, err := os.Open(name)
		if err != nil {
			return nil, fmt.Errorf("part: %w", err)
		}
		p, err := tune.ReadPart(io.LimitReader(f, largest))
		f.Close()
		if err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		parts = append(parts, p)
	}
	return parts, nil
}

// noMatter are flags of tune that tuneCommandOf does not repeat: where results go, and
// how long was looked for the answer, in whose place the number of rounds stands.
var noMatter = []string{"json", "html", "confirm", "budget", "rounds", "seed"}

// tuneCommandOf is the command line that has the same answer.
func tuneCommandOf(cmd *cobra.Command, files []string, r *tune.Result) string {
	args := []string{"soak", "tune"}
	for _, f := range files {
		args = append(args, quoted(f))
	}
	args = append(args, typed(cmd, func(name string) bool { return slices.Contains(noMatter, name) })...)
	if cmd.Flags().Lookup("seed") != nil {
		args = append(args, "--seed", fmt.Sprint(r.Config.Seed))
	}
	return strings.Join(append(args, "--budget", "0s", "--rounds", fmt.Sprint(r.Spent.Rounds)), " ")
}
