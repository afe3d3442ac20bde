package player

import (
	"math/rand/v2"
	"slices"
	"testing"
	"time"
)

// Ticks of the audio pipeline that are left out would have done nothing: where they are
// not, the player asks for the same at the same instants and tells the same.
func TestHLSAudioRests(t *testing.T) {
	const length = 90 * time.Second
	spared, rested := 0, 0
	for seed := range uint64(12) {
		var seen [2]*hlsOrigin
		for i := range seen {
			rng := rand.New(rand.NewPCG(seed, 1))
			o := &hlsOrigin{
				live: true, audio: true, levels: []int{300_000, 900_000}, segment: time.Duration(1+rng.IntN(4)) * time.Second,
				rate: 4e6, window: 20, prompt: i == 1,
			}
			at := func() time.Duration { return time.Duration(rng.Int64N(int64(length))) }
			for _, what := range []string{"audio", "v0", ".m3u8", ""} {
				from := at()
				o.rules = append(o.rules, rule{url: what, from: from, to: from + at()/6, status: []int{0, 404}[rng.IntN(2)], slow: float64(1 + rng.IntN(20))})
			}
			o.play(t, Config{}, 10*time.Second)
			for now := 10 * time.Second; now < length; now += at() / 64 {
				o.until(t, now)
				checkHasAll(t, o.player.(*hls))
				rested += checkRests(t, o.player.(*hls).main)
				rested += checkRests(t, o.player.(*hls).audio)
				if rng.IntN(4) == 0 {
					o.player.Seek(Target{Origin: FromStart, Offset: at() / 2})
				}
			}
			o.until(t, 10*time.Second+length)
			o.player.Stop()
			seen[i] = o
		}
		if !slices.Equal(seen[0].requests, seen[1].requests) || !slices.Equal(seen[0].samples, seen[1].samples) {
			t.Errorf("seed %d: %d requests and %d samples; with every tick %d and %d", seed,
				len(seen[1].requests), len(seen[1].samples), len(seen[0].requests), len(seen[0].samples))
		}
		spared += seen[0].polls - seen[1].polls
	}
	if rested < 100 {
		t.Errorf("pipelines rested %d of the times that they were asked; want most", rested)
	}
	if spared < 100 {
		t.Errorf("%d ticks were left out; want most of those after main's segments", spared)
	}
}

// checkRests: where a pipeline is said to rest, its tick does nothing.
func checkRests(t *testing.T, p *hlsPipeline) (rested int) {
	if p == nil || p.state != hlsIdle {
		return 0
	}
	p.h.el.settle()
	if !p.rests() {
		return 0
	}
	loading, level, next := p.loading, p.h.loadLevel, p.h.abr.nextLevel
	p.recheck = 0
	p.step()
	if p.state != hlsIdle || p.recheck != 0 || p.loading != loading || p.h.loadLevel != level || p.h.abr.nextLevel != next {
		t.Errorf("at %v: a tick that would do nothing leads to state %d, level %d, fragment %v", p.h.w.Now(), p.state, p.h.loadLevel, p.loading.frag)
	}
	return 1
}

// checkHasAll: where the playlist is said to be loaded to its end, there is nothing to
// load of it.
func checkHasAll(t *testing.T, h *hls) {
	for _, p := range []*hlsPipeline{h.main, h.audio} {
		if p == nil || p.lastLoaded == nil || p.details() == nil {
			continue
		}
		d, list, fwd := p.details(), p.lastLoaded.id, p.forward()
		if !p.hasAll(d, list, fwd.end) {
			continue
		}
		if i := p.nextFragment(fwd.end, d, list); i >= 0 || p.ended(fwd) || fwd.end < d.last().Start+d.offset {
			t.Errorf("at %v: all is loaded of a playlist up to %v, and yet %v would be", h.w.Now(), d.edge(), d.segs[min(max(i, 0), len(d.segs)-1)].Start)
		}
	}
}
