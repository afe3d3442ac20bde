package main

import (
	"bufio"
	"bytes"
	"context"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"soak/fleet"
	"soak/reports"
	"soak/scenarios"
)

// TestLabServes: what soak lab prints can be fetched, and Ctrl-C ends it well.
func TestLabServes(t *testing.T) {
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	out, in := io.Pipe()
	code := make(chan int, 1)
	go func() {
		var stderr bytes.Buffer
		got := run(ctx, []string{"lab", "--listen", "127.0.0.1:0"}, nil, in, &stderr)
		in.CloseWithError(io.EOF)
		code <- got
	}()
	want := map[string]string{
		"HLS live": "#EXTM3U", "DASH live": "<MPD", "HLS VOD": "#EXTM3U", "DASH VOD": "<MPD", "token API": `"expires"`,
	}
	for line := range linesOf(t, out) {
		for name, mark := range want {
			if rest, ok := strings.CutPrefix(line, name); ok {
				if body := get(ctx, t, strings.TrimSpace(rest)); !strings.Contains(body, mark) {
					t.Errorf("%s answered %.80q; want %s in it", name, body, mark)
				}
				delete(want, name)
			}
		}
		if strings.Contains(line, "Ctrl-C") {
			cancel()
		}
	}
	if len(want) > 0 {
		t.Errorf("soak lab printed no URL for %v", want)
	}
	if got := <-code; got != codePass {
		t.Errorf("soak lab ended with %d; want %d", got, codePass)
	}
}

func linesOf(t *testing.T, r io.Reader) func(func(string) bool) {
	return func(yield func(string) bool) {
		s := bufio.NewScanner(r)
		for s.Scan() && yield(s.Text()) {
		}
		if s.Err() != nil {
			t.Error(s.Err())
		}
	}
}

func get(ctx context.Context, t *testing.T, url string) string {
	t.Helper()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return string(body)
}

// TestInterruptStillReports: a run over sockets that is ended by hand reports
// what was, with its own exit code.
func TestInterruptStillReports(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	var stdout, stderr bytes.Buffer
	a := &app{stdout: &stdout, stderr: &stderr}
	a.fleet = func(ctx context.Context, sc scenarios.Scenario, opt fleet.Options) (*fleet.Result, error) {
		opt.Progress = func(p fleet.Progress) {
			if p.Requests > 0 {
				cancel()
			}
		}
		return fleet.Run(ctx, sc, opt)
	}
	out := filepath.Join(t.TempDir(), "summary.json")
	if got := a.run(ctx, []string{"run", "--viewers", "3", "--arrival", "once", "--duration", "10m", "--out", out}); got != codeInterrupted {
		t.Fatalf("interrupted run ended with %d; want %d\n%s", got, codeInterrupted, &stderr)
	}
	if !strings.HasPrefix(stdout.String(), "INTERRUPTED") {
		t.Errorf("report begins %.40q; want INTERRUPTED", stdout.String())
	}
	f, err := os.Open(out)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	r, err := reports.Read(f)
	if err != nil {
		t.Fatal(err)
	}
	if n, _, _ := r.Summary.Total.Requests.Total(); n == 0 || r.Verdict.Decision != reports.Interrupted {
		t.Errorf("summary has %d requests and says %q; want some, interrupted", n, r.Verdict.Decision)
	}
}
