package manifest

import (
	"bytes"
	"fmt"
	"math"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/Eyevinn/hls-m3u8/m3u8"
)

// oracleDiffers are the differences from the oracle, by file and aspect, each with
// the reason why it is the oracle that is mistaken. One that is gone must leave
// this list.
var oracleDiffers = map[string]string{
	"adx-hls__standalone-webvtt__media_playlist.m3u8 target":                                raised,
	"adx-hls__standalone-webvtt__playlist_vtt.m3u8 target":                                  raised,
	"adx-hls__ttml-in-mp4__media_playlist.m3u8 target":                                      raised,
	"adx-hls__ttml-in-mp4__playlist_ttml.m3u8 target":                                       raised,
	"adx-media_playlist.m3u8 target":                                                        raised + "; the playlist has none",
	"adx-media_playlist_independent_segments.m3u8 target":                                   raised + "; the playlist has none",
	"vjs-extinf.m3u8 target":                                                                raised,
	"vjs-liveStart30sBefore.m3u8 target":                                                    raised,
	"adx-live_low_latency_media_can_skip_skipped.m3u8 number":                               unshifted,
	"adx-live_low_latency_media_can_skip_skipped_media_sequence_no_overlapping.m3u8 number": unshifted,
	"adx-live_low_latency_media_can_skip_until_and_block_reload_next_skipped.m3u8 number":   unshifted,
	"eye-media-playlist-with-skip.m3u8 number":                                              unshifted,
	"vjs-llhls-delta-byte-range.m3u8 number":                                                unshifted,
	"vjs-llhlsDelta.m3u8 number":                                                            unshifted,
	"adx-live_low_latency_parts_only.m3u8 parts":                                            "it refuses parts as long as there is no segment",
	"vjs-llhls-delta-byte-range.m3u8 parts":                                                 "it drops parts whose byte range has no offset",
	"vjs-llhls.m3u8 part":                                                                   "it does not read GAP of a part",
	"vjs-llhlsDelta.m3u8 part":                                                              "it does not read GAP of a part",
	"eye-media-playlist-with-byterange.m3u8 range":                                          "it gives a byte range without an offset the offset 0, not the end of the range before (RFC 8216bis 4.4.4.2)",
	"eye-media-playlist-with-defines.m3u8 URI":                                              "it does not substitute variables (RFC 8216bis 4.3)",
	"eye-media-playlist-with-key.m3u8 keys":                                                 "it keeps both keys of one KEYFORMAT; the later one replaces the earlier (RFC 8216bis 4.4.4.4)",
	"vjs-diff-init-key.m3u8 keys":                                                           "it lists every key in front of a segment, one too that METHOD=NONE has ended (RFC 8216bis 4.4.4.4)",
	"eye-media-playlist-with-scte35-daterange.m3u8 date range start":                        "it keeps two ranges of one ID; the second tag adds to the first and cannot change its START-DATE (RFC 8216bis 4.4.5.1)",
	"vjs-extinf.m3u8 segments":                                                              "it counts a segment whose EXTINF has no duration",
	"vjs-whiteSpace.m3u8 URI":                                                               "it keeps white space behind a URI",
}

const (
	raised    = "it raises the target duration to the longest segment, which hides that the playlist breaks its promise"
	unshifted = "it does not count the segments that EXT-X-SKIP leaves out"
)

// TestHLSOracle compares every playlist of the corpus, tag by tag, with a library
// we do not use.
func TestHLSOracle(t *testing.T) {
	compared, refused, aspects := 0, 0, 0
	used := make(map[string]bool)
	for _, name := range corpusFiles(t, "hls/*.m3u8") {
		body := corpusFile(t, name)
		p, err := Parse(base+corpusQuery(body), "", body)
		if err != nil {
			continue // TestCorpus holds refusals to their reasons
		}
		theirs := oracle(body)
		if theirs == nil {
			refused++
			continue
		}
		compared++
		c := comparison{}
		switch theirs := theirs.(type) {
		case *m3u8.MediaPlaylist:
			c.media(p, theirs)
		case *m3u8.MasterPlaylist:
			c.master(p, theirs)
		}
		aspects += c.agreed
		for aspect, difference := range c.differs {
			key := filepath.Base(name) + " " + aspect
			used[key] = true
			if oracleDiffers[key] == "" {
				t.Errorf("%q: ours; the oracle's: %s", key, difference)
			}
		}
	}
	for key := range oracleDiffers {
		if !used[key] {
			t.Errorf("%s: differs no more: take it off the list", key)
		}
	}
	t.Logf("%d playlists compared (%d refused by the oracle), %d aspects agree, %d differ for a reason", compared, refused, aspects, len(used))
	if compared < 130 {
		t.Errorf("only %d playlists compared; want 130 or more", compared)
	}
}

