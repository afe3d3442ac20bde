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
	spared := 0
	for seed := range uint64(12) {
		var seen [2]*hlsOrigin
		for i := range seen {
			rng := rand.New(rand.NewPCG(seed, 1))
			o := &hlsOrigin{
				live: true, audio: true, levels: []int{300_000, 900_000}, segment: time.Duration(1+rng.IntN(4)) * time.Second,
				rate: 4e6, prompt: i == 1,
			}
			at := func() time.Duration { return time.Duration(rng.Int64N(int64(length))) }
			for _, what := range []string{"audio", "v0", ".m3u8", ""} {
				from := at()
				o.rules = append(o.rules, rule{url: what, from: from, to: from + at()/6, status: []int{0, 404}[rng.IntN(2)], slow: float64(1 + rng.IntN(20))})
			}
			o.play(t, Config{}, 10*time.Second)
			jumps := []time.Duration{at(), at(), at(), at()}
			slices.Sort(jumps)
			for _, jump := range jumps {
				o.until(t, 10*time.Second+jump)
				o.player.Seek(Target{Origin: FromLive, Offset: -at() / 4})
			}
			o.until(t, 20*time.Second+length)
			o.player.Stop()
			seen[i] = o
		}
		if !slices.Equal(seen[0].requests, seen[1].requests) || !slices.Equal(seen[0].samples, seen[1].samples) {
			t.Errorf("seed %d: %d requests and %d samples; with every tick %d and %d", seed,
				len(seen[1].requests), len(seen[1].samples), len(seen[0].requests), len(seen[0].samples))
		}
		spared += seen[0].polls - seen[1].polls
	}
	if spared < 100 {
		t.Errorf("%d ticks were left out; want most of those after main's segments", spared)
	}
}
