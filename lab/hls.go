package lab

import (
	"fmt"
	"strconv"
	"time"
)

const (
	hlsType  = "application/vnd.apple.mpegurl"
	dashType = "application/dash+xml"
)

// writeMaster writes the multivariant playlist (RFC 8216 section 4.3.4), variants
// in ascending order. Every segment has exactly its rendition's bit rate, so
// peak and average are the same; BANDWIDTH includes the audio.
func (o *origin) writeMaster() []byte {
	b := []byte("#EXTM3U\n#EXT-X-VERSION:7\n#EXT-X-INDEPENDENT-SEGMENTS\n")
	b = fmt.Appendf(b, "#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID=\"audio\",NAME=\"English\",LANGUAGE=\"en\",DEFAULT=YES,AUTOSELECT=YES,CHANNELS=\"%d\",URI=\"%s/index.m3u8\"\n",
		o.audio.channels, o.audio.id)
	b, group := o.appendSubtitles(b)
	for _, r := range o.video {
		bandwidth := r.bitrate + o.audio.bitrate
		b = fmt.Appendf(b, "#EXT-X-STREAM-INF:BANDWIDTH=%d,AVERAGE-BANDWIDTH=%d,CODECS=\"%s,%s\",RESOLUTION=%dx%d,FRAME-RATE=%d.000,AUDIO=\"audio\"%s\n%s/index.m3u8\n",
			bandwidth, bandwidth, r.codecs, o.audio.codecs, r.width, r.height, r.frameRate(), group, r.id)
	}
	return b
}

// playlist is the live playlist of one rendition that ends before segment end.
type playlist struct {
	end  int64
	text []byte
}

// playlistSlots is how many moments of a live playlist are kept: viewers of a
// virtual run are at different moments, those of a real run at one.
const playlistSlots = 64

// livePlaylist is the same text for a whole segment duration: the first to ask
// writes it, at worst a few at once.
func (o *origin) livePlaylist(a *Answer, r *rendition, now time.Time) {
	end := o.end(now)
	if end == 0 {
		*a = refuse(404, "the event has not begun", now)
		return
	}
	slot := &r.playlists[end%playlistSlots]
	known := slot.Load()
	if known == nil || known.end != end {
		known = &playlist{end, o.writeLivePlaylist(r, end)}
		slot.Store(known)
	}
	a.carry(hlsType, known.text, now)
}

// writeLivePlaylist writes the window of segments before end (RFC 8216 section 6.2.2).
func (o *origin) writeLivePlaylist(r *rendition, end int64) []byte {
	first := max(0, end-o.window)
	b := make([]byte, 0, 256+48*(end-first))
	b = o.appendHeader(b, r)
	b = append(b, "#EXT-X-MEDIA-SEQUENCE:"...)
	b = strconv.AppendInt(b, first, 10)
	b = append(b, "\n#EXT-X-PROGRAM-DATE-TIME:"...)
	start, _ := r.span(first*o.each, first*o.each+o.each)
	b = appendDateTime(b, r.wallClock(start))
	b = append(b, '\n')
	for n := first; n < end; n++ {
		b = o.appendKey(b, r, n, first)
		b = o.appendSegment(b, r, n, true)
	}
	return b
}

// vodPlaylist writes the whole of a VOD. It is written anew for each viewer: one
// asks for it once.
func (o *origin) vodPlaylist(r *rendition) []byte {
	b := make([]byte, 0, 256+40*r.count())
	b = o.appendHeader(b, r)
	b = append(b, "#EXT-X-MEDIA-SEQUENCE:0\n#EXT-X-PLAYLIST-TYPE:VOD\n"...)
	for n := range r.count() {
		b = o.appendKey(b, r, n, 0)
		b = o.appendSegment(b, r, n, false)
	}
	return append(b, "#EXT-X-ENDLIST\n"...)
}

// appendHeader writes what both kinds of playlist begin with. The target duration
// is that of video; audio, up to half a frame longer, rounds to it.
func (o *origin) appendHeader(b []byte, r *rendition) []byte {
	b = append(b, "#EXTM3U\n#EXT-X-VERSION:7\n#EXT-X-TARGETDURATION:"...)
	b = strconv.AppendInt(b, o.each, 10)
	b = append(b, "\n#EXT-X-INDEPENDENT-SEGMENTS\n"...)
	if r.subtitle != nil {
		return b
	}
	return append(b, "#EXT-X-MAP:URI=\"init.mp4\"\n"...)
}

func (o *origin) appendSegment(b []byte, r *rendition, n int64, live bool) []byte {
	if live {
		b = append(b, r.lasts[uint64(n*o.each)%loopSeconds]...)
	} else {
		from, to, _ := r.place(n, live)
		b = r.appendDuration(b, from, to)
	}
	b = strconv.AppendInt(b, n, 10)
	if r.subtitle != nil {
		return append(b, cueFile+"\n"...)
	}
	return append(b, mediaFile+"\n"...)
}

// appendDuration writes how long a segment lasts.
func (r *rendition) appendDuration(b []byte, from, to int64) []byte {
	_, duration := r.span(from, to)
	b = appendSeconds(append(b, "#EXTINF:"...), duration, r.timescale)
	return append(b, ",\n"...)
}

// appendSeconds writes units/timescale with six decimals, rounded.
func appendSeconds(b []byte, units, timescale int64) []byte {
	micro := (units*1_000_000 + timescale/2) / timescale
	b = strconv.AppendInt(b, micro/1_000_000, 10)
	b = append(b, '.')
	for digit := int64(100_000); digit > 0; digit /= 10 {
		b = append(b, byte('0'+micro/digit%10))
	}
	return b
}

const dateTime = "2006-01-02T15:04:05.000Z"

// appendDateTime writes a time in UTC in that form: RFC 3339 is what package time writes
// in fewest steps.
func appendDateTime(b []byte, t time.Time) []byte {
	b = t.AppendFormat(b, time.RFC3339)
	ms := t.Nanosecond() / int(time.Millisecond)
	return append(b[:len(b)-1], '.', '0'+byte(ms/100), '0'+byte(ms/10%10), '0'+byte(ms%10), 'Z')
}

// wallClock is when a moment of live media happened. It is exact to the
// microsecond; playlists show milliseconds.
func (c *clip) wallClock(units int64) time.Time {
	seconds := units / c.timescale
	rest := units % c.timescale
	return time.Unix(seconds, rest*int64(time.Second)/c.timescale).UTC()
}
