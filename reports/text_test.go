package reports

import (
	"bytes"
	"errors"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode/utf8"
)

var update = flag.Bool("update", false, "rewrite the golden files")

// golden compares got with a file in testdata.
func golden(t *testing.T, name string, got []byte) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(path, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatalf("%v (run with -update to write it)", err)
	}
	if !bytes.Equal(got, want) {
		t.Errorf("%s differs (run with -update and review the diff):\n%s", path, got)
	}
}

func TestText(t *testing.T) {
	late := "timers ran late: p99 240ms, allowed 100ms; use fewer viewers or more cores"
	empty := Report{Scenario: scenario(), Verdict: Judge(0, nil, nil, false)}
	tests := []struct {
		file  string // and what it shows
		r     Report
		width int
		color bool
	}{
		{"pass-80.txt", fixture(t, false, false, false), 80, false},
		{"pass-40.txt", fixture(t, false, false, false), 40, false},
		{"fail-80.txt", fixture(t, true, true, false), 80, false},
		{"fail-40.txt", fixture(t, true, true, false), 40, false},
		{"fail-color.txt", fixture(t, true, true, false), 80, true},
		{"invalid-80.txt", fixture(t, true, false, false, late), 80, false},
		{"interrupted-120.txt", fixture(t, false, false, true), 120, false},
		{"nobody-80.txt", empty, 80, false},
	}
	for _, test := range tests {
		t.Run(test.file, func(t *testing.T) {
			var out bytes.Buffer
			if err := Text(&out, test.r, test.width, test.color); err != nil {
				t.Fatal(err)
			}
			golden(t, test.file, out.Bytes())
		})
	}
}

// TestTextFits: whatever the width, no line is wider, and without colour no
// escape sequence comes through, not even one that a server sent.
func TestTextFits(t *testing.T) {
	r := fixture(t, true, false, false, strings.Repeat("saturated ", 30))
	r.Scenario.Name = strings.Repeat("long", 40)
	for width := minWidth; width <= 200; width++ {
		var out bytes.Buffer
		if err := Text(&out, r, width, false); err != nil {
			t.Fatal(err)
		}
		for line := range strings.Lines(out.String()) {
			line = strings.TrimSuffix(line, "\n")
			if n := utf8.RuneCountInString(line); n > width {
				t.Errorf("Text at %d columns: line of %d: %q", width, n, line)
			}
			if strings.ContainsFunc(line, func(r rune) bool { return r < ' ' }) {
				t.Errorf("Text at %d columns: control character in %q", width, line)
			}
		}
	}
}

// full is a writer whose disk is full.
type full struct{}

func (full) Write([]byte) (int, error) { return 0, errors.New("no space left") }

func TestTextReportsAWriteError(t *testing.T) {
	if err := Text(full{}, fixture(t, false, true, false), 80, false); err == nil {
		t.Error("Text to a full disk = nil; want its error")
	}
}
