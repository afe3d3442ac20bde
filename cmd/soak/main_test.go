package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"soak/fleet"
	"soak/qoe"
	"soak/scenarios"
	"soak/tune"
)

// TestMain makes three commands for the scripts: soak, the whole program; soak-told,
// whose fleet and trials do what the environment variable TOLD says; and soak-short,
// which is the whole program too, but plays trials for moments only.
func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){
		"soak": main,
		"soak-told": func() {
			a := &app{stdin: os.Stdin, stdout: os.Stdout, stderr: os.Stderr, fleet: told, trials: toldTrials}
			os.Exit(a.run(context.Background(), os.Args[1:]))
		},
		"soak-short": func() {
			a := &app{stdin: os.Stdin, stdout: os.Stdout, stderr: os.Stderr, fleet: fleet.Run, trials: shortTrials}
			os.Exit(a.run(context.Background(), os.Args[1:]))
		},
	})
}

func TestScripts(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir:                 "testdata/script",
		RequireExplicitExec: true,
		Setup:               setup,
		Cmds:                map[string]func(*testscript.TestScript, bool, []string){"exitcode": exitcode},
	})
}

// setup tells scripts where the repository is, and a line's end, which they cannot
// write.
func setup(env *testscript.Env) error {
	repo, err := filepath.Abs("../..")
	env.Setenv("REPO", repo)
	env.Setenv("LINE", "\n")
	return err
}

// exitcode runs a command and requires an exit code: exitcode 2 soak run --bad. Where
// a busy machine makes a difference there are two: exitcode 0|99.
func exitcode(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: exitcode N command…")
	}
	want := strings.Split(args[0], "|")
	got := 0
	var exit *exec.ExitError
	if err := ts.Exec(args[1], args[2:]...); errors.As(err, &exit) {
		got = exit.ExitCode()
	} else if err != nil {
		ts.Fatalf("%s: %v", args[1], err)
	}
	if !slices.Contains(want, strconv.Itoa(got)) {
		ts.Fatalf("exit code %d; want %s", got, args[0])
	}
}

// told is a fleet that runs nothing and returns what TOLD says, or what a
// scenario's watch key says if it says something.
func told(ctx context.Context, sc scenarios.Scenario, opt fleet.Options) (*fleet.Result, error) {
	what := os.Getenv("TOLD")
	if sc.Watch != "" && len(sc.Watch) < 20 {
		what = sc.Watch
	}
	r := &fleet.Result{Scenario: sc, Virtual: opt.Virtual, Started: time.Unix(1_800_000_000, 0), Elapsed: time.Second}
	shard := qoe.NewShard(r.Started)
	if what != "nobody" {
		watch(shard, what == "refused")
	}
	r.Summary = shard.Summary()
	switch what {
	case "unreachable":
		return nil, fmt.Errorf("%w: token API http://127.0.0.1:1: connection refused", fleet.ErrUnreachable)
	case "descriptors":
		return nil, fmt.Errorf("%w: 10000 viewers need 40000 file descriptors, 1024 are allowed; raise ulimit -n", fleet.ErrConfig)
	case "broken":
		return nil, errors.New("something broke")
	case "late":
		r.Health.LatenessP99 = time.Second
	case "interrupted":
		r.Interrupted = true
	}
	return r, nil
}

// toldTrials plays nothing: a cell of every trial is as TOLD says.
func toldTrials(ctx context.Context, trials []tune.Trial, progress func(float64)) (*tune.Confirmation, error) {
	part := func(k int) tune.Share { return tune.Share{Of: 100, K: k, Interval: tune.Wilson(k, 100, 0.95)} }
	c := &tune.Confirmation{}
	for i, t := range trials {
		cell := tune.Confirmed{Name: t.Name, Viewers: t.Wall.Viewers.Count, Duration: tune.Seconds(t.Wall.Duration), Keyed: true, Cycles: tune.Pairs{BothGood: 100}, Agree: part(100), SameBad: part(100)}
		switch os.Getenv("TOLD") {
		case "unlike":
			cell.Cycles, cell.Agree = tune.Pairs{BothGood: 50, OnlyWall: 50}, part(50)
		case "late":
			cell.Saturated = []string{"timers ran late: p99 137ms, allowed 100ms"}
		case "interrupted":
			cell.Interrupted, c.Interrupted = true, true
		case "unreachable":
			_, err := told(ctx, t.Wall, fleet.Options{})
			return c, fmt.Errorf("confirm %s: %w", t.Name, err)
		}
		c.Cells = append(c.Cells, cell)
		if progress(float64(i+1) / float64(len(trials))); c.Interrupted {
			break
		}
	}
	return c, nil
}

// shortTrials plays the first trial over sockets, for a cycle of tokens that live six
// seconds.
func shortTrials(ctx context.Context, trials []tune.Trial, progress func(float64)) (*tune.Confirmation, error) {
	trials[0].Wall.Arrival.Over, trials[0].Wall.Duration = 200*time.Millisecond, 7*time.Second
	return tune.Confirm(ctx, trials[:1], progress)
}

func watch(shard *qoe.Shard, refused bool) {
	start := time.Unix(1_800_000_000, 0)
	v := shard.Viewer(0, qoe.Labels{Cohort: "one"})
	v.Emit(qoe.Startup{At: start, Took: time.Second})
	v.Emit(qoe.Refresh{Start: start, Took: 80 * time.Millisecond, Status: 200, Installed: true})
	f := qoe.Fetch{Kind: qoe.Segment, Start: start, Took: 100 * time.Millisecond, Status: 200, Signed: true, Margin: 9 * time.Second}
	if refused {
		f.Status, f.Failure, f.Margin = 410, qoe.StatusFailure, -2*time.Second
	}
	v.Emit(f)
	v.Emit(qoe.Leave{At: start.Add(time.Minute), Watched: time.Minute, Played: 59 * time.Second, BitTime: 59e6})
}
