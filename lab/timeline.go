package lab

import (
	"fmt"
	"strings"
	"time"
)

// listing is which segments a SegmentTimeline lists: first ≤ n < end.
type listing struct {
	live       bool
	first, end int64
}

// timedMPD is the live MPD that lists the segments before end.
type timedMPD struct {
	end int64
	mpd
}

// liveManifest answers with the live MPD at now.
func (o *origin) liveManifest(edge Edge, clock string, now time.Time) Answer {
	if o.cfg.Timeline && o.end(now) == 0 {
		return refuse(404, "the event has not begun", now)
	}
	switch {
	case o.cfg.UTCTiming == direct:
		return text(dashType, o.livePresentation(now).naming(now.UTC().Format(dateTime)), now)
	case o.cfg.UTCTiming == protected:
		return text(dashType, o.livePresentation(now).naming(clock), now)
	case o.cfg.Timeline:
		return text(dashType, o.livePresentation(now).naming(o.clocks[edge]), now)
	}
	return text(dashType, o.open[edge], now)
}

// livePresentation is what a live MPD says at now, whoever asks. With a timeline it
// is the same for a whole segment duration, as playlists are: the first to ask
// writes it.
func (o *origin) livePresentation(now time.Time) mpd {
	if !o.cfg.Timeline {
		return o.liveMPD
	}
	end := o.end(now)
	slot := &o.timelines[end%playlistSlots]
	known := slot.Load()
	if known == nil || known.end != end {
		known = &timedMPD{end, o.writeLive(listing{true, max(0, end-o.window), end})}
		slot.Store(known)
	}
	return known.mpd
}

// writeTimeline writes a template whose segments are listed with their exact times
// (ISO/IEC 23009-1 clause 5.3.9.6); equal ones that follow each other share an S.
func (o *origin) writeTimeline(b *strings.Builder, r *rendition, l listing) {
	fmt.Fprintf(b, "      <SegmentTemplate timescale=\"%d\" startNumber=\"%d\" %s>\n        <SegmentTimeline>\n", r.timescale, l.first, o.templateNames())
	begins := true
	for n := l.first; n < l.end; {
		start, duration := r.spanOf(n, l.live)
		again := int64(0)
		for n++; n < l.end; n++ {
			if _, next := r.spanOf(n, l.live); next != duration {
				break
			}
			again++
		}
		b.WriteString("          <S")
		if begins {
			fmt.Fprintf(b, " t=\"%d\"", start)
			begins = false
		}
		fmt.Fprintf(b, " d=\"%d\"", duration)
		if again > 0 {
			fmt.Fprintf(b, " r=\"%d\"", again)
		}
		b.WriteString("/>\n")
	}
	b.WriteString("        </SegmentTimeline>\n      </SegmentTemplate>\n")
}

// spanOf is when segment n begins and how long it lasts, in units.
func (r *rendition) spanOf(n int64, live bool) (start, duration int64) {
	from, to, _ := r.place(n, live)
	return r.span(from, to)
}
