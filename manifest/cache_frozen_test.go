package manifest

import (
	"bytes"
	"fmt"
	"testing"
)

// A cache of frozen bodies says what one of others says, whether it knows a body by
// its place, by its bytes or not at all.
func TestFrozenBodies(t *testing.T) {
	plain, frozen := NewCache(4), NewCache(4)
	frozen.Frozen = true
	var bodies [][]byte
	for i := range 6 {
		bodies = append(bodies, fmt.Appendf(vodPlaylist(5+i), "# %d\n", i))
	}
	bodies = append(bodies, bytes.Clone(bodies[0]), []byte("<html>"), nil,
		[]byte("#EXTM3U\n#EXT-X-TARGETDURATION:4\n#EXTINF:4,\n/cmaf/1_v/token0/1800000060/1.ts\n#EXT-X-ENDLIST\n"))
	spare := new(Presentation) // what it was before shows nowhere
	for round := range 6 {
		for i, body := range bodies {
			base := fmt.Sprintf("https://e.example/%d/v%d/m.m3u8?x=/", round/2, i%(1+round%3))
			want, wrong := plain.Parse(base, "", body)
			got, err := frozen.ParseOver(spare, nil, AddressOf(base), "", body)
			if (err == nil) != (wrong == nil) || err != nil && err.Error() != wrong.Error() {
				t.Fatalf("round %d, body %d: %v; want %v", round, i, err, wrong)
			}
			if err != nil {
				continue
			}
			for _, ref := range []Ref{{URI: "seg.ts"}, {URI: "../up.ts"}, {URI: "?q"}, {URI: "a b.ts"}, {}, {Bases: []string{"https://other.example/x/"}, URI: "seg.ts"}} {
				if a, b := got.Resolve(ref), want.Resolve(ref); a != b {
					t.Errorf("round %d, body %d: %+v is at %s; want %s", round, i, ref, a, b)
				}
			}
			if spare = new(Presentation); round%2 == 0 {
				spare = nil
			} else if round > 1 {
				spare.Near(got) // the next comes from there, or from elsewhere
			}
			if a, b := len(got.track0().Listed()), len(want.track0().Listed()); a != b {
				t.Errorf("round %d, body %d: %d segments; want %d", round, i, a, b)
			}
		}
	}
	placed := 0
	for _, e := range frozen.places {
		for ; e != nil; e = e.beside {
			placed++
		}
	}
	if placed == 0 || placed > 4 {
		t.Errorf("%d places of 4 documents", placed)
	}
}

// BenchmarkFrozenHit is a playlist that another viewer has loaded before.
func BenchmarkFrozenHit(b *testing.B) {
	c := NewCache(8)
	c.Frozen = true
	body := vodPlaylist(20)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := c.Parse(base, "", body); err != nil {
			b.Fatal(err)
		}
	}
}
