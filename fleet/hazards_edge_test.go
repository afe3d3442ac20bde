package fleet

import (
	"testing"
	"time"

	"soak/lab"
	"soak/player"
	"soak/qoe"
	"soak/scenarios"
	"soak/token"
)

// The hazards of an edge that fails, delays or cuts single requests. What is
// expected is what the real players do.

// faulty plays with faults of the edge.
func faulty(t *testing.T, p player.Config, long time.Duration, faults []lab.EdgeFault, change ...func(*lab.Config, *scenarios.Cohort)) *lived {
	t.Helper()
	return liveOne(t, long, func(sc *scenarios.Scenario, c *scenarios.Cohort) {
		c.Player = p
		sc.Target.Lab.Faults = faults
		for _, f := range change {
			f(sc.Target.Lab, c)
		}
	})
}

func only(kinds ...qoe.Kind) []qoe.Kind { return kinds }

// started is when exchanges began, counted from the first.
func started(all []Exchange) (at []time.Duration) {
	for _, x := range all {
		at = append(at, x.Start.Sub(all[0].Start))
	}
	return at
}

// apart tells whether times are about those wanted. Every attempt may come 60 ms
// later after the last: the player's own time and the round trip.
func apart(got []time.Duration, want ...float64) bool {
	if len(got) != len(want) {
		return false
	}
	for i := range got {
		late := got[i] - seconds(want[i])
		if late < 0 || late > time.Duration(i)*60*time.Millisecond {
			return false
		}
	}
	return true
}

// dash.js that is sent to another edge with every request stays there: the MPD's
// final URL is the next one. When that edge goes down the MPD is never asked for
// again, though the first edge is well. hls.js asks the first edge every time.
func TestH23RedirectPerRequest(t *testing.T) {
	const down = 30 * time.Second
	faults := []lab.EdgeFault{
		{Edge: "plain", To: down, Redirect: true, Kinds: only(qoe.Manifest, qoe.Playlist, qoe.Init, qoe.Segment)},
		{Edge: "second", From: down, Status: 503},
	}
	w := faulty(t, dash(), 90*time.Second, faults)
	if n := len(w.wrong(0, down)); n != 0 {
		t.Errorf("dash.js: %d went wrong while the second edge was up; want none", n)
	}
	mpds := w.between(down, time.Hour, qoe.Manifest)
	if !apart(started(mpds), 0, 0.5, 1, 1.5) || len(w.wrong(down, time.Hour, qoe.Manifest)) != 4 {
		t.Errorf("dash.js: %d MPDs at %v after the second edge went down; want four, all refused, and none ever after", len(mpds), started(mpds))
	}
	faults[0].Kinds = only(qoe.Playlist, qoe.Segment)
	w = faulty(t, hls(), 90*time.Second, faults)
	if n, stalls := len(w.wrong(down+5*time.Second, time.Hour)), of[qoe.Stall](w); n != 0 || len(of[qoe.Fatal](w)) != 0 {
		t.Errorf("hls.js: %d went wrong, stalls %+v; want playlists from the first edge again", n, stalls)
	}
}

// A token that is good when the request is made, and dead when the edge looks at it.
func TestH25RewriteToArrival(t *testing.T) {
	for _, p := range players() {
		w := faulty(t, p, 40*time.Second, []lab.EdgeFault{{Kinds: only(qoe.Manifest, qoe.Playlist, qoe.Segment), From: 16 * time.Second, To: 20 * time.Second, Delay: 3 * time.Second}},
			func(cfg *lab.Config, c *scenarios.Cohort) {
				policy(t, c, "guide-hlsjs")
				c.Policy.Hook = "transport"
				lead := 500 * time.Millisecond
				c.Policy.Lead = &lead
				cfg.Boundary = token.Strict
			})
		refused := w.refused(0, time.Hour)
		if len(refused) == 0 {
			t.Errorf("%s: nothing refused; want requests that were under way when the token died", p.Profile)
		}
		for _, x := range refused {
			if x.Margin <= 0 || x.Margin > 3*time.Second || x.Took < 3*time.Second {
				t.Errorf("%s: %s refused after %v with %v to live; want tokens with up to 3 s to live, kept waiting for so long", p.Profile, x.Object, x.Took, x.Margin)
			}
		}
	}
}

// A transfer that outlives its token goes on where the edge looks at requests only;
// where it looks at transfers too, it ends with the token.
func TestH26LongBody(t *testing.T) {
	for _, p := range players() {
		for _, cut := range []bool{false, true} {
			w := faulty(t, p, time.Minute, []lab.EdgeFault{{Kinds: only(qoe.Segment), Media: qoe.Video, From: 10 * time.Second, To: 14 * time.Second, Rate: 100_000}},
				func(cfg *lab.Config, _ *scenarios.Cohort) { cfg.CutAtExpiry, cfg.Ladder = cut, []int64{600_000} })
			long := w.between(10*time.Second, 14*time.Second, qoe.Segment)
			found := 0
			for _, x := range long {
				end := x.Start.Add(x.Took).Sub(w.start)
				switch {
				case x.Media != qoe.Video:
				case !cut && x.Failure == qoe.NoFailure && end > 21*time.Second:
					found++
				case cut && x.Failure == qoe.ResetFailure && near(end, 21*time.Second) && x.Bytes > 0:
					found++
				}
			}
			if found == 0 {
				t.Errorf("%s, cut at expiry %v: no transfer past 21 s, when the token dies: %+v", p.Profile, cut, long)
			}
			if n := len(w.refused(0, time.Hour)); n != 0 {
				t.Errorf("%s, cut at expiry %v: %d refused; want none, requests are made in time", p.Profile, cut, n)
			}
		}
	}
}

