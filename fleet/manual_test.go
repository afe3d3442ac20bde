package fleet

import (
	"flag"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"soak/lab"
	"soak/player"
	"soak/qoe"
	"soak/scenarios"
)

var update = flag.Bool("update", false, "rewrite generated pages")

// TestPlayersManual holds what docs/players.md says of dead tokens against what the
// players do.
func TestPlayersManual(t *testing.T) {
	const page = "../docs/players.md"
	from, to := "<!-- refusals: go test ./fleet -run PlayersManual -update writes this -->\n", "<!-- /refusals -->\n"
	text, err := os.ReadFile(page)
	if err != nil {
		t.Fatal(err)
	}
	before, rest, begun := strings.Cut(string(text), from)
	stands, after, ended := strings.Cut(rest, to)
	if !begun || !ended {
		t.Fatalf("%s has lost its marks", page)
	}
	table := refusalsTable(t)
	if *update {
		if err := os.WriteFile(page, []byte(before+from+table+to+after), 0o644); err != nil {
			t.Fatal(err)
		}
	} else if stands != table {
		t.Errorf("%s is out of date; run go test ./fleet -run PlayersManual -update and review what became of the players:\n%s", page, table)
	}
}

func refusalsTable(t *testing.T) string {
	t.Helper()
	var b strings.Builder
	b.WriteString("| player | stream | refused | gives up after | picture stands after | with |\n|---|---|---|---|---|---|\n")
	for _, stream := range []string{scenarios.Live, scenarios.VOD} {
		for _, cfg := range []player.Config{
			{Profile: player.HLSJS}, {Profile: player.HLSJS, Wrapper: player.Gcore}, {Profile: player.DashJS}, {Profile: player.DashJS, Version: "4.7"}, {Profile: player.Generic},
		} {
			fmt.Fprintf(&b, "| %s | %s | %s |\n", cfg.Label(), stream, deadToken(t, cfg, stream))
		}
	}
	return b.String()
}

// deadToken is what becomes of a viewer whose token dies at 20 s, for three minutes.
// Times are counted from the first refusal.
func deadToken(t *testing.T, cfg player.Config, stream string) string {
	t.Helper()
	sc := short(1, 200*time.Second)
	sc.Viewers.Mix = sc.Viewers.Mix[:1]
	c := &sc.Viewers.Mix[0]
	c.Player, c.Stream = cfg, stream
	sc.Token.TTL, sc.Token.Lead = 20*time.Second, 5*time.Second
	sc.Target.Lab.API.Outages = []lab.Outage{{From: 5 * time.Second}}
	var first, died, stood time.Time
	var refused int
	why := "—"
	_, err := Run(t.Context(), sc, Options{Virtual: true, Observer: &Observer{Sample: func(_ int, s qoe.Sample) {
		switch s := s.(type) {
		case qoe.Fetch:
			if s.Refused() {
				if refused++; first.IsZero() {
					first = s.Start
				}
			}
		case qoe.Fatal:
			if died.IsZero() {
				died, why = s.At, s.Why
			}
		case qoe.Stall:
			if stood.IsZero() && s.Took > 2*time.Second {
				stood = s.At
			}
		}
	}}})
	if err != nil {
		t.Fatal(err)
	}
	since := func(at time.Time) string {
		if at.IsZero() {
			return "—"
		}
		return at.Sub(first).Round(100 * time.Millisecond).String()
	}
	return fmt.Sprintf("%d × | %s | %s | %s", refused, since(died), since(stood), strings.ReplaceAll(why, "|", "\\|"))
}
