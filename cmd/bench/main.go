// Bench measures what a request over sockets costs the client, beside wrk, and what a
// viewer costs, beside a client without a player and k6: processor time of the client
// alone.
//
//	go run ./cmd/bench            # prints the tables: half an hour
//	go run ./cmd/bench -o bench/TABLE.md
//	go run ./cmd/bench -of viewers -viewers 4000
//
// The origin is nginx, pinned to the last core; clients run one after another, several
// times in turn, on core 0 with GOMAXPROCS=1. Compare figures of one table only: a
// shared machine's caches are not the same twice.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"regexp"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"time"
)

func main() { os.Exit(run(os.Args[1:], os.Stdout, os.Stderr)) }

// options are the flags.
type options struct {
	of, out, client, url  string
	requests, conns       int
	rounds                int
	viewers, most         int
	ramp, window, segment time.Duration
}

func run(args []string, stdout, stderr io.Writer) int {
	var o options
	f := flag.NewFlagSet("bench", flag.ContinueOnError)
	f.SetOutput(stderr)
	f.StringVar(&o.out, "o", "", "`FILE` for the table, besides standard output")
	f.IntVar(&o.rounds, "rounds", 5, "how often each client is measured; the median counts")
	f.IntVar(&o.conns, "conns", 32, "connections, each with one request under way")
	f.StringVar(&o.of, "of", "", "one table only: requests or viewers")
	f.IntVar(&o.viewers, "viewers", 8000, "how many viewers there are, and five in eight and a quarter of them beside k6")
	f.IntVar(&o.most, "most", 19000, "how many viewers there are of a stream with longer segments: as many as there are descriptors for")
	f.DurationVar(&o.ramp, "ramp", 10*time.Second, "within which viewers come")
	f.DurationVar(&o.window, "window", 20*time.Second, "for which they are measured then")
	f.DurationVar(&o.segment, "segment", 2*time.Second, "length of the segments that the bare client asks for")
	f.StringVar(&o.client, "client", "", "be this client of -url: lean or net, and print nanoseconds a request; bare, and watch")
	f.StringVar(&o.url, "url", "", "what to ask for")
	f.IntVar(&o.requests, "n", 20000, "requests")
	if f.Parse(args) != nil {
		return 1
	}
	if o.out != "" && o.of != "" {
		fmt.Fprintln(stderr, "bench: -o is for both tables, -of for one")
		return 1
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	var err error
	switch {
	case o.client == "bare":
		err = beBare(ctx, o)
	case o.client != "":
		err = be(o, stdout)
	default:
		err = compare(ctx, o, stdout)
	}
	if err != nil {
		fmt.Fprintln(stderr, "bench:", err)
		return 2
	}
	return 0
}

// load is what is asked for.
type load struct {
	name, scheme string
	bytes        int
	requests     int
	allowed      float64 // of wrk's processor time
}

var loads = [...]load{
	{"10 KB", "http", 10_000, 20_000, 1.8},
	{"500 KB", "http", 500_000, 2_000, 0.8},
	{"500 KB, TLS 1.3", "https", 500_000, 1_000, 1.1},
}

var clients = [...]string{"wrk", "lean", "net"}

// tables are what bench measures.
var tables = [...]struct {
	name string
	make func(context.Context, options, *origin, io.Writer) error
}{{"requests", compareRequests}, {"viewers", compareViewers}}

// compare makes the tables.
func compare(ctx context.Context, o options, stdout io.Writer) error {
	for _, program := range []string{"wrk", "nginx", "taskset"} {
		if _, err := exec.LookPath(program); err != nil {
			return fmt.Errorf("%w; apt-get install wrk nginx-light util-linux", err)
		}
	}
	origin, err := startOrigin(ctx)
	if err != nil {
		return err
	}
	defer origin.stop()
	var all strings.Builder
	for _, t := range tables {
		if o.of != "" && o.of != t.name {
			continue
		}
		if err := t.make(ctx, o, origin, io.MultiWriter(stdout, &all)); err != nil {
			return err
		}
	}
	if o.out != "" {
		return os.WriteFile(o.out, []byte(all.String()), 0o644)
	}
	return nil
}

// compareRequests measures every client under every load.
func compareRequests(ctx context.Context, o options, origin *origin, to io.Writer) error {
	fmt.Fprint(to, heading(o))
	for _, l := range loads {
		row, err := measure(ctx, o, origin, l)
		if err != nil {
			return err
		}
		fmt.Fprint(to, row)
	}
	return nil
}

func heading(o options) string {
	return fmt.Sprintf(`# What a request costs the client

Processor time of the client alone, user and system; %d connections with one request under way each, kept alive; nginx on a
core of its own, the client on another with GOMAXPROCS=1; the median of %d rounds in turn. %s

| load | wrk | lean | net/http | lean ÷ wrk | at most |
|---|---|---|---|---|---|
`, o.conns, o.rounds, settings())
}

// machine is the processor's name.
func machine() string {
	info, _ := os.ReadFile("/proc/cpuinfo") // absent elsewhere
	if m := regexp.MustCompile(`(?m)^model name\s*:\s*(.+)$`).FindSubmatch(info); m != nil {
		return string(m[1])
	}
	return runtime.GOARCH
}

// busy is how many others want the processors, of which ratios suffer.
func busy() string {
	load, err := os.ReadFile("/proc/loadavg")
	if err != nil {
		return "unknown"
	}
	first, _, _ := strings.Cut(string(load), " ")
	return first
}

// measure is one row: the clients take turns.
func measure(ctx context.Context, o options, origin *origin, l load) (string, error) {
	cost := map[string][]float64{}
	for range o.rounds {
		for _, client := range clients {
			took, err := oneClient(ctx, o, client, l, origin.url(l))
			if err != nil {
				return "", fmt.Errorf("%s, %s: %w", client, l.name, err)
			}
			cost[client] = append(cost[client], took)
		}
	}
	per := func(client string) string {
		us := median(cost[client]) / 1e3
		if l.bytes < 100_000 {
			return fmt.Sprintf("%.1f µs", us)
		}
		return fmt.Sprintf("%.0f µs/MB", us*1e6/float64(l.bytes))
	}
	return fmt.Sprintf("| %s | %s | %s | %s | %.2f | %.1f |\n", l.name, per("wrk"), per("lean"), per("net"),
		median(cost["lean"])/median(cost["wrk"]), l.allowed), nil
}

func median(all []float64) float64 {
	all = slices.Sorted(slices.Values(all))
	return all[len(all)/2]
}

// oneClient runs a client on core 0 and tells the nanoseconds a request.
func oneClient(ctx context.Context, o options, client string, l load, url string) (float64, error) {
	if client == "wrk" {
		return wrk(ctx, o, url)
	}
	self, err := os.Executable()
	if err != nil {
		return 0, err
	}
	cmd := exec.CommandContext(ctx, "taskset", "-c", "0", self, "-client", client, "-url", url, "-n", strconv.Itoa(l.requests), "-conns", strconv.Itoa(o.conns))
	cmd.Env = append(os.Environ(), "GOMAXPROCS=1")
	cmd.Stderr = os.Stderr
	out, err := cmd.Output()
	if err != nil {
		return 0, err
	}
	return strconv.ParseFloat(strings.TrimSpace(string(out)), 64)
}

// wrk asks for a second; it tells how many answers it had.
func wrk(ctx context.Context, o options, url string) (float64, error) {
	cmd := exec.CommandContext(ctx, "taskset", "-c", "0", "wrk", "-t1", "-c"+strconv.Itoa(o.conns), "-d1s", url)
	out, err := cmd.Output()
	if err != nil {
		return 0, err
	}
	m := regexp.MustCompile(`(\d+) requests in`).FindSubmatch(out)
	if m == nil || strings.Contains(string(out), "Non-2xx") {
		return 0, errors.New("wrk had no good answers: " + string(out))
	}
	n, err := strconv.ParseFloat(string(m[1]), 64)
	if err != nil || n == 0 {
		return 0, fmt.Errorf("wrk had %s answers", m[1])
	}
	state := cmd.ProcessState
	return float64(state.UserTime()+state.SystemTime()) / n, nil
}
