package manifest

import (
	"reflect"
	"strings"
	"testing"
)

// fuzzHLS holds any body to what is asked of playlists beside what is asked of
// every manifest.
func fuzzHLS(t *testing.T, body []byte) {
	fuzz(t, body)
	p, err := Parse(base, "", body)
	if err != nil || p.Format != HLS {
		return
	}
	for _, f := range p.Lint(epoch) {
		if f.Line < 0 || f.Text == "" || f.Clause == "" || strings.ContainsAny(f.Text, "\n\r") {
			t.Fatalf("finding %#v", f)
		}
	}
	if p.Media {
		checkMedia(t, p)
	}
	cached, err := NewCache(1).Parse(base, "", body)
	if err != nil {
		t.Fatalf("the cache refuses it: %v", err)
	}
	for i, s := range firstSegments(p) {
		if c := firstSegments(cached)[i]; cached.Resolve(c.Ref) != p.Resolve(s.Ref) {
			t.Fatalf("segment %d: cached URL %s; want %s", i, cached.Resolve(c.Ref), p.Resolve(s.Ref))
		}
	}
}

func firstSegments(p *Presentation) []Segment {
	if !p.Media {
		return nil
	}
	list := p.media().Listed()
	return list[:min(len(list), 100)]
}

// checkMedia: segments lie one after the other, parts within the time line, and
// everything can be asked for.
func checkMedia(t *testing.T, p *Presentation) {
	t.Helper()
	s := p.media()
	all := s.Listed()
	if b := s.Building(); b != nil {
		all = append(all[:len(all):len(all)], *b)
	}
	for i, seg := range all {
		if i > 0 && (seg.Start != all[i-1].End() || seg.Number != all[i-1].Number+1 || seg.Discontinuity < all[i-1].Discontinuity) {
			t.Fatalf("segment %+v follows %+v", seg, all[i-1])
		}
		for _, part := range seg.Parts {
			if part.Start < seg.Start || part.Duration < 0 || part.Range.Offset < 0 || part.Range.Length < 0 {
				t.Fatalf("part %+v of %+v", part, seg)
			}
			checkRef(t, p, part.Ref)
		}
	}
	for _, h := range s.Hints() {
		checkRef(t, p, h.Ref)
	}
	for _, r := range p.HLS.Reports {
		checkRef(t, p, r.Playlist)
	}
	if p.Reload.Changed < 0 || p.Reload.Unchanged < 0 || p.Latency.Target < 0 {
		t.Fatalf("reload %+v, latency %+v", p.Reload, p.Latency)
	}
}

// FuzzUpdate applies anything to anything: the result is a sound playlist that
// ends as the delta ends, or a refusal.
func FuzzUpdate(f *testing.F) {
	for _, skipRanges := range []bool{false, true} {
		s := channel{window: 12, skip: 4, skipRanges: skipRanges}
		f.Add([]byte(s.at(20, false)), []byte(s.at(21, true)))
		f.Add([]byte(s.at(20, false)), []byte(s.at(23, true)))
	}
	f.Add([]byte(mediaWith("", three)), []byte(mediaWith("#EXT-X-SKIP:SKIPPED-SEGMENTS=3\n", "#EXTINF:4,", "d.ts")))
	f.Add([]byte(mediaWith("#EXT-X-BITRATE:5\n", three)), []byte(mediaWith("#EXT-X-SKIP:SKIPPED-SEGMENTS=2\n", "#EXTINF:4,", "#EXT-X-BYTERANGE:4", "c.ts", "#EXT-X-PART:URI=\"p\",DURATION=1")))
	f.Fuzz(func(t *testing.T, first, second []byte) {
		previous, err := Parse(base, "", first)
		if err != nil {
			return
		}
		delta, err := Parse(base+"?_HLS_skip=YES", "", second)
		if err != nil {
			return
		}
		whole, err := Update(previous, delta)
		if err != nil || whole == delta {
			if whole != nil && err != nil {
				t.Fatalf("Update = %v and %v", whole, err)
			}
			return
		}
		checkMedia(t, whole)
		got, tail := whole.media().Listed(), delta.media().Listed()
		if int64(len(got)) != delta.HLS.Skipped+int64(len(tail)) || whole.HLS.Skipped != 0 || whole.HLS.MediaSequence != delta.HLS.MediaSequence-delta.HLS.Skipped {
			t.Fatalf("%d segments from %d; want %d skipped and %d listed", len(got), whole.HLS.MediaSequence, delta.HLS.Skipped, len(tail))
		}
		for i, s := range tail {
			if w := got[delta.HLS.Skipped+int64(i)]; w.Number != s.Number || !reflect.DeepEqual(w.Ref, s.Ref) || w.Duration != s.Duration {
				t.Fatalf("segment %+v; want %+v", w, s)
			}
		}
		again, err := Update(whole, delta)
		if err == nil {
			checkMedia(t, again)
		}
	})
}
