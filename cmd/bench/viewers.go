package main

import (
	"context"
	_ "embed"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"time"
)

// crowd is viewers of a live stream without renditions to choose from, sound and picture
// together: one connection each, and two requests a segment.
type crowd struct {
	viewers int
	segment time.Duration
	clients []string
}

// crowds are what is measured: as many as one core is to bear; as many as k6 bears, for
// comparison; and as many as there are descriptors for.
func crowds(o options) []crowd {
	return []crowd{
		{o.viewers, 2 * time.Second, []string{"bare", "lean"}},
		{o.viewers * 5 / 8, 2 * time.Second, []string{"bare", "lean", "net", "k6"}},
		{o.most, 6 * time.Second, []string{"bare", "lean"}},
	}
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
	fmt.Fprintf(to, viewersHeading, o.ramp, settle, o.window, settings())
	for _, c := range crowds(o) {
		var least time.Duration
		for _, client := range c.clients {
			cmd, err := o.viewing(ctx, client, c, origin)
			if err != nil {
				fmt.Fprintf(to, "| %d | %s | – | – | – | %v |\n", c.viewers, names[client], err)
				continue
			}
			f, err := watch(ctx, o, c, cmd, client == "bare")
			if err != nil {
				return fmt.Errorf("%s, %d viewers: %w", client, c.viewers, err)
			}
			if client == "bare" {
				least = f.cost
			}
			if client == "lean" || client == "net" {
				f.said = told(filepath.Join(origin.dir, "summary.json"))
			}
			fmt.Fprintf(to, "| %d, %v | %s | %.4f | %.1f | %.1f | %s |\n", c.viewers, c.segment, names[client],
				float64(f.cost)/1e6, float64(f.cost)/float64(least), f.resident, f.said)
		}
	}
	return nil
}

var names = map[string]string{
	"bare": "bare: requests on a 10 ms grid, no player", "lean": "soak, lean", "net": "soak, net/http", "k6": "k6, no player",
}

const viewersHeading = `
# What a viewer costs

Viewers of live HLS, segments of 10 KB of sound and picture together, two requests a segment, plain HTTP; those of soak are whole
` + "`hlsjs`" + ` players whose tokens are renewed (` + "`--sign`" + `). They come within %v; %v later the client's processor time is taken for %v, and
its largest resident memory so far. nginx on a core of its own, the client on another with GOMAXPROCS=1. %s

| viewers, segments | client | ms of processor per viewer-second | ÷ bare | KB per viewer | soak's own word |
|---|---|---|---|---|---|
`

// viewing is the command that lets so many viewers watch.
func (o options) viewing(ctx context.Context, client string, c crowd, origin *origin) (*exec.Cmd, error) {
	seconds := strconv.FormatFloat(c.segment.Seconds(), 'g', -1, 64)
	dir := fmt.Sprintf("http://%s/cmaf/1_live/AAAAAAAAAAAAAAAAAAAAAA/1764183600/%s", origin.plain, seconds)
	all := o.ramp + settle + o.window + settle
	var args []string
	env := append(os.Environ(), "GOMAXPROCS=1")
	switch client {
	case "bare":
		self, err := os.Executable()
		if err != nil {
			return nil, err
		}
		args = []string{self, "-client", "bare", "-url", dir, "-viewers", strconv.Itoa(c.viewers), "-ramp", o.ramp.String(), "-segment", c.segment.String()}
	case "k6":
		if _, err := exec.LookPath("k6"); err != nil {
			return nil, fmt.Errorf("not installed")
		}
		script := filepath.Join(origin.dir, "k6.js")
		if err := os.WriteFile(script, k6Script, 0o644); err != nil {
			return nil, err
		}
		args = []string{"k6", "run", "--quiet", "--no-usage-report", "--no-summary", script}
		env = append(env, "URL="+dir, "VIEWERS="+strconv.Itoa(c.viewers), "DURATION="+all.String(),
			fmt.Sprint("EVERY=", c.segment.Seconds()/2), fmt.Sprint("RAMP=", o.ramp.Seconds()))
	default:
		args = []string{filepath.Join(origin.dir, "soak"), "run", "--url", dir + "/master.m3u8", "--sign", "1:SOAK_BENCH_SECRET",
			"--set", "target.videos.live=live", "--set", "viewers.mix[*].stream=live", "--player", "hlsjs", "--policy", "steady", "--link", "lan",
			"--viewers", strconv.Itoa(c.viewers), "--arrival", "ramp " + o.ramp.String(), "--duration", all.String(), "--ttl", "60s", "--lead", "10s",
			"--transport", client, "--causes=false", "--out", filepath.Join(origin.dir, "summary.json")}
		env = append(env, "SOAK_BENCH_SECRET=of no use")
	}
	cmd := exec.CommandContext(ctx, "taskset", append([]string{"-c", "0"}, args...)...)
	cmd.Env = env
	return cmd, nil
}

//go:embed k6.js
var k6Script []byte

// watch runs a client and measures it. Its process is taskset's, which becomes it.
func watch(ctx context.Context, o options, c crowd, cmd *exec.Cmd, endless bool) (f figures, err error) {
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
	if err := wait(o.ramp + settle); err != nil {
		return f, err
	}
	began, before := time.Now(), time.Duration(0)
	if before, err = spent(pid); err != nil {
		return f, err
	}
	if err := wait(o.window); err != nil {
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