// oracle is nil where the oracle panics or refuses.
func oracle(body []byte) (p m3u8.Playlist) {
	defer func() {
		if recover() != nil {
			p = nil
		}
	}()
	p, _, err := m3u8.DecodeFrom(bytes.NewReader(body), false)
	if err != nil {
		return nil
	}
	return p
}

// comparison collects, for one file, the first difference of each aspect.
type comparison struct {
	agreed  int
	differs map[string]string
}

func (c *comparison) same(aspect string, ours, theirs any) {
	if ours == theirs {
		c.agreed++
		return
	}
	if c.differs == nil {
		c.differs = make(map[string]string)
	}
	if c.differs[aspect] == "" {
		c.differs[aspect] = fmt.Sprintf("%v; %v", ours, theirs)
	}
}

// inMicros makes durations comparable that were added up in another order.
func inMicros(seconds float64) int64 { return int64(math.Round(seconds * 1e6)) }

func (c *comparison) media(p *Presentation, o *m3u8.MediaPlaylist) {
	if !p.Media {
		c.same("kind", "multivariant", "media")
		return
	}
	h := p.HLS
	c.same("target", int64(h.TargetDuration/time.Second), int64(o.TargetDuration))
	c.same("sequence", h.MediaSequence-h.Skipped, int64(o.SeqNo))
	c.same("discontinuity sequence", h.DiscontinuitySequence, int64(o.DiscontinuitySeq))
	c.same("end", h.EndList, o.Closed)
	c.same("type", fmt.Sprint(h.VOD, h.Event), fmt.Sprint(o.MediaType == m3u8.VOD, o.MediaType == m3u8.EVENT))
	c.same("I-frames", h.IFramesOnly, o.Iframe)
	if p.Start != nil {
		c.same("start", inMicros(p.Start.Offset.Seconds()), inMicros(o.StartTime))
	}
	c.same("part target", inMicros(p.Latency.PartTarget.Seconds()), inMicros(o.PartTargetDuration))
	if s := o.ServerControl; s != nil {
		c.same("server control", fmt.Sprint(p.Reload.SkipUntil.Seconds(), p.Reload.SkipDateRanges, h.HoldBack.Seconds(), h.PartHoldBack.Seconds(), p.Reload.Blocking),
			fmt.Sprint(s.CanSkipUntil, s.CanSkipDateRanges, s.HoldBack, s.PartHoldBack, s.CanBlockReload))
	}
	c.parts(p, o)
	c.dates(p, o)
	c.segments(p, o.GetAllSegments(), o.Map)
}

func (c *comparison) segments(p *Presentation, theirs []*m3u8.MediaSegment, init *m3u8.Map) {
	ours := p.track0().Listed()
	c.same("segments", len(ours), len(theirs))
	if len(ours) != len(theirs) {
		return
	}
	var keys []m3u8.Key
	for i, s := range theirs {
		o := ours[i]
		c.same("URI", o.Ref.URI, s.URI)
		c.same("duration", inMicros(o.Duration.Seconds()), inMicros(s.Duration))
		c.same("number", o.Number, int64(s.SeqId))
		c.same("range", fmt.Sprint(o.Range), fmt.Sprint(Range{s.Offset, s.Limit}))
		c.same("gap", o.Gap, s.Gap)
		c.same("discontinuity", o.Discontinuity-discontinuityBefore(ours, i, p) == 1, s.Discontinuity)
		if !s.ProgramDateTime.IsZero() {
			c.same("date", o.ProgramDateTime.UnixMilli(), s.ProgramDateTime.UnixMilli())
		}
		if len(s.Keys) > 0 {
			keys = s.Keys
		}
		c.same("keys", ourKeys(o.Keys), theirKeys(keys))
		if s.Map != nil {
			init = s.Map
		}
		if init != nil && o.Init != nil {
			c.same("map", fmt.Sprint(o.Init.Ref.URI, o.Init.Range), fmt.Sprint(init.URI, Range{init.Offset, init.Limit}))
		} else {
			c.same("map", o.Init != nil, init != nil)
		}
	}
}

// discontinuityBefore is the discontinuity number in front of segment i.
func discontinuityBefore(list []Segment, i int, p *Presentation) int64 {
	if i == 0 {
		return p.HLS.DiscontinuitySequence
	}
	return list[i-1].Discontinuity
}

func ourKeys(keys []Key) string {
	var all []string
	for _, k := range keys {
		all = append(all, fmt.Sprint(k.Method, k.Ref.URI, k.IV))
	}
	return strings.Join(all, " ")
}

func theirKeys(keys []m3u8.Key) string {
	var all []string
	for _, k := range keys {
		if k.Method != "NONE" {
			all = append(all, fmt.Sprint(k.Method, k.URI, k.IV))
		}
	}
	return strings.Join(all, " ")
}