// An MPD that cannot be had for two seconds is never asked for again. Segments that
// are numbered go on.
func TestH27MPDOutage(t *testing.T) {
	for _, version := range []string{"", "4.7"} {
		for _, row := range []struct {
			status int
			lasts  time.Duration
			dead   bool
			why    string
		}{
			{503, time.Second, false, "the third attempt, 1 s after the first, succeeds"},
			{503, 3 * time.Second, true, "four attempts in 1.5 s fail"},
			{403, 3 * time.Second, true, "whatever the status"},
		} {
			w := faulty(t, player.Config{Profile: player.DashJS, Version: version}, time.Minute,
				[]lab.EdgeFault{{Kinds: only(qoe.Manifest), From: 20 * time.Second, To: 20*time.Second + row.lasts, Status: row.status}},
				func(_ *lab.Config, c *scenarios.Cohort) { c.Policy.Refusal = "ignore" })
			failed, after := w.wrong(20*time.Second, time.Hour, qoe.Manifest), w.between(24*time.Second, time.Hour, qoe.Manifest)
			if row.dead && (!apart(started(failed), 0, 0.5, 1, 1.5) || len(after) != 0) {
				t.Errorf("dash.js %s, %s: failed at %v, %d MPDs later; want 0, 0.5, 1 and 1.5 s, and none", version, row.why, started(failed), len(after))
			}
			if !row.dead && len(after) < 15 {
				t.Errorf("dash.js %s, %s: %d MPDs later; want one every 2 s", version, row.why, len(after))
			}
			if n := len(w.between(50*time.Second, time.Minute, qoe.Segment)); n < 8 || len(of[qoe.Stall](w)) != 0 {
				t.Errorf("dash.js %s, %s: %d segments in the last 10 s, stalls %+v; want playback to go on", version, row.why, n, of[qoe.Stall](w))
			}
		}
	}
}

// One segment that is refused four times ends its track. A VOD plays out what it
// has and stands for ever; live stands until the DVR window has passed the gap.
// The picture stands from the bad segment on; the playhead follows the sound for
// up to 3 s more, as in Chromium.
func TestH28OneBadSegment(t *testing.T) {
	bad := func(number int64) []lab.EdgeFault {
		return []lab.EdgeFault{{Kinds: only(qoe.Segment), Media: qoe.Video, Number: lab.NumberRange(number, number), Times: 4, Status: 404}}
	}
	vod := faulty(t, dash(), 2*time.Minute, bad(10), func(_ *lab.Config, c *scenarios.Cohort) { c.Stream = scenarios.VOD })
	failed := vod.wrong(0, time.Hour, qoe.Segment)
	if !apart(started(failed), 0, 1, 2, 3) {
		t.Errorf("VOD: failed at %v; want four attempts, 1 s apart", started(failed))
	}
	stalls := of[qoe.Stall](vod)
	if len(stalls) != 1 || !stalls[0].Open || !nearly(stalls[0].At.Sub(vod.start), 21750*time.Millisecond, 1750*time.Millisecond) {
		t.Errorf("VOD: stalls %+v; want one for ever from 20 to 23 s on, as segment 10 begins at 20 s", stalls)
	}
	if n := len(vod.between(30*time.Second, time.Hour, qoe.Segment)); n != 0 {
		t.Errorf("VOD: %d segments after 30 s; want none of either track", n)
	}

	live := faulty(t, dash(), time.Minute, bad(10), func(cfg *lab.Config, _ *scenarios.Cohort) { cfg.Window = 6 })
	stalls = of[qoe.Stall](live)
	if len(stalls) != 1 || stalls[0].Open || !nearly(stalls[0].Took, 4600*time.Millisecond, 1600*time.Millisecond) {
		t.Errorf("live: stalls %+v; want one of 3 to 6.2 s, until 12 s of DVR window are over", stalls)
	}
	if skips := of[qoe.Skip](live); len(skips) != 1 || skips[0].Why != "window" {
		t.Errorf("live: skips %+v; want the jump to the start of the window", skips)
	}
	if end := live.states[len(live.states)-1]; end.Phase != player.Playing {
		t.Errorf("live: %+v at the end; want playback again", end)
	}
}

