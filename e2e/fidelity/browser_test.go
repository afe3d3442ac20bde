//go:build e2e

package fidelity

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"
)

// browser is one headless Chromium that opens pages.
type browser struct {
	in io.WriteCloser

	mu      sync.Mutex
	waiting map[string]chan reply
	said    strings.Builder
}

// reply is what browser.mjs answers.
type reply struct {
	ID, Version, Error string
	Closed             bool
}

// startBrowser runs Chromium until the test ends.
func startBrowser(t *testing.T) *browser {
	t.Helper()
	needParts(t)
	cmd := exec.Command("node", "browser.mjs")
	b := &browser{waiting: map[string]chan reply{}}
	cmd.Stderr = (*complaints)(b)
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	b.in = in
	go b.read(out)
	t.Cleanup(func() {
		in.Close()
		kill := time.AfterFunc(10*time.Second, func() { _ = cmd.Process.Kill() })
		defer kill.Stop()
		err := cmd.Wait()
		if b.mu.Lock(); err != nil || t.Failed() {
			t.Logf("browser.mjs: %v\n%s", err, b.said.String())
		}
		b.mu.Unlock()
	})
	return b
}

// complaints collects what the browser writes to standard error.
type complaints browser

func (c *complaints) Write(p []byte) (int, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.said.Write(p)
}

func (b *browser) read(out io.Reader) {
	lines := bufio.NewScanner(out)
	for lines.Scan() {
		var r reply
		if err := json.Unmarshal(lines.Bytes(), &r); err != nil {
			continue // it says so itself when something is wrong
		}
		b.mu.Lock()
		if to := b.waiting[r.ID]; to != nil {
			to <- r
		}
		b.mu.Unlock()
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	for id, to := range b.waiting {
		to <- reply{ID: id, Error: "the browser has ended"}
	}
}

// ask sends one order and waits for its reply.
func (b *browser) ask(id string, order map[string]any) (reply, error) {
	replies := make(chan reply, 2)
	b.mu.Lock()
	b.waiting[id] = replies
	b.mu.Unlock()
	defer func() {
		b.mu.Lock()
		delete(b.waiting, id)
		b.mu.Unlock()
	}()
	order["id"] = id
	line, err := json.Marshal(order)
	if err != nil {
		return reply{}, err
	}
	if _, err := b.in.Write(append(line, '\n')); err != nil {
		return reply{}, fmt.Errorf("browser.mjs: %w", err)
	}
	select {
	case r := <-replies:
		if r.Error != "" {
			return r, fmt.Errorf("browser.mjs: %s", r.Error)
		}
		return r, nil
	case <-time.After(30 * time.Second):
		return reply{}, fmt.Errorf("browser.mjs: no answer to %s", id)
	}
}

// play has the browser play what is on the stage.
func (b *browser) play(s *stage, id string) (Observation, string, error) {
	opened, err := b.ask(id, map[string]any{"url": s.proxy.url + "/", "proxy": s.proxy.url})
	if err != nil {
		return Observation{}, "", err
	}
	defer func() { _, _ = b.ask(id, map[string]any{"close": true}) }() // ends with the browser at the latest
	select {
	case report := <-s.done:
		if report.late > 0 {
			return Observation{}, "", fmt.Errorf("the machine is too busy: the page began %v late", report.late)
		}
		if report.Lag > s.patience.lag.Seconds() {
			return Observation{}, "", fmt.Errorf("the machine is too busy: the page stood still for %.2f s", report.Lag)
		}
		if report.Broken != "" {
			s.t.Fatalf("%s: the page is broken: %s", s.name, report.Broken)
		}
		o, err := s.observation(report)
		return o, "Chromium " + opened.Version, err
	case <-time.After(s.sc.Duration + 20*time.Second):
		return Observation{}, "", fmt.Errorf("%s: no report from the page", s.name)
	}
}

func needParts(t *testing.T) {
	t.Helper()
	for _, program := range []string{"chromium", "node"} {
		if _, err := exec.LookPath(program); err != nil {
			missing(t, program+" is not installed: see CONTRIBUTING.md")
		}
	}
	for _, module := range []string{"playwright-core", "hls.js", "dashjs", "dashjs4"} {
		if _, err := os.Stat(filepath.Join(modules, module, "package.json")); err != nil {
			missing(t, "npm package "+module+" is not installed: run npm ci in e2e/")
		}
	}
}

// missing fails in CI, where nothing may be skipped.
func missing(t *testing.T, what string) {
	t.Helper()
	if os.Getenv("CI") == "true" {
		t.Fatal(what)
	}
	t.Skip(what)
}

func readJSON(t *testing.T, file string, to any) {
	t.Helper()
	text, err := os.ReadFile(file)
	if err == nil {
		err = json.Unmarshal(text, to)
	}
	if err != nil {
		t.Fatalf("%s: %v", file, err)
	}
}
