package abr

import (
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"
	"time"

	"soak/netem"
	"soak/player"
)

const shared = "../../shared/traces"

// links are the traces that rules are checked on: a few of each measured set where
// they are at hand, and made ones.
func links(t *testing.T) []netem.Profile {
	t.Helper()
	var all []netem.Profile
	for seed := range uint64(30) {
		rng := rand.New(rand.NewPCG(seed, 3))
		p := randomTrace(rng, 300+rng.Float64()*6000)
		p.Name = fmt.Sprint("made ", seed)
		all = append(all, p)
	}
	if _, err := os.Stat(shared); err != nil {
		t.Logf("%s: no shared traces here; only made ones are played", shared)
		return all
	}
	for _, set := range []string{"hsdpa3g", "ghent4g", "fcc_hd", "fcc_sd", "oboe", "puffer2022"} {
		files, err := filepath.Glob(filepath.Join(shared, set, "*.json"))
		if err != nil {
			t.Fatal(err)
		}
		for i := 0; i < len(files); i += 1 + len(files)/6 {
			p, err := netem.LoadTrace(files[i])
			if err != nil {
				t.Fatal(err)
			}
			all = append(all, p)
		}
	}
	return all
}

// ladderTable is a table of several rungs whose segments vary in size together, as
// scenes do, and a little by themselves.
func ladderTable(seed uint64, segments int) Table {
	rng := rand.New(rand.NewPCG(seed, 5))
	t := Table{Name: "ladder", Bitrates: []int64{230_000, 477_000, 991_000, 2_056_000, 5_027_000, 9_000_000}}
	for range segments {
		scene := 0.6 + 0.8*rng.Float64()
		row := make([]int64, len(t.Bitrates))
		for r, rate := range t.Bitrates {
			row[r] = int64(float64(rate) * 3 * scene * (0.95 + 0.1*rng.Float64()))
		}
		t.Sizes = append(t.Sizes, row)
		t.Durations = append(t.Durations, 3*time.Second)
	}
	return t
}

// eachPlay plays a ladder over every link.
func eachPlay(t *testing.T, cfg player.Config, check func(name string, trace netem.Profile, table Table, r Result)) {
	t.Helper()
	for i, link := range links(t) {
		table := ladderTable(uint64(i), 120)
		r, err := Play(context.Background(), Config{Player: cfg, Table: table, Trace: link})
		if err != nil {
			t.Fatalf("%s: %v", link.Name, err)
		}
		check(link.Name, link, table, r)
	}
}
