//go:build e2e

package e2e

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"os/exec"
	"strings"
	"testing"
	"time"
)

// lived is what live.mjs saw of a run.
type lived struct {
	Errors, Violations, Outside []string
	Waiting, Said, Verdict      string
	Needs, ShowedAfter, Buttons int
	Failed, Held, Grows         bool
	Stays                       int
	Drawn                       map[string]int
	Cursor                      []string
	Narrow                      struct {
		Scroll       int
		Paper, Clock string
	}
}

// A run that is shown in Chromium starts, goes on, is struck by an outage that shows
// within two seconds, is held, and ends, all by the page's own buttons, without an
// error or a violation of the policy.
func TestLivePage(t *testing.T) {
	need(t, chromium, node) // alone: two seconds are two seconds
	needPackage(t, "playwright-core")
	ctx := bounded(t, 4*time.Minute)
	run := exec.CommandContext(ctx, soak(t), "run", "--web", ":0", "--web-wait", "--viewers", "40", "--arrival", "ramp 8s", "--duration", "10m", "--ttl", "12s", "--lead", "6s", "--out", "")
	stderr, err := run.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	var report bytes.Buffer
	run.Stdout = &report
	if err := run.Start(); err != nil {
		t.Fatal(err)
	}
	url, lines := "", bufio.NewScanner(stderr)
	for url == "" && lines.Scan() {
		if at, ok := strings.CutPrefix(lines.Text(), "live on "); ok {
			url = at
		}
	}
	drained := make(chan struct{})
	go func() {
		defer close(drained)
		_, _ = io.Copy(io.Discard, stderr) // until the run ends
	}()
	v := watchLive(t, exec.CommandContext(ctx, "node", "live.mjs", url))
	<-drained
	if exit := new(exec.ExitError); !errors.As(run.Wait(), &exit) || exit.ExitCode() != 105 {
		t.Errorf("the run exits with %v; want 105: it was stopped by hand", run.ProcessState)
	}
	if len(v.Errors)+len(v.Violations)+len(v.Outside) > 0 {
		t.Errorf("errors %q, violations of the policy %q, requests elsewhere %q; want none", v.Errors, v.Violations, v.Outside)
	}
	if v.Waiting != "· READY" || !v.Failed || !v.Held || v.Said != "done" || v.Needs != 2 || v.Verdict != "? INTERRUPTED" || v.Buttons != 0 {
		t.Errorf("the page saw %+v", v)
	}
	if !v.Grows || v.Stays != 3 {
		t.Errorf("charts grow with time: %v; one that was looked at closely ends at %d; want true and 3", v.Grows, v.Stays)
	}
	if v.ShowedAfter > 2000 {
		t.Errorf("an injected outage shows after %d ms; want 2 s at most", v.ShowedAfter)
	}
	if len(v.Drawn) < 6 {
		t.Errorf("charts %v; want those of a report", v.Drawn)
	}
	for id, pixels := range v.Drawn {
		if pixels < 500 {
			t.Errorf("chart %s has %d pixels painted", id, pixels)
		}
	}
	if len(v.Cursor) != 2 || !strings.Contains(v.Cursor[0], "0:03") || v.Cursor[0] != v.Cursor[1] {
		t.Errorf("cursors say %q; want the same time, 0:03", v.Cursor)
	}
	if v.Narrow.Scroll > 390 || v.Narrow.Paper == "rgb(255, 255, 255)" || v.Narrow.Clock == "" {
		t.Errorf("on a narrow dark screen: %+v", v.Narrow)
	}
	for _, want := range []string{"INTERRUPTED", "By hand", "the token API answers every call with 503, for 12s", "arrivals held"} {
		if !strings.Contains(report.String(), want) {
			t.Errorf("the report lacks %q:\n%s", want, report.String())
		}
	}
}

func watchLive(t *testing.T, cmd *exec.Cmd) (v lived) {
	t.Helper()
	var said bytes.Buffer
	cmd.Stderr = &said
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("live.mjs: %v\n%s", err, said.String())
	}
	if err := json.Unmarshal(out, &v); err != nil {
		t.Fatalf("live.mjs wrote %s: %v", out, err)
	}
	return v
}
