package main

import (
	"cmp"
	"context"
	_ "embed"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"time"
)

// crowd is viewers of a live stream without renditions to choose from, sound and picture
// together: one connection each, and two requests a segment.
type crowd struct {
	viewers int
	segment time.Duration
	bytes   int // of a segment
	safe    bool
	ramp    time.Duration // within which they come
	window  time.Duration // for which they are measured
	rounds  int           // in which they are measured in turn; the median counts
	clients []string
}

// light is a segment of which a core bears many, heavy one of 5 Mbit/s for 2 s.
const light, heavy = 10_000, 1_250_000

// crowds are what is measured: as many as one core is to bear; as many as k6 bears, and
// fewer, for comparison, in rounds, as a core's pace differs from one minute to the next; as
// many as there are descriptors for, who come more slowly, as to come takes a viewer half a
// millisecond of the core; as many at 5 Mbit/s as one core is to bear, plain and under TLS;
// and more than it bears, which soak has to say (over net/http, with which the client is at
// its end long before nginx is).
func crowds(o options) []crowd {
	heavily := max(o.window, time.Minute)
	return []crowd{
		{o.viewers, 2 * time.Second, light, false, o.ramp, o.window, 1, []string{"bare", "lean"}},
		{o.viewers * 5 / 8, 2 * time.Second, light, false, o.ramp, o.window, 1, []string{"bare", "net"}},
		{o.viewers / 4, 2 * time.Second, light, false, o.ramp, o.window, o.rounds, []string{"lean", "k6", "k6-blind"}},
		{o.viewers * 5 / 8, 2 * time.Second, light, false, o.ramp, o.window, o.rounds, []string{"lean", "k6", "k6-blind"}},
		{o.most, 6 * time.Second, light, false, 3 * o.ramp, o.window, 1, []string{"bare", "lean"}},
		{o.viewers / 8, 2 * time.Second, heavy, false, o.ramp, heavily, 1, []string{"lean"}},
		{o.viewers / 20, 2 * time.Second, heavy, true, o.ramp, heavily, 1, []string{"lean"}},
		{o.most, 2 * time.Second, light, false, o.ramp, o.window, 1, []string{"net"}},
	}
}

func (c crowd) String() string {
	size := strconv.FormatFloat(float64(c.bytes)/1e3, 'g', -1, 64) + " KB"
	if c.safe {
		size += ", TLS"
	}
	return fmt.Sprintf("%d, %v of %s", c.viewers, c.segment, size)
}

// dir is the URL of the crowd's stream.
func (c crowd) dir(o *origin) string {
	scheme, host := "http", o.plain
	if c.safe {
		scheme, host = "https", o.safe
	}
	return fmt.Sprintf("%s://%s/cmaf/1_live/AAAAAAAAAAAAAAAAAAAAAA/1764183600/%g-%d", scheme, host, c.segment.Seconds(), c.bytes)
}

// settle is what viewers are given after the last has come before they are measured, and
// afterwards before they leave.
const settle = 4 * time.Second

// figures are what was measured of a client.
type figures struct {
	cost     time.Duration // of processor, per viewer and second
	resident float64       // KB per viewer, at most
	said     string        // by soak: its lateness, and what it thinks of its figures
}

// compareViewers measures every client with every crowd.
func compareViewers(ctx context.Context, o options, origin *origin, to io.Writer) error {
	soak := filepath.Join(origin.dir, "soak")
	if out, err := exec.CommandContext(ctx, "go", "build", "-o", soak, "soak/cmd/soak").CombinedOutput(); err != nil {
		return fmt.Errorf("go build soak/cmd/soak: %w: %s", err, out)
	}
	fmt.Fprintf(to, viewersHeading, o.ramp, settle, o.window, o.rounds, settings())
	for _, c := range crowds(o) {
		all, err := o.watchAll(ctx, c, origin)
		if err != nil {
			return err
		}
		least := time.Duration(0)
		for i, client := range c.clients {
			if len(all[i]) == 0 {
				fmt.Fprintf(to, "| %v | %s | – | – | – | not installed |\n", c, names[client])
				continue
			}
			f := middle(all[i])
			if client == "bare" {
				least = f.cost
			}
			ratio := "–"
			if least > 0 {
				ratio = fmt.Sprintf("%.1f", float64(f.cost)/float64(least))
			}
			fmt.Fprintf(to, "| %v | %s | %.4f | %s | %.1f | %s |\n", c, names[client], float64(f.cost)/1e6, ratio, f.resident, f.said)
		}
	}
	return nil
}

// watchAll measures a crowd's clients in turn, round after round; what is not installed
// has no figures.
func (o options) watchAll(ctx context.Context, c crowd, origin *origin) ([][]figures, error) {
	all := make([][]figures, len(c.clients))
	for range c.rounds {
		for i, client := range c.clients {
			cmd, err := o.viewing(ctx, client, c, origin)
			if errors.Is(err, exec.ErrNotFound) {
				continue
			}
			var f figures
			if err == nil {
				f, err = watch(ctx, c, cmd, client == "bare")
			}
			if err != nil {
				return nil, fmt.Errorf("%s, %d viewers: %w", client, c.viewers, err)
			}
			if client == "lean" || client == "net" {
				f.said = told(filepath.Join(origin.dir, "summary.json"))
			}
			all[i] = append(all[i], f)
		}
	}
	return all, nil
}

// middle is the one in the middle by its cost.
func middle(all []figures) figures {
	slices.SortFunc(all, func(a, b figures) int { return cmp.Compare(a.cost, b.cost) })
	return all[len(all)/2]
}