// An audio playlist that is refused for ever is never fatal in live, because every
// good video playlist forgives it: no sound, no picture, no error.
func TestH29AudioPlaylist403(t *testing.T) {
	w := faulty(t, hls(), time.Minute, []lab.EdgeFault{{Kinds: only(qoe.Playlist), Media: qoe.Audio, From: 20 * time.Second, Status: 403}},
		func(_ *lab.Config, c *scenarios.Cohort) { c.Policy.Refusal = "ignore" })
	if fatal := of[qoe.Fatal](w); len(fatal) != 0 {
		t.Errorf("fatal %+v; want none, ever", fatal)
	}
	n := 0
	for _, x := range w.refused(20*time.Second, 34*time.Second) {
		if x.Media == qoe.Audio {
			n++
		}
	}
	if n < 9 || n > 12 {
		t.Errorf("%d refusals in 14 s; want about 11, 1 and 2 s apart", n)
	}
	stalls := of[qoe.Stall](w)
	if len(stalls) != 1 || !stalls[0].Open {
		t.Errorf("stalls %+v; want one that never ends", stalls)
	}
	if video := w.between(50*time.Second, time.Minute, qoe.Playlist); len(video) < 10 {
		t.Errorf("%d playlists in the last 10 s; want both pipelines to go on asking", len(video))
	}
}

// One refusal of a level playlist burns through all levels at once; that costs a
// playlist each, and the picture falls to another quality.
func TestH30LevelHop(t *testing.T) {
	w := faulty(t, hls(), time.Minute, []lab.EdgeFault{{Kinds: only(qoe.Playlist), Media: qoe.Video, From: 20 * time.Second, To: 21 * time.Second, Status: 403}},
		func(cfg *lab.Config, c *scenarios.Cohort) {
			cfg.Ladder = []int64{300_000, 600_000, 900_000, 1_200_000, 1_500_000, 1_800_000}
			c.Policy.Refusal = "ignore"
		})
	var hops []Exchange
	for _, x := range w.refused(0, time.Hour) {
		if len(hops) == 0 || x.Start.Sub(hops[0].Start) < 500*time.Millisecond {
			hops = append(hops, x)
		}
	}
	renditions := map[string]bool{}
	for _, x := range hops {
		renditions[x.Object] = true
	}
	if len(hops) != 6 || len(renditions) != 6 {
		t.Errorf("refused at once: %d playlists of %d levels; want all six levels once", len(hops), len(renditions))
	}
	before, lowest := w.states[2*19].Bitrate, w.states[2*19].Bitrate // a state each half second
	for _, s := range w.states[2*22 : 2*35] {
		lowest = min(lowest, s.Bitrate)
	}
	if len(of[qoe.Fatal](w)) != 0 || lowest >= before || lowest == 0 {
		t.Errorf("fatal %+v, %d bit/s before and at least %d after; want playback to go on at a lower quality", of[qoe.Fatal](w), before, lowest)
	}
}

// A fragment that is refused is given up where there is no other level, as long as
// it is not the newest: content is lost without an error. The newest is tried again
// until it is the newest no more.
func TestH31GapSkip(t *testing.T) {
	for _, row := range []struct {
		number   int64
		media    qoe.Media // NoMedia: picture and sound
		attempts int
		frozen   time.Duration // at most
		why      string
	}{
		{-2, qoe.NoMedia, 2, 200 * time.Millisecond, "loaded at the start, when later ones are listed: given up at once, once a pipeline"},
		{10, qoe.NoMedia, 5, 1500 * time.Millisecond, "the newest: both pipelines try again, later and later by the errors that they share"},
		{-2, qoe.Video, 1, 1500 * time.Millisecond, "the picture alone: sound carries the playhead over the hole"},
		{10, qoe.Video, 3, 1500 * time.Millisecond, "the newest of the picture alone: again after 1 and 2 s, by when it is not"},
	} {
		w := faulty(t, hls(), time.Minute, []lab.EdgeFault{{Kinds: only(qoe.Segment), Media: row.media, Number: lab.NumberRange(row.number, row.number), Status: 403}},
			func(cfg *lab.Config, c *scenarios.Cohort) {
				cfg.Ladder = []int64{400_000}
				c.Policy.Refusal = "ignore"
			})
		if n := len(w.refused(0, time.Hour)); n != row.attempts {
			t.Errorf("segment %d %s: %d attempts at %v; want %d (%s)", row.number, row.media, n, started(w.refused(0, time.Hour)), row.attempts, row.why)
		}
		var frozen time.Duration
		for _, s := range of[qoe.Stall](w) {
			frozen += s.Took
		}
		end := w.states[len(w.states)-1]
		if len(of[qoe.Fatal](w)) != 0 || end.Phase != player.Playing {
			t.Errorf("segment %d %s: fatal %+v, %v at the end; want playback to go on (%s)", row.number, row.media, of[qoe.Fatal](w), end.Phase, row.why)
		}
		if frozen > row.frozen {
			t.Errorf("segment %d %s: frozen for %v; want at most %v (%s)", row.number, row.media, frozen, row.frozen, row.why)
		}
		if skips := of[qoe.Skip](w); row.media == qoe.NoMedia && (len(skips) != 1 || !nearly(skips[0].Amount, 2*time.Second, 200*time.Millisecond)) {
			t.Errorf("segment %d: skips %+v; want the 2 s of one segment (%s)", row.number, skips, row.why)
		}
	}
}
