package lab

import (
	"fmt"
	"strings"
	"time"
)

// LowLatency is live DASH before its segments are complete: each is made of CMAF
// chunks (ISO/IEC 23000-19 section 7.3.2.3), can be asked for when its first chunk is
// there, and is then sent chunk by chunk as the encoder makes them. The zero
// LowLatency is none.
type LowLatency struct {
	// Chunk is the duration of a chunk, 100ms or more, of which a segment has a whole
	// number, at least two. 0 = segments are served when they are complete.
	Chunk time.Duration `yaml:"chunk,omitempty" json:"chunk,omitempty"`
	// Target is the latency that the MPD asks for (ServiceDescription Latency@target),
	// at most the window. 0 = one and a half segments.
	Target time.Duration `yaml:"target,omitempty" json:"target,omitempty"`
}

const leastChunk = 100 * time.Millisecond

// on tells whether segments are served before they are complete.
func (l LowLatency) on() bool { return l.Chunk > 0 }

// filled puts in what zero means.
func (l LowLatency) filled(c Config) LowLatency {
	if l.on() {
		l.Target = or(l.Target, 3*c.Segment/2)
	}
	return l
}

func (l LowLatency) validate(c Config) error {
	switch {
	case l == LowLatency{}:
	case l.Chunk < leastChunk || c.Segment%l.Chunk != 0 || l.Chunk == c.Segment:
		return fmt.Errorf("lowLatency.chunk %v: use a part of the segment's %v, %v or more", l.Chunk, c.Segment, leastChunk)
	case l.Target < l.Chunk || l.Target > time.Duration(c.Window)*c.Segment:
		return fmt.Errorf("lowLatency.target %v: use a chunk to the window, %v", l.Target, time.Duration(c.Window)*c.Segment)
	case c.Timeline:
		return fmt.Errorf("lowLatency: a timeline lists complete segments; leave timeline out")
	case c.Padding != "":
		return fmt.Errorf("lowLatency: chunks have their padding behind their frames; leave padding out")
	}
	return nil
}

// Made is when an answer's body is there up to Bytes, counted from its beginning.
type Made struct {
	Bytes int64
	At    time.Time
}

// chunk is a chunk of a segment.
type chunk struct {
	*head
	start int64 // units since the segment's start
	end   int64 // bytes of the segment up to the chunk's end
}

// chunked cuts the live segments of a rendition into chunks of a duration: one cut for
// every place in the loop that a segment can begin at.
func (r *rendition) chunked(each time.Duration) error {
	for second := range int64(loopSeconds) {
		chunks, err := r.cutChunks(second, each)
		if err != nil {
			return fmt.Errorf("lowLatency.chunk %v: %s of %d bit/s: %w", each, r.id, r.bitrate, err)
		}
		r.chunks[second] = chunks
	}
	return nil
}

// cutChunks cuts the segment that begins with a second of the loop. Each chunk has the
// bytes of its duration at the rendition's bit rate, or, where its key frame needs
// more, at the cost of those after it.
func (r *rendition) cutChunks(second int64, each time.Duration) ([]chunk, error) {
	count := int64(time.Duration(r.each) * time.Second / each)
	origin := r.frameAt(second)
	frame := func(i int64) int64 {
		units := second*r.timescale + i*int64(each)*r.timescale/int64(time.Second)
		return (units + r.frame/2) / r.frame
	}
	all := make([]chunk, count)
	end := int64(0)
	for i := range all {
		from, to := frame(int64(i)), frame(int64(i)+1)
		h, err := newHead(r.clip, from, to-from, 0)
		if err != nil {
			return nil, err
		}
		least := int64(len(h.moof)) + h.payload
		if i == 0 {
			least += int64(len(h.styp))
		}
		end = max(end+least, r.bitrate*(to-origin)*r.frame/(8*r.timescale))
		all[i] = chunk{h, (from - origin) * r.frame, end}
	}
	if size := r.size(second, second+r.each); end != size {
		return nil, fmt.Errorf("its chunks need %d bytes in a segment of %d; use longer chunks or a higher bit rate", end, size)
	}
	return all, nil
}

// made is when what is there of live segment n, from its first chunk on; nil when all
// of it is there at now.
func (r *rendition) made(n int64, each time.Duration, now time.Time) (parts []Made) {
	begins := time.Unix(n*r.each, 0)
	chunks := r.chunks[n*r.each%loopSeconds]
	whole := int(now.Sub(begins) / each)
	if whole >= len(chunks) {
		return nil
	}
	for i := max(whole, 1) - 1; i < len(chunks); i++ {
		parts = append(parts, Made{chunks[i].end, begins.Add(time.Duration(i+1) * each)})
	}
	return parts
}

// writeChunks writes a segment of chunks:
//
//	styp │ moof │ mdat ···· padding ···· │ moof │ mdat ···· padding ···· │ …
//
// The padding stands at the end of each mdat, so that a player that measures from the
// beginning of a moof to the end of its mdat, as dash.js does, measures all of it.
func (s *segment) writeChunks(p *part) {
	const header = 8 // of the mdat, at the end of moof
	at := int64(len(s.head.styp))
	p.write(s.head.styp)
	for i, c := range s.chunks {
		size := c.end - at - int64(len(c.moof)) + header // of the mdat
		p.write(c.moof[:c.seqAt])
		p.uint32(s.seq*uint32(len(s.chunks)) + uint32(i))
		p.write(c.moof[c.seqAt+4 : c.tfdtAt])
		p.uint64(s.tfdt + uint64(c.start))
		p.write(c.moof[c.tfdtAt+8 : len(c.moof)-header])
		p.uint32(uint32(size))
		p.write(c.moof[len(c.moof)-header+4:])
		s.clip.write(p, c.first, c.frames, nil)
		p.zeros(size - header - c.payload)
		at = c.end
	}
}

// lowAttributes are those of a live template whose segments can be asked for early.
func (o *origin) lowAttributes(live bool) string {
	low := o.cfg.LowLatency
	if !live || !low.on() {
		return ""
	}
	return fmt.Sprintf("availabilityTimeOffset=\"%g\" availabilityTimeComplete=\"false\" ", (o.cfg.Segment - low.Chunk).Seconds())
}

// writeService writes the latency that is asked for, and how fast players may play to
// get there (ISO/IEC 23009-1 annex K).
func (o *origin) writeService(b *strings.Builder) {
	if low := o.cfg.LowLatency; low.on() {
		fmt.Fprintf(b, "  <ServiceDescription id=\"0\">\n    <Latency target=\"%d\"/>\n    <PlaybackRate min=\"0.96\" max=\"1.04\"/>\n  </ServiceDescription>\n", low.Target.Milliseconds())
	}
}