var names = map[string]string{
	"bare": "bare: requests on a 10 ms grid, no player", "lean": "soak, lean", "net": "soak, net/http", "k6": "k6, reads the playlist, no player",
	"k6-blind": "k6, asks for one segment by heart, no player",
}

const viewersHeading = `
# What a viewer costs

Viewers of live HLS, sound and picture together, two requests a segment; those of soak are whole ` + "`hlsjs`" + ` players whose tokens
are renewed (` + "`--sign`" + `). They come within %v, the most of them within three times that; %v later the client's processor time is taken for %v (a minute where segments are heavy),
and its largest resident memory so far; beside k6 the median of %d rounds in turn. nginx on a core of its own, the client on another with GOMAXPROCS=1. The last crowd is more
than a core bears: soak has to call its figures invalid. %s

| viewers, segments | client | ms of processor per viewer-second | ÷ bare | KB per viewer | soak's own word |
|---|---|---|---|---|---|
`

// viewing is the command that lets so many viewers watch.
func (o options) viewing(ctx context.Context, client string, c crowd, origin *origin) (*exec.Cmd, error) {
	dir := c.dir(origin)
	all := c.ramp + settle + c.window + settle
	var args []string
	env := append(os.Environ(), "GOMAXPROCS=1")
	switch client {
	case "bare":
		self, err := os.Executable()
		if err != nil {
			return nil, err
		}
		args = []string{self, "-client", "bare", "-url", dir, "-viewers", strconv.Itoa(c.viewers), "-ramp", c.ramp.String(), "-segment", c.segment.String()}
	case "k6", "k6-blind":
		if _, err := exec.LookPath("k6"); err != nil {
			return nil, err
		}
		script := filepath.Join(origin.dir, "k6.js")
		if err := os.WriteFile(script, k6Script, 0o644); err != nil {
			return nil, err
		}
		args = []string{"k6", "run", "--quiet", "--no-usage-report", "--no-summary", script}
		env = append(env, "URL="+dir, "VIEWERS="+strconv.Itoa(c.viewers), "DURATION="+all.String(),
			fmt.Sprint("EVERY=", c.segment.Seconds()/2), fmt.Sprint("RAMP=", c.ramp.Seconds()), fmt.Sprint("READS=", client == "k6"))
	default:
		args = []string{filepath.Join(origin.dir, "soak"), "run", "--url", dir + "/master.m3u8", "--sign", "1:SOAK_BENCH_SECRET",
			"--set", "target.videos.live=live", "--set", "viewers.mix[*].stream=live", "--player", "hlsjs", "--policy", "steady", "--link", "lan",
			"--viewers", strconv.Itoa(c.viewers), "--arrival", "ramp " + c.ramp.String(), "--duration", all.String(), "--ttl", "60s", "--lead", "10s",
			"--transport", client, "--causes=false", "--out", filepath.Join(origin.dir, "summary.json")}
		env = append(env, "SOAK_BENCH_SECRET=of no use", "SSL_CERT_FILE="+filepath.Join(origin.dir, "cert.pem"))
	}
	cmd := exec.CommandContext(ctx, "taskset", append([]string{"-c", "0"}, args...)...)
	cmd.Env = env
	return cmd, nil
}

//go:embed k6.js
var k6Script []byte

// watch runs a client and measures it. Its process is taskset's, which becomes it.
func watch(ctx context.Context, c crowd, cmd *exec.Cmd, endless bool) (f figures, err error) {
	var text strings.Builder
	cmd.Stdout, cmd.Stderr = &text, &text
	if err := cmd.Start(); err != nil {
		return f, err
	}
	defer func() { _ = cmd.Process.Kill() }()
	over := make(chan error, 1)
	go func() { over <- cmd.Wait() }()
	wait := func(d time.Duration) error {
		select {
		case err := <-over:
			return fmt.Errorf("ended too soon: %v: %s", err, text.String())
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(d):
			return nil
		}
	}
	pid := cmd.Process.Pid
	if err := wait(c.ramp + settle); err != nil {
		return f, err
	}
	began, before := time.Now(), time.Duration(0)
	if before, err = spent(pid); err != nil {
		return f, err
	}
	if err := wait(c.window); err != nil {
		return f, err
	}
	after, err := spent(pid)
	if err != nil {
		return f, err
	}
	f.cost = time.Duration(float64(after-before) / time.Since(began).Seconds() / float64(c.viewers))
	kb, err := resident(pid)
	f.resident = float64(kb) / float64(c.viewers)
	if endless {
		_ = cmd.Process.Kill()
	}
	<-over
	return f, err
}

// told is what soak says of a run: how late its timers ran, how much failed, and whether
// its figures can be trusted.
func told(file string) string {
	text, err := os.ReadFile(file)
	if err != nil {
		return err.Error()
	}
	var s struct {
		Verdict struct {
			Decision string
		}
		Generator struct {
			LatenessSecondsP99 float64
		}
		Metrics map[string]float64
	}
	if err := json.Unmarshal(text, &s); err != nil {
		return err.Error()
	}
	return fmt.Sprintf("%s, timers late p99 %.0f ms, %.0f requests failed, %.0f viewers stalled", s.Verdict.Decision,
		1000*s.Generator.LatenessSecondsP99, s.Metrics["failed_requests"], s.Metrics["stalled_viewers"])
}

// settings are the machine's.
func settings() string {
	return fmt.Sprintf("Renewed by `go run ./cmd/bench -o bench/TABLE.md`.\n\n%s, %s, %d cores, %s, load average %s when it began.",
		time.Now().UTC().Format(time.DateOnly), machine(), runtime.NumCPU(), runtime.Version(), busy())
}
