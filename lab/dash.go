package lab

import (
	"fmt"
	"strings"
	"time"
)

// mpd is a live MPD. What differs from answer to answer stands between before and
// after: the URL of a clock, or the time itself (UTCTiming direct). Unless segments
// are listed in a timeline they are numbered from the epoch, and the rest is the
// same text at all times.
type mpd struct{ before, after []byte }

func (m mpd) naming(clock string) []byte {
	if m.after == nil {
		return m.before
	}
	b := make([]byte, 0, len(m.before)+len(clock)+len(m.after))
	b = append(b, m.before...)
	b = append(b, strings.ReplaceAll(clock, "&", "&amp;")...)
	return append(b, m.after...)
}

// clockPath is where an edge tells the time, to anyone.
const clockPath = "/time"

// clockFile is the same behind a token.
const clockFile = "time"

// writeLive writes the MPD of a live event (ISO/IEC 23009-1 clause 5.3). The
// clock's URL is absolute: dash.js asks it without going through the token
// rewriting.
func (o *origin) writeLive(l listing) mpd {
	var b strings.Builder
	delay := ""
	if o.cfg.SuggestedDelay > 0 {
		delay = fmt.Sprintf(" suggestedPresentationDelay=%q", isoDuration(o.cfg.SuggestedDelay))
	}
	published := time.Unix(l.end*o.each, 0).UTC() // with the last segment listed
	fmt.Fprintf(&b, `%s type="dynamic" availabilityStartTime="1970-01-01T00:00:00Z" publishTime=%q minimumUpdatePeriod=%q timeShiftBufferDepth=%q%s`,
		mpdOpen, published.Format(time.RFC3339), isoDuration(o.cfg.MinimumUpdatePeriod), isoDuration(time.Duration(o.window)*o.cfg.Segment), delay)
	o.writePeriod(&b, l)
	end := []byte("\"/>\n</MPD>\n")
	switch o.cfg.UTCTiming {
	case direct:
		b.WriteString(`  <UTCTiming schemeIdUri="urn:mpeg:dash:utc:direct:2014" value="`)
		return mpd{[]byte(b.String()), end}
	case noTiming:
		b.WriteString("</MPD>\n")
		return mpd{before: []byte(b.String())}
	}
	b.WriteString(`  <UTCTiming schemeIdUri="urn:mpeg:dash:utc:http-iso:2014" value="`)
	return mpd{[]byte(b.String()), end}
}

func (o *origin) writeVOD() []byte {
	var b strings.Builder
	fmt.Fprintf(&b, `%s type="static" mediaPresentationDuration=%q`, mpdOpen, isoDuration(o.cfg.Length))
	o.writePeriod(&b, listing{false, 0, o.audio.count()})
	b.WriteString("</MPD>\n")
	return []byte(b.String())
}

const mpdOpen = `<?xml version="1.0" encoding="UTF-8"?>
<MPD xmlns="urn:mpeg:dash:schema:mpd:2011" profiles="urn:mpeg:dash:profile:isoff-live:2011"`

// writePeriod ends the MPD's start tag and writes its one period. Audio segments
// differ from @duration by up to half a frame, well within the tolerance of
// number-based addressing; maxSegmentDuration allows for it.
func (o *origin) writePeriod(b *strings.Builder, l listing) {
	longest := o.cfg.Segment + halfFrame
	fmt.Fprintf(b, " maxSegmentDuration=%q minBufferTime=%q>\n", isoDuration(longest), isoDuration(o.cfg.Segment))
	if l.live {
		o.writeService(b)
	}
	b.WriteString("  <Period id=\"1\" start=\"PT0S\">\n")
	fmt.Fprintf(b, "    <AdaptationSet id=\"1\" contentType=\"video\" mimeType=\"video/mp4\" segmentAlignment=\"true\" startWithSAP=\"1\" par=\"16:9\" maxWidth=\"%d\" maxHeight=\"%d\" maxFrameRate=\"%d\">\n",
		o.video[len(o.video)-1].width, o.video[len(o.video)-1].height, o.video[0].frameRate())
	o.writeTemplate(b, o.video[0], l)
	for _, r := range o.video {
		fmt.Fprintf(b, "      <Representation id=%q bandwidth=\"%d\" codecs=%q width=\"%d\" height=\"%d\" frameRate=\"%d\" sar=\"1:1\"/>\n",
			r.id, r.bitrate, r.codecs, r.width, r.height, r.frameRate())
	}
	b.WriteString("    </AdaptationSet>\n    <AdaptationSet id=\"2\" contentType=\"audio\" mimeType=\"audio/mp4\" lang=\"en\" segmentAlignment=\"true\" startWithSAP=\"1\">\n")
	o.writeTemplate(b, o.audio, l)
	fmt.Fprintf(b, "      <Representation id=%q bandwidth=\"%d\" codecs=%q audioSamplingRate=\"%d\">\n        <AudioChannelConfiguration schemeIdUri=\"urn:mpeg:dash:23003:3:audio_channel_configuration:2011\" value=\"%d\"/>\n      </Representation>\n",
		o.audio.id, o.audio.bitrate, o.audio.codecs, o.audio.timescale, o.audio.channels)
	b.WriteString("    </AdaptationSet>\n  </Period>\n")
}

// halfFrame is half an AAC frame, rounded up to whole milliseconds.
const halfFrame = 11 * time.Millisecond

// writeTemplate writes how the segments of renditions like r are addressed.
func (o *origin) writeTemplate(b *strings.Builder, r *rendition, l listing) {
	if o.cfg.Timeline {
		o.writeTimeline(b, r, l)
		return
	}
	fmt.Fprintf(b, "      <SegmentTemplate timescale=\"1\" duration=\"%d\" startNumber=\"0\" %s%s/>\n", o.each, o.lowAttributes(l.live), o.templateNames())
}

// templateNames are the files of a template.
func (o *origin) templateNames() string {
	mark := ""
	if o.keys != nil {
		mark = clearMark
	}
	return fmt.Sprintf(`initialization="$RepresentationID$/init.mp4" media="$RepresentationID$/%s$Number$.m4s"`, mark)
}

// isoDuration is an xs:duration in seconds: PT2S, PT2.011S.
func isoDuration(d time.Duration) string {
	return fmt.Sprintf("PT%gS", d.Seconds())
}
