package main

import (
	"bufio"
	"bytes"
	"io"
	"path/filepath"
	"strings"
	"testing"
)

// Neither the page of a run under way, nor what feeds it, nor its metrics tell a secret,
// where the token API asks for an authorization and the visitor has to bring one too.
func TestLivePageTellsNoSecrets(t *testing.T) {
	const visit = "visitors-token-6t5r4e3w2q"
	s := newStranger(t)
	t.Setenv("TOKEN_API_AUTH", "Bearer "+authorization)
	t.Setenv("SOAK_WEB_TOKEN", visit)
	dir := t.TempDir()
	file := filepath.Join(dir, "scenario.yaml")
	s.scenario(t, file)
	said, stderr := io.Pipe()
	var stdout bytes.Buffer
	code := make(chan int, 1)
	go func() {
		defer stderr.Close()
		code <- run(t.Context(), []string{"run", "--web", ":0", "--duration", "5m", "--out", "", file}, strings.NewReader(""), &stdout, stderr)
	}()
	lines := bufio.NewScanner(said)
	v := visitor{t: t, token: visit}
	for v.url == "" && lines.Scan() {
		if url, ok := strings.CutPrefix(lines.Text(), "live on "); ok {
			v.url, _, _ = strings.Cut(url, "?")
		}
	}
	go func() { _, _ = io.Copy(io.Discard, said) }() // until the command ends
	events := make(chan string, 1)
	go func() { events <- v.ask("GET", "events", "") }() // until the run's end
	told := map[string]string{
		"metrics": v.until(`kind="segment"`),
		"page":    v.ask("GET", "", ""),
	}
	if got := v.ask("POST", "control/stop", "{}"); got != "204 " {
		t.Errorf("stop: %s", got)
	}
	<-code
	told["events"], told["report"] = <-events, stdout.String()
	for name, text := range told {
		if name != "report" && !strings.HasPrefix(text, "200 ") || len(text) < 1000 {
			t.Errorf("%s: %.100q; want an answer", name, text)
		}
		for _, found := range append(s.told([]byte(text)), strings.Repeat(visit, strings.Count(text, visit))) {
			if found != "" {
				t.Errorf("%s tells %s", name, found)
			}
		}
	}
}
