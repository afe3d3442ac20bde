package netem

import (
	"bytes"
	"flag"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"
)

var update = flag.Bool("update", false, "write the tables of docs/links.md anew")

// The tables of docs/links.md are what the model comes to today.
func TestLinksDocument(t *testing.T) {
	const path, mark = "../docs/links.md", "<!-- generated: go test ./netem -run LinksDocument -update -->\n"
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	head, table, ok := strings.Cut(string(text), mark)
	if !ok {
		t.Fatalf("%s has no line %q", path, mark)
	}
	var want bytes.Buffer
	documentCalls(t, &want)
	documentTimings(t, &want)
	documentLossy(t, &want)
	if *update {
		if err := os.WriteFile(path, []byte(head+mark+want.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	} else if table != want.String() {
		t.Errorf("%s is out of date; run go test ./netem -run LinksDocument -update and review the diff", path)
	}
}

// documentCalls shows what a token call takes before the token API has spent any time.
func documentCalls(t *testing.T, b *bytes.Buffer) {
	b.WriteString("\n### Token calls, before the token API has spent any time\n\n" +
		"New connection with TLS, an answer of 1 kB, 600 links: p50, p99 and the longest, in seconds.\n\n" +
		"| link | congestion | alone | beside a download |\n|---|---|---|---|\n")
	for _, name := range Builtins()[1:] {
		for _, cc := range []string{Cubic, BBR} {
			p, err := Builtin(name)
			if err != nil {
				t.Fatal(err)
			}
			p.Congestion = cc
			fmt.Fprintf(b, "| %s | %s | %s | %s |\n", name, cc, spread(calls(t, p, false)), spread(calls(t, p, true)))
		}
	}
}

func spread(took []time.Duration) string {
	at := func(q float64) float64 { return took[int(q*float64(len(took)-1))].Seconds() }
	return fmt.Sprintf("%.3f · %.3f · %.3f", at(0.5), at(0.99), at(1))
}

func documentTimings(t *testing.T, b *bytes.Buffer) {
	b.WriteString("\n### Transfers without loss\n\nSeconds, measured and as the model has it.\n\n" +
		"| link | congestion | connection | bytes | measured | model | model / measured |\n|---|---|---|---|---|---|---|\n")
	for _, row := range timings() {
		took := newBench(t, measured(row.link, row.cc), 1).timed(row.mode, row.size).took().Seconds()
		fmt.Fprintf(b, "| %s | %s | %s | %d kB | %.3f | %.3f | %.2f |\n", row.link, row.cc, row.mode, row.size/kB, row.seconds, took, took/row.seconds)
	}
}

func documentLossy(t *testing.T, b *bytes.Buffer) {
	b.WriteString("\n### Transfers with loss: 2 Mbit/s, 80 ms, 2 %\n\nSeconds; of the model the mean, the least and the most of 400 draws.\n\n" +
		"| congestion | connection | bytes | measured | model |\n|---|---|---|---|---|\n")
	for _, row := range lossyTimings() {
		known, _, _ := strings.Cut(strings.TrimPrefix(row.why, "measured "), ":")
		known, _, _ = strings.Cut(known, ",")
		mean, least, most := row.drawn(t)
		fmt.Fprintf(b, "| %s | %s | %d kB | %s | %.2f [%.2f-%.2f] |\n", row.cc, row.mode, row.size/kB, known, mean, least, most)
	}
}
