package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// closedPipe is standard output that nobody reads any more.
type closedPipe struct{}

func (closedPipe) Write([]byte) (int, error) { return 0, syscall.EPIPE }

// What was asked for as files is there even if nobody reads what is printed.
func TestFilesOutliveTheReader(t *testing.T) {
	dir := t.TempDir()
	file := func(name string) string { return filepath.Join(dir, name) }
	for _, c := range []struct {
		args  []string
		files []string
	}{
		{[]string{"run", "--virtual", "--viewers", "3", "--duration", "10s", "--out", file("s.json"), "--html", file("r.html")}, []string{"s.json", "r.html"}},
		{[]string{"compare", file("s.json"), file("s.json"), "--html", file("c.html"), "--markdown", file("c.md")}, []string{"c.html", "c.md"}},
	} {
		var stderr bytes.Buffer
		if code := run(t.Context(), c.args, strings.NewReader(""), closedPipe{}, &stderr); code != codeUnexpected {
			t.Errorf("%v: exit code %d; want %d\n%s", c.args, code, codeUnexpected, stderr.String())
		}
		for _, name := range c.files {
			if text, err := os.ReadFile(file(name)); err != nil || len(text) == 0 {
				t.Errorf("%v: %s: %v; want it written", c.args, name, err)
			}
		}
	}
}
