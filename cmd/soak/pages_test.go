package main

import (
	"bytes"
	"os"
	"strings"
	"testing"
)

// shown replaces what stands between two marks of a page by text, or holds it
// against that.
func shown(t *testing.T, page, from, to, text string) {
	t.Helper()
	file, err := os.ReadFile(page)
	if err != nil {
		t.Fatal(err)
	}
	before, rest, begun := strings.Cut(string(file), from)
	stands, after, ended := strings.Cut(rest, to)
	if !begun || !ended {
		t.Fatalf("%s has lost its marks %q and %q", page, from, to)
	}
	text = "```\n" + text + "```\n"
	if *update {
		if err := os.WriteFile(page, []byte(before+from+text+to+after), 0o644); err != nil {
			t.Fatal(err)
		}
	} else if stands != text {
		t.Errorf("%s is out of date; run go test ./cmd/soak -run %s -update", page, t.Name())
	}
}

// printed is what a command prints on standard output.
func printed(t *testing.T, code int, line string) string {
	t.Helper()
	var stdout, stderr bytes.Buffer
	if got := run(t.Context(), strings.Fields(line), strings.NewReader(""), &stdout, &stderr); got != code {
		t.Fatalf("soak %s ended with %d; want %d: %s", line, got, code, stderr.String())
	}
	return stdout.String()
}

// TestWatchPage: what docs/watch.md shows is what is printed.
func TestWatchPage(t *testing.T) {
	const line = "watch --virtual --ttl 10s --lead 1s --token-latency 3s --duration 13s"
	shown(t, "../../docs/watch.md", "<!-- go test ./cmd/soak -run WatchPage -update writes what follows -->\n", "<!-- /watch -->\n",
		"$ soak "+line+"\n"+printed(t, codePass, line))
}

// TestQuickStartPage: what docs/quickstart.md shows of a run that breaks.
func TestQuickStartPage(t *testing.T) {
	report := printed(t, codeFail, "run --virtual --lead 0s --token-latency 2s --causes=false --out=")
	_, part, _ := strings.Cut(report, "\nOver time")
	part, _, _ = strings.Cut(part, "\n\n")
	shown(t, "../../docs/quickstart.md", "<!-- go test ./cmd/soak -run QuickStart -update writes what follows -->\n", "<!-- /break -->\n",
		"Over time"+part+"\n")
}

// TestPagesCommandsParse: every command line on these pages is one that soak takes,
// flag by flag.
func TestPagesCommandsParse(t *testing.T) {
	for _, page := range []string{"README.md", "docs/quickstart.md", "docs/watch.md", "docs/faq.md", "docs/scenarios.md", "docs/ci.md"} {
		lines := 0
		for line := range strings.Lines(readRoot(t, page)) {
			line = strings.TrimPrefix(strings.TrimSpace(line), "$ ")
			if !strings.HasPrefix(line, "soak ") || strings.HasPrefix(line, "soak:") {
				continue
			}
			line, _, _ = strings.Cut(line, " #")
			line, _, _ = strings.Cut(line, "   #")
			line, _, _ = strings.Cut(line, " ||")
			line, _, _ = strings.Cut(line, " > ")
			args := shellWords(strings.TrimSuffix(strings.TrimSpace(line), "\\"))
			root := new(app).root()
			root.InitDefaultCompletionCmd()
			cmd, rest, err := root.Find(args[1:])
			if err == nil {
				err = cmd.ParseFlags(rest)
			}
			if err != nil && !strings.Contains(err.Error(), "help requested") {
				t.Errorf("%s: %s: %v", page, line, err)
			}
			lines++
		}
		if lines == 0 && page != "docs/faq.md" {
			t.Errorf("%s has no command lines", page)
		}
	}
}

// shellWords splits a command line as a shell does, of which the pages only use single
// quotes.
func shellWords(line string) (args []string) {
	for i, part := range strings.Split(line, "'") {
		if i%2 == 0 {
			args = append(args, strings.Fields(part)...)
		} else {
			args = append(args, part)
		}
	}
	return args
}