func (c *comparison) parts(p *Presentation, o *m3u8.MediaPlaylist) {
	var ours []Part
	for _, s := range p.track0().Listed() {
		ours = append(ours, s.Parts...)
	}
	if b := p.track0().Building(); b != nil {
		ours = append(ours, b.Parts...)
	}
	c.same("parts", len(ours), len(o.PartialSegments))
	if len(ours) != len(o.PartialSegments) {
		return
	}
	for i, s := range o.PartialSegments {
		c.same("part", fmt.Sprint(ours[i].Ref.URI, inMicros(ours[i].Duration.Seconds()), ours[i].Independent, ours[i].Gap, ours[i].Range),
			fmt.Sprint(s.URI, inMicros(s.Duration), s.Independent, s.Gap, Range{s.Offset, s.Limit}))
	}
}

func (c *comparison) dates(p *Presentation, o *m3u8.MediaPlaylist) {
	theirs := o.DateRanges
	for _, s := range o.GetAllSegments() {
		theirs = append(theirs, s.SCTE35DateRanges...)
	}
	byID := make(map[string]DateRange)
	for _, d := range p.HLS.DateRanges {
		byID[d.ID] = d
	}
	ids := make(map[string]bool)
	for _, d := range theirs {
		ids[d.ID] = true
		ours, known := byID[d.ID]
		c.same("date range", known, true)
		c.same("date range start", ours.Start.UnixMilli(), d.StartDate.UnixMilli())
		if d.Duration != nil {
			c.same("date range duration", inMicros(ours.Duration.Seconds()), inMicros(*d.Duration))
		}
		if d.SCTE35Out != "" {
			c.same("splice", ours.SCTE35Out, d.SCTE35Out)
		}
	}
	c.same("date ranges", len(byID), len(ids))
}

func (c *comparison) master(p *Presentation, o *m3u8.MasterPlaylist) {
	if p.Media {
		c.same("kind", "media", "multivariant")
		return
	}
	var variants, iframes []*m3u8.Variant
	for _, v := range o.Variants {
		if v.Iframe {
			iframes = append(iframes, v)
		} else {
			variants = append(variants, v)
		}
	}
	c.variants("variant", p.Periods[0].Sets[0].Renditions, variants)
	sets := p.Periods[0].Sets[1:]
	if n := len(sets); n > 0 && sets[n-1].Trick {
		c.variants("I-frame variant", sets[n-1].Renditions, iframes)
		sets = sets[:n-1]
	} else {
		c.same("I-frame variants", 0, len(iframes))
	}
	c.alternatives(sets, o)
	c.same("session keys", len(p.Master.SessionKeys), len(o.SessionKeys))
	c.same("session data", len(p.Master.SessionData), len(o.SessionDatas))
	c.same("steering", p.Steering != nil, o.ContentSteering != nil)
}

func (c *comparison) variants(what string, ours []Rendition, theirs []*m3u8.Variant) {
	c.same(what+"s", len(ours), len(theirs))
	if len(ours) != len(theirs) {
		return
	}
	for i, v := range theirs {
		r := ours[i]
		c.same(what+" URI", r.Playlist.URI, v.URI)
		c.same(what+" bandwidth", r.Bandwidth, int64(v.Bandwidth))
		w, h := resolution(v.Resolution)
		c.same(what+" picture", fmt.Sprint(r.Width, r.Height, r.FrameRate, r.VideoRange, r.HDCP), fmt.Sprint(w, h, v.FrameRate, v.VideoRange, v.HDCPLevel))
		c.same(what+" codecs", r.Codecs+r.Supplemental, v.Codecs+v.SupplementalCodecs)
		c.same(what+" groups", fmt.Sprint(r.Audio, r.Video, r.Subtitles, r.Captions), fmt.Sprint(v.Audio, v.Video, v.Subtitles, v.Captions))
		c.same(what+" names", fmt.Sprint(r.StableID, strings.TrimSuffix(r.Pathway, "."), r.Score), fmt.Sprint(v.StableVariantId, v.PathwayId, v.Score))
	}
}

// alternatives compares by TYPE, GROUP-ID and NAME: the oracle hangs renditions on
// variants.
func (c *comparison) alternatives(sets []Set, o *m3u8.MasterPlaylist) {
	theirs := make(map[string]*m3u8.Alternative)
	for _, v := range o.Variants {
		for _, a := range v.Alternatives {
			theirs[a.Type+":"+a.GroupId+" "+a.Name+a.Language+a.URI] = a
		}
	}
	n := 0
	for _, s := range sets {
		for _, r := range s.Renditions {
			a := theirs[s.ID+" "+r.Name+r.Lang+r.Playlist.URI]
			if a == nil {
				continue
			}
			n++
			c.same("rendition", fmt.Sprint(r.AssocLang, r.Default, r.Autoselect, r.Forced, r.InstreamID, strings.Join(r.Characteristics, ","), r.StableID),
				fmt.Sprint(a.AssocLanguage, a.Default, a.Autoselect, a.Forced, a.InstreamId, a.Characteristics, a.StableRenditionId))
		}
	}
	c.same("renditions", n, len(theirs))
}
