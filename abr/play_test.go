package abr

import (
	"context"
	"errors"
	"testing"
	"time"

	"soak/netem"
	"soak/player"
)

// What may become of a download and of a play, beside the good end.
func TestOutcomes(t *testing.T) {
	const s = time.Second
	slow := netem.Profile{Name: "slow", Steps: []netem.Step{{For: 30 * s, Kbps: 3000}, {For: 60 * s, Kbps: 60}}}
	for _, c := range []struct {
		cfg    player.Config
		trace  netem.Profile
		want   Outcome
		ending Ending
		why    string
	}{
		{player.Config{Profile: player.DashJS}, slow, Abandoned, Ended, "dash.js gives a slow download up for a lower rung"},
		{player.Config{MaxBufferLength: 5, MaxMaxBufferLength: 5}, netem.Profile{Steps: []netem.Step{{For: 30 * s, Kbps: 6000}, {For: 60 * s, Kbps: 400}}}, Abandoned, Ended, "so does hls.js when little is buffered"},
		{player.Config{}, netem.Profile{Steps: []netem.Step{{For: 10 * s, Kbps: 3000}, {For: 24 * 3600 * s}}}, TimedOut, Died, "an outage without end: hls.js gives up"},
		{player.Config{Profile: player.DashJS}, netem.Profile{Steps: []netem.Step{{For: 10 * s, Kbps: 3000}, {For: 24 * 3600 * s}}}, TimedOut, Died, "and dash.js, after four attempts of 20 s"},
		{player.Config{Profile: player.Generic}, slow, Done, Ended, "the generic player plays tables too"},
	} {
		r, err := Play(context.Background(), Config{Player: c.cfg, Table: ladderTable(1, 60), Trace: c.trace})
		if err != nil {
			t.Errorf("%s: %v", c.why, err)
			continue
		}
		n := map[Outcome]int{}
		for _, q := range r.Requests {
			n[q.Outcome]++
		}
		if n[c.want] == 0 || r.Totals.Ending != c.ending || n[Abandoned] != r.Totals.Abandoned || n[TimedOut] != r.Totals.TimedOut {
			t.Errorf("%s: %v, %+v; want some %s, and %s", c.why, n, r.Totals, c.want, c.ending)
		}
	}
}

func TestPlayRefuses(t *testing.T) {
	good := Config{Table: ladderTable(1, 5), Trace: netem.Profile{Steps: []netem.Step{{Kbps: 1000}}}}
	bad := good
	bad.Player.Profile = "vlc"
	if _, err := Play(context.Background(), bad); err == nil {
		t.Error("a player that does not exist plays")
	}
	bad = good
	bad.Trace.Steps = nil
	if _, err := Play(context.Background(), bad); err == nil {
		t.Error("a trace without rates plays")
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := Play(ctx, good); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
}
