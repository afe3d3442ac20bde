package manifest

import (
	"bytes"
	"math"
	"path/filepath"
	"strings"
	"testing"

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
