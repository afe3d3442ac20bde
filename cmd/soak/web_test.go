package main

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"soak/reports"
)

// visitor is somebody who has the page of a run open.
type visitor struct {
	t     *testing.T
	url   string
	token string // "": none is asked for
}

func (v visitor) ask(method, path, body string) string {
	v.t.Helper()
	ctx, cancel := context.WithTimeout(v.t.Context(), 20*time.Second)
	defer cancel()
	r, err := http.NewRequestWithContext(ctx, method, v.url+path, strings.NewReader(body))
	if err != nil {
		v.t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/json")
	if v.token != "" {
		r.Header.Set("Authorization", "Bearer "+v.token)
	}
	resp, err := http.DefaultTransport.RoundTrip(r)
	if err != nil {
		v.t.Fatal(err)
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		v.t.Fatal(err)
	}
	return fmt.Sprintf("%d %s", resp.StatusCode, text)
}

// until asks for the metrics until they have a line, which follows from what was done
// before, and returns them.
func (v visitor) until(line string) string {
	v.t.Helper()
	for range 200 {
		got := v.ask("GET", "metrics", "")
		if strings.Contains(got, line) {
			return got
		}
		select { // the server looks at the run once a second
		case <-time.After(100 * time.Millisecond):
		case <-v.t.Context().Done():
		}
	}
	v.t.Fatalf("metrics never had %q", line)
	return ""
}

// A run that waits for Start is started, struck and stopped from outside, and its
// summary tells of it.
func TestWebSteersARun(t *testing.T) {
	file := filepath.Join(t.TempDir(), "summary.json")
	said, stderr := io.Pipe()
	var stdout bytes.Buffer
	code := make(chan int, 1)
	go func() {
		defer stderr.Close()
		code <- run(t.Context(), []string{"run", "--web", ":0", "--web-wait", "--viewers", "4", "--arrival", "ramp 1s", "--duration", "10m", "--out", file}, strings.NewReader(""), &stdout, stderr)
	}()
	lines := bufio.NewScanner(said)
	v := visitor{t: t}
	for v.url == "" && lines.Scan() {
		if url, ok := strings.CutPrefix(lines.Text(), "live on "); ok {
			v.url = url
		}
	}
	go func() { _, _ = io.Copy(io.Discard, said) }() // until the command ends
	if got := v.ask("GET", "", ""); !strings.HasPrefix(got, "200 ") || !strings.Contains(got, "Inject now") {
		t.Fatalf("the page: %.200s", got)
	}
	if got := v.ask("POST", "control/hold", "{}"); !strings.HasPrefix(got, "409 ") {
		t.Errorf("a run that has not begun is held: %s", got)
	}
	for _, action := range []struct{ name, body, line string }{
		{"start", "{}", `soak_viewers{scenario="default",state="playing"} 4`},
		{"inject", `{"kind": "edge-error", "seconds": 60}`, `status="5xx"`},
		{"stop", "{}", ""},
	} {
		if got := v.ask("POST", "control/"+action.name, action.body); got != "204 " {
			t.Fatalf("%s: %s", action.name, got)
		}
		if action.line != "" {
			v.until(action.line)
		}
	}
	if got := <-code; got != codeInterrupted {
		t.Errorf("exit code %d; want %d: it was stopped by hand", got, codeInterrupted)
	}
	http.DefaultClient.CloseIdleConnections()
	f, err := os.Open(file)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	r, err := reports.Read(f)
	if err != nil {
		t.Fatal(err)
	}
	if len(r.ByHand) != 1 || len(r.Scenario.Target.Lab.Faults) != 1 || !strings.Contains(r.Repeat.File, "status: 503") || strings.Contains(r.Repeat.Command, "--web") {
		t.Errorf("by hand %v, faults %+v, repeated by %q; want one fault, that the file has, and no page", r.ByHand, r.Scenario.Target.Lab.Faults, r.Repeat.Command)
	}
	if !strings.Contains(stdout.String(), "INTERRUPTED") {
		t.Errorf("the report does not say that it was interrupted:\n%s", stdout.String())
	}
}
