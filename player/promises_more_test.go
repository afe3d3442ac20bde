package player

import (
	"fmt"
	"testing"
	"time"

	"pgregory.net/rapid"

	"soak/loop"
	"soak/qoe"
)

// The generic player keeps the same promises, and one more: one request in flight
// for each media, keys and initializations included.
func TestGenericKeepsItsPromises(t *testing.T) {
	one := func(r Request) string {
		switch r.Kind {
		case qoe.Manifest, qoe.Timing:
			return fmt.Sprint("kind ", r.Kind)
		case qoe.Playlist:
			return "" // that of the next quality is fetched while this one's is kept fresh
		}
		return fmt.Sprint("media ", r.Media)
	}
	t.Run("hls", func(t *testing.T) {
		rapid.Check(t, func(t *rapid.T) {
			o := drawHLSOrigin(t)
			w := newWitness(t, o, one)
			w.quiet = true
			w.play(genericPlayer, "http://edge/master.m3u8", 2*time.Minute, o.world, epoch)
		})
	})
	t.Run("dash", func(t *testing.T) {
		rapid.Check(t, func(t *rapid.T) {
			inner := drawDashWorld(t)
			w := newWitness(t, inner, one)
			w.quiet = true
			w.play(genericPlayer, dashURL, 3*time.Minute, inner.world, dashEpoch)
		})
	})
}

// The Gcore player makes new players inside; for the viewer it is one session.
func TestGcoreKeepsItsPromises(t *testing.T) {
	any := func(Request) string { return "" }
	t.Run("hls", func(t *testing.T) {
		rapid.Check(t, func(t *rapid.T) {
			o := drawHLSOrigin(t)
			cfg := Config{Wrapper: Gcore, Gcore: GcoreConfig{SourceController: rapid.Bool().Draw(t, "reload")}}
			newWitness(t, o, any).play(cfg, "http://edge/master.m3u8", 2*time.Minute, o.world, epoch)
		})
	})
	t.Run("dash", func(t *testing.T) {
		rapid.Check(t, func(t *rapid.T) {
			inner := drawDashWorld(t)
			cfg := Config{Profile: DashJS, Wrapper: Gcore, Gcore: GcoreConfig{SourceController: rapid.Bool().Draw(t, "reload")}}
			newWitness(t, inner, any).play(cfg, dashURL, 3*time.Minute, inner.world, dashEpoch)
		})
	})
}

func drawDashWorld(t *rapid.T) *dashWorld {
	base, troubles := drawDashOrigin(t)
	w := newDashWorld(func(r Request, now time.Time) dashAnswer {
		a := base.serve(r, now)
		for _, x := range troubles {
			if x.strikes(r, now.Sub(dashEpoch)) {
				return x.answer(a)
			}
		}
		return a
	})
	w.skew = drawTime(t, "clock", -time.Minute, time.Minute)
	return w
}

// play makes the player and lets a viewer loose on it.
func (w *witness) play(cfg Config, url string, longest time.Duration, loops *loop.World, start time.Time) {
	p, err := New(cfg, w, url, dice())
	if err != nil {
		w.t.Fatal(err)
	}
	if g, ok := p.(*generic); ok {
		w.el = func() *element { return g.el }
	}
	deeds := drawDeeds(w.t, drawTime(w.t, "watched", 0, longest))
	w.live(p, loops, start, deeds)
	w.accounts(deeds[len(deeds)-1].at, cfg.Wrapper == "") // the wrapper catches up at 1.1 x
}
