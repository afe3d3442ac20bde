package player

import (
	"flag"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"soak/qoe"
	"soak/refresher"
)

var update = flag.Bool("update", false, "rewrite generated pages")

const manual = "../docs/players.md"

// TestPlayersManual holds the tables of docs/players.md against the code: what each
// profile's settings are, and what the policies do.
func TestPlayersManual(t *testing.T) {
	page, err := os.ReadFile(manual)
	if err != nil {
		t.Fatal(err)
	}
	text := string(page)
	for name, table := range map[string]string{"numbers": playersTable(t), "policies": policiesTable()} {
		from, to := "<!-- "+name+": go test ./player -run PlayersManual -update writes this -->\n", "<!-- /"+name+" -->\n"
		before, rest, begun := strings.Cut(text, from)
		stands, after, ended := strings.Cut(rest, to)
		if !begun || !ended {
			t.Fatalf("%s has lost its marks of %s", manual, name)
		}
		if stands != table && !*update {
			t.Errorf("%s: the table of %s is out of date; run go test ./player -run PlayersManual -update\n%s", manual, name, table)
		}
		text = before + from + table + to + after
	}
	if *update {
		if err := os.WriteFile(manual, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

// playersTable compares the profiles' defaults, in the terms that they share.
func playersTable(t *testing.T) string {
	t.Helper()
	h, err := newHLSOptions(Config{})
	if err != nil {
		t.Fatal(err)
	}
	g, err := newHLSOptions(Config{Wrapper: Gcore}.wrapped())
	if err != nil {
		t.Fatal(err)
	}
	then := GcoreConfig{}.afterFirstPicture()
	var d [2]dashSettings
	for i, version := range []string{dashVersion52, dashVersion47} {
		if d[i], err = (DashConfig{}).settings(version); err != nil {
			t.Fatal(err)
		}
	}
	n, err := GenericConfig{}.options()
	if err != nil {
		t.Fatal(err)
	}
	mean := map[bool]string{false: "lesser of two EWMAs", true: "mean of the last 3 (VOD: 4)"}
	rows := [][]any{
		{"", "hls.js 1.7", "Gcore hls.js", "dash.js 5.2", "dash.js 4.7", "generic"},
		{"---", "---", "---", "---", "---", "---"},
		{"buffers ahead", h.aim.length, fmt.Sprintf("%v until the first picture, then %v", g.aim.length, then.length),
			fmt.Sprintf("%v; %v at the top quality", d[0].target.normal, d[0].target.top), fmt.Sprintf("%v; %v at the top quality", d[1].target.normal, d[1].target.top), n.buffer},
		{"distance to the live edge", fmt.Sprintf("%v target durations, or HOLD-BACK", h.liveSyncCount), fmt.Sprintf("%v target durations", g.liveSyncCount),
			"suggestedPresentationDelay, or 4 segments", "suggestedPresentationDelay, or 4 segments", "what the manifest says, or 3 segments"},
		{"plays faster to catch up", ratio(h.maxRate), ratio(g.maxRate), "low latency only", "low latency only", "no"},
		{"takes the line for, at first", fmt.Sprintf("%.0f kbit/s", h.bandwidth/1000), fmt.Sprintf("%.0f kbit/s", g.bandwidth/1000), "what the first segment measures", "what the first segment measures", fmt.Sprintf("%.0f kbit/s", n.initial/1000)},
		{"then for", "lesser of two EWMAs", "lesser of two EWMAs", mean[d[0].mean], mean[d[1].mean], "lesser of two EWMAs"},
		{"share of it that a rendition may need", fmt.Sprintf("%v; to go up %v", h.factor, h.factUp), fmt.Sprintf("%v; to go up %v", g.factor, g.factUp), d[0].safety, d[1].safety, n.safety},
		{"manifest: given up after", limits(h.manifest), limits(g.manifest), d[0].mpd.timeout, d[1].mpd.timeout, fmt.Sprintf("%v without a byte", n.timeout)},
		{"manifest: asked again", tries(h.manifest), tries(g.manifest), retries(d[0].mpd), retries(d[1].mpd), "until " + n.patience.String() + " without anything"},
		{"playlist: asked again", tries(h.playlist), tries(g.playlist), "", "", "for ever while live"},
		{"segment: given up after", limits(h.fragment), limits(g.fragment), d[0].media.timeout, d[1].media.timeout, fmt.Sprintf("%v without a byte", n.timeout)},
		{"segment: asked again", tries(h.fragment), tries(g.fragment), retries(d[0].media), retries(d[1].media), fmt.Sprintf("%d × from %v to %v", n.tries, n.retry, n.maxRetry)},
		{"key: asked again", tries(h.key), tries(g.key), "", "", ""},
		{"asked again after 403 or 410", yes(h.fragment.ErrorRetry.again(0, refusedOutcome())), yes(g.fragment.ErrorRetry.again(0, refusedOutcome())), "yes", "yes", "yes"},
	}
	return table(rows)
}

func ratio(r float64) any {
	if r == 1 {
		return "no"
	}
	return fmt.Sprintf("up to %v ×", r)
}

// refusedOutcome is an answer 410.
func refusedOutcome() *hlsOutcome {
	return &hlsOutcome{Response: &Response{Status: 410, Failure: qoe.StatusFailure}}
}

func yes(b bool) string {
	if b {
		return "yes"
	}
	return "no: another level, if there is one"
}

// limits are the times after which a request is given up.
func limits(p *LoadPolicy) string {
	first, all := millis(p.MaxTimeToFirstByteMs), millis(p.MaxLoadTimeMs)
	if first == 0 {
		return all.String()
	}
	return fmt.Sprintf("%v to the first byte, %v in all", first, all)
}

func tries(p *LoadPolicy) string {
	timeout, failed := retriesOf(p.TimeoutRetry), retriesOf(p.ErrorRetry)
	if timeout == failed {
		return failed
	}
	return fmt.Sprintf("%s; after a timeout %s", failed, timeout)
}

func retriesOf(r RetryPolicy) string {
	switch {
	case r.MaxNumRetry == 0:
		return "no"
	case r.RetryDelayMs == 0:
		return fmt.Sprintf("%d × at once", r.MaxNumRetry)
	case r.RetryDelayMs == r.MaxRetryDelayMs:
		return fmt.Sprintf("%d × after %v", r.MaxNumRetry, millis(r.RetryDelayMs))
	}
	return fmt.Sprintf("%d × after %v to %v", r.MaxNumRetry, millis(r.RetryDelayMs), millis(r.MaxRetryDelayMs))
}

func retries(r dashRetry) string { return fmt.Sprintf("%d × after %v", r.retries, r.interval) }

// policiesTable compares the built-in refresh policies.
func policiesTable() string {
	rows := [][]any{
		{"", "renews before expiry", "after a failed call", "gives a call up", "on a refusal", "rewrites in"},
		{"---", "---", "---", "---", "---", "---"},
	}
	for _, p := range refresher.Policies() {
		again := "as if it had succeeded"
		switch {
		case p.RetryMax > 0:
			again = fmt.Sprintf("after %v, then up to %v, at random", p.Retry, p.RetryMax)
		case p.Retry > 0:
			again = fmt.Sprintf("after %v", p.Retry)
		}
		lead, patience := "", "never"
		switch {
		case p.LeadShare > 0:
			lead = fmt.Sprintf("%.0f %% of its life, up to a fifth more at random", 100*p.LeadShare)
		case p.Lead != nil:
			lead = p.Lead.String()
		}
		if p.Timeout > 0 {
			patience = fmt.Sprintf("after %v or a third of the lead", p.Timeout)
		}
		rows = append(rows, []any{"`" + p.Name + "`", lead, again, patience, p.Refusal, p.Hook})
	}
	return table(rows)
}

func table(rows [][]any) string {
	var b strings.Builder
	for _, row := range rows {
		for _, cell := range row {
			text := fmt.Sprint(cell)
			if d, ok := cell.(time.Duration); ok {
				text = d.String()
			}
			if text == "" {
				fmt.Fprint(&b, "| ")
			} else {
				fmt.Fprintf(&b, "| %s ", text)
			}
		}
		b.WriteString("|\n")
	}
	return b.String()
}
