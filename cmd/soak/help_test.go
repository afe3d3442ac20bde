package main

import (
	"bytes"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/spf13/cobra"
)

// Help of every command fits a terminal of 80 columns, but for examples, which are to be
// copied.
func TestHelpFits(t *testing.T) {
	var commands [][]string
	var walk func(*cobra.Command)
	walk = func(c *cobra.Command) {
		commands = append(commands, strings.Fields(c.CommandPath())[1:])
		for _, sub := range c.Commands() {
			walk(sub)
		}
	}
	walk((&app{}).root())
	if len(commands) < 15 {
		t.Fatalf("%d commands; want all", len(commands))
	}
	for _, args := range commands {
		var stdout, stderr bytes.Buffer
		if code := run(t.Context(), append([]string{"help"}, args...), nil, &stdout, &stderr); code != codePass {
			t.Fatalf("soak help %v ended with %d: %s", args, code, &stderr)
		}
		examples := false
		for line := range strings.Lines(stdout.String()) {
			line = strings.TrimSuffix(line, "\n")
			examples = line == "Examples:" || examples && line != ""
			if n := utf8.RuneCountInString(line); n > usualWidth && !examples && !slices.Equal(args, []string{"metrics"}) { // which is a table for grep
				t.Errorf("soak help %v: %d columns: %s", args, n, line)
			}
		}
	}
}

// A topic that does not exist is a mistake on the command line, as the command would be.
func TestUnknownTopics(t *testing.T) {
	for _, c := range []struct {
		args []string
		code int
		said string
		why  string
	}{
		{[]string{"help"}, codePass, "", "all of it"},
		{[]string{"help", "scenarios", "show"}, codePass, "", "a command below another"},
		{[]string{"help", "exit-codes"}, codePass, "", "a topic that is no command"},
		{[]string{"help", "nonsense"}, codeUsage, "unknown command \"nonsense\" for \"soak\"; see \"soak help\"\n", "nothing of that name"},
		{[]string{"help", "run", "nonsense"}, codeUsage, "unknown command \"nonsense\" for \"soak run\"", "nothing below"},
	} {
		var stdout, stderr bytes.Buffer
		if code := run(t.Context(), c.args, nil, &stdout, &stderr); code != c.code || !strings.Contains(stderr.String(), c.said) {
			t.Errorf("%s: soak %v ended with %d and said %q; want %d and %q", c.why, c.args, code, &stderr, c.code, c.said)
		}
	}
}

// On a terminal the meanings of metrics are a column of their own.
func TestMetricsFit(t *testing.T) {
	var out bytes.Buffer
	if err := writeMetrics(&out, 40); err != nil {
		t.Fatal(err)
	}
	text, _, _ := strings.Cut(out.String(), "\nOther names")
	column := strings.Index(text, "viewers who arrived")
	for line := range strings.Lines(text) {
		line = strings.TrimSuffix(line, "\n")
		if n := utf8.RuneCountInString(line); n > column+40 || n <= column || line[column] == ' ' || line[column-1] != ' ' {
			t.Errorf("%q; want its meaning in columns %d to %d", line, column, column+40)
		}
	}
}

func TestFolded(t *testing.T) {
	for _, row := range []struct{ why, text, want string }{
		{"lines are broken anew", "one two three\nfour five", "one two\nthree four\nfive"},
		{"just as wide", "1234567890 1", "1234567890\n1"},
		{"a word that is wider stays whole", "a 123456789012 b", "a\n123456789012\nb"},
		{"columns are not bytes", "äöüß äöüß", "äöüß äöüß"},
		{"paragraphs stay apart", "one\n\ntwo", "one\n\ntwo"},
		{"what is indented is a table", "one\n\n  two   three four\n  five", "one\n\n  two   three four\n  five"},
		{"nothing", "", ""},
	} {
		if got := folded(row.text, 10); got != row.want {
			t.Errorf("%s: folded(%q) = %q; want %q", row.why, row.text, got, row.want)
		}
	}
}
