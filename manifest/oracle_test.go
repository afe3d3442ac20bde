package manifest

import (
	"bytes"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/Eyevinn/dash-mpd/mpd"
	"github.com/Eyevinn/hls-m3u8/m3u8"
)

// TestHLSOracle compares every media playlist of the corpus, segment by segment,
// with a library we do not use. Its own faults are stepped around: it panics on
// one file, does not shift numbers by EXT-X-SKIP, moves a PROGRAM-DATE-TIME that
// precedes a part, and gives implicit byte ranges no offset.
func TestHLSOracle(t *testing.T) {
	files, segments := 0, 0
	for _, name := range corpusFiles(t, "hls/*.m3u8") {
		body := corpusFile(t, name)
		p, err := Parse(base, "", body)
		if err != nil || !p.Media || bytes.Contains(body, []byte("{$")) || known["hls/"+filepath.Base(name)].why != "" {
			continue
		}
		theirs := oracleMedia(body)
		ours := p.track0().Listed()
		if theirs == nil {
			continue // refused, or a panic
		}
		if len(theirs) != len(ours) {
			t.Errorf("%s: %d segments; the oracle has %d", name, len(ours), len(theirs))
			continue
		}
		files++
		for i, s := range theirs {
			segments++
			o := ours[i]
			if o.Ref.URI != strings.TrimSpace(s.URI) || math.Abs(o.Duration.Seconds()-s.Duration) > 1e-6 || o.Range.Length != s.Limit || o.Number != int64(s.SeqId)+p.HLS.Skipped {
				t.Errorf("%s: segment %d: ours %s %v %v #%d; the oracle's %s %v %d #%d", name, i, o.Ref.URI, o.Duration, o.Range, o.Number, s.URI, s.Duration, s.Limit, s.SeqId)
				break
			}
			if s.Offset != 0 && s.Offset != o.Range.Offset || o.Gap != s.Gap {
				t.Errorf("%s: segment %d: ours %v gap %v; the oracle's @%d gap %v", name, i, o.Range, o.Gap, s.Offset, s.Gap)
				break
			}
		}
	}
	t.Logf("%d segments of %d playlists agree", segments, files)
	if files < 60 {
		t.Errorf("only %d playlists compared; want 60 or more", files)
	}
}

func corpusFiles(t *testing.T, pattern string) []string {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(corpus, pattern))
	if err != nil {
		t.Fatal(err)
	}
	if len(files) == 0 {
		t.Skip("needs the corpus of real manifests")
	}
	for i, f := range files {
		if files[i], err = filepath.Rel(corpus, f); err != nil {
			t.Fatal(err)
		}
	}
	return files
}

// oracleMedia is nil where the oracle panics or refuses.
func oracleMedia(body []byte) (list []*m3u8.MediaSegment) {
	defer func() {
		if recover() != nil {
			list = nil
		}
	}()
	p, kind, err := m3u8.DecodeFrom(bytes.NewReader(body), false)
	if err != nil || kind != m3u8.MEDIA {
		return nil
	}
	return p.(*m3u8.MediaPlaylist).GetAllSegments()
}

// TestMPDOracle compares the skeleton and the timing of every MPD of the corpus
// with a library we do not use.
func TestMPDOracle(t *testing.T) {
	files := 0
	for _, name := range corpusFiles(t, "dash/*.mpd") {
		body, err := os.ReadFile(filepath.Join(corpus, name))
		if err != nil {
			t.Fatal(err)
		}
		p, err := Parse(base, "", body)
		if err != nil {
			continue
		}
		theirs, err := mpd.MPDFromBytes(body)
		if err != nil {
			t.Logf("%s: the oracle refuses it: %v", name, err)
			continue
		}
		files++
		compareMPD(t, name, p, theirs)
	}
	t.Logf("%d MPDs agree", files)
	if files < 80 {
		t.Errorf("only %d MPDs compared; want 80 or more", files)
	}
}

func compareMPD(t *testing.T, name string, p *Presentation, theirs *mpd.MPD) {
	t.Helper()
	if len(p.Periods) != len(theirs.Periods) {
		t.Errorf("%s: %d periods; the oracle has %d", name, len(p.Periods), len(theirs.Periods))
		return
	}
	for _, d := range []struct {
		what   string
		ours   time.Duration
		theirs *mpd.Duration
	}{
		{"mediaPresentationDuration", p.DASH.MediaPresentationDuration, theirs.MediaPresentationDuration},
		{"timeShiftBufferDepth", p.DASH.TimeShiftBufferDepth, theirs.TimeShiftBufferDepth},
		{"suggestedPresentationDelay", p.DASH.SuggestedDelay, theirs.SuggestedPresentationDelay},
		{"maxSegmentDuration", p.DASH.MaxSegmentDuration, theirs.MaxSegmentDuration},
	} {
		var want time.Duration
		if d.theirs != nil {
			want = time.Duration(*d.theirs)
		}
		if (d.ours - want).Abs() > time.Microsecond {
			t.Errorf("%s: %s %v; the oracle's %v", name, d.what, d.ours, want)
		}
	}
	if len(p.DASH.Locations) != len(theirs.Location) || len(p.DASH.UTCTiming) != len(theirs.UTCTimings) {
		t.Errorf("%s: %d Locations, %d UTCTimings; the oracle has %d, %d", name, len(p.DASH.Locations), len(p.DASH.UTCTiming), len(theirs.Location), len(theirs.UTCTimings))
	}
	for i, period := range theirs.Periods {
		reps, listed := 0, 0
		for _, set := range period.AdaptationSets {
			reps += len(set.Representations)
			for _, r := range set.Representations {
				listed += oracleCount(r.SegmentTemplate, set.SegmentTemplate, period.SegmentTemplate)
			}
		}
		ours, ourListed := 0, 0
		for _, set := range p.Periods[i].Sets {
			ours += len(set.Renditions)
			for _, r := range set.Renditions {
				if _, ok := r.Segments.track.(*timeline); ok {
					ourListed += len(r.Segments.Listed())
				}
			}
		}
		if ours != reps || ourListed != listed {
			t.Errorf("%s: period %d: %d renditions, %d timeline segments; the oracle has %d, %d", name, i+1, ours, ourListed, reps, listed)
		}
	}
}

// oracleCount is the number of segments in the timeline nearest to a
// representation; the oracle inherits nothing by itself.
func oracleCount(templates ...*mpd.SegmentTemplateType) int {
	for _, st := range templates {
		if st == nil || st.SegmentTimeline == nil {
			continue
		}
		n := 0
		for _, s := range st.SegmentTimeline.S {
			n += s.R + 1
		}
		return n
	}
	return 0
}
