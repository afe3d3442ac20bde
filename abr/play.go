package abr

import (
	"context"
	"errors"
	"fmt"
	"time"

	"soak/loop"
	"soak/netem"
	"soak/player"
	"soak/qoe"
)

// Config is one play.
type Config struct {
	Player player.Config
	Table  Table
	// Trace is the link: its RTT is the latency of every request, its Steps the rate.
	// Nothing else of it counts.
	Trace netem.Profile
}

// patience is how long nothing may move before a session counts as frozen.
const patience = 10 * time.Minute

// Play plays the table to its end, in virtual time.
func Play(ctx context.Context, cfg Config) (Result, error) {
	l, err := newLink(cfg.Trace)
	if err != nil {
		return Result{}, err
	}
	loops := loop.NewWorld(epoch)
	w := &world{Virtual: loops.Loop(), table: cfg.Table, link: l}
	p, err := player.New(cfg.Player, w, start(cfg.Player.Format()), nil)
	if err != nil {
		return Result{}, err
	}
	w.player = p
	w.Post(func() { p.Start(epoch) })
	end, err := w.run(ctx, loops)
	if err != nil {
		return Result{}, err
	}
	p.Stop()
	if w.overlaps > 0 {
		return Result{}, fmt.Errorf("%s: %d requests while another was in flight", cfg.Player.Label(), w.overlaps)
	}
	return w.result(cfg, end), nil
}

// run lets time pass until the end of the video or of the player.
func (w *world) run(ctx context.Context, loops *loop.World) (Ending, error) {
	var moved, now time.Duration // the last time that anything moved
	var position time.Duration
	for count := 0; ; now += time.Second {
		if err := loops.Run(ctx, epoch.Add(now)); err != nil {
			return "", err
		}
		s := w.player.State()
		if s.Position != position || len(w.requests) != count {
			moved, position, count = now, s.Position, len(w.requests)
		}
		switch {
		case s.Phase == player.Ended:
			return Ended, nil
		case s.Phase == player.Dead:
			return Died, nil
		case now-moved > patience:
			return Frozen, nil
		case len(w.requests) > 100*len(w.table.Sizes)+1000:
			return "", errors.New("the player asks without end")
		}
	}
}

// result sums a play up.
func (w *world) result(cfg Config, end Ending) Result {
	r := Result{
		Schema: Schema, Player: cfg.Player.Label(), Table: cfg.Table.Name, Trace: cfg.Trace.Name,
		Latency: Seconds(w.link.latency), Segments: len(w.table.Sizes), Duration: Seconds(w.table.Duration()),
		Requests: w.requests, Playlists: w.playlists,
	}
	for _, rate := range w.table.Bitrates {
		r.Ladder = append(r.Ladder, float64(rate)/1000)
	}
	shareStalls(r.Requests, w.stalls)
	r.Totals = w.totals(end)
	return r
}

func (w *world) totals(end Ending) Totals {
	t := Totals{Ending: end, Requests: len(w.requests), Stalls: len(w.stalls), Switches: len(w.switches), Skipped: Seconds(w.skipped), Played: Seconds(w.leave.Played)}
	if w.startup != nil {
		startup := Seconds(w.startup.Took)
		t.Startup = &startup
	}
	if w.fatal != nil {
		t.Why = w.fatal.Why
	}
	for _, s := range w.stalls {
		t.Rebuffering += Seconds(s.Took)
	}
	if w.leave.Played > 0 {
		t.MeanKbps = w.leave.BitTime / w.leave.Played.Seconds() / 1000
	}
	for _, r := range w.requests {
		t.Bits += r.Bits
		switch r.Outcome {
		case Abandoned:
			t.Abandoned++
		case TimedOut:
			t.TimedOut++
		}
	}
	return t
}

// shareStalls gives each stall to the request under way while the picture stood:
// from one request to the next.
func shareStalls(rows []Request, stalls []qoe.Stall) {
	for _, s := range stalls {
		from := s.At.Sub(epoch)
		to := from + s.Took
		for i := range rows {
			begin, end := time.Duration(rows[i].Start), to
			if i == 0 {
				begin = 0
			}
			if i+1 < len(rows) {
				end = min(to, time.Duration(rows[i+1].Start))
			}
			if d := end - max(from, begin); d > 0 {
				rows[i].Rebuffer += Seconds(d)
			}
		}
	}
}
