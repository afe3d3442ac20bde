package player

import (
	"math"
	"time"

	"soak/qoe"
)

// What Chromium keeps in a SourceBuffer on a desktop (media/base/
// demuxer_memory_limit_default.cc, kDemuxerStreamVideo- and
// kDemuxerStreamAudioMemoryLimitDefault). Seen in version 156: of sound of 500,000
// bytes a segment 25 go in, 12.5 MB, and the 26th does not.
const (
	chromiumVideo = 150 << 20
	chromiumAudio = 12 << 20
)

// weight is what a stretch of a source buffer takes.
type weight struct {
	start, end time.Duration
	bytes      int64
}

// longestWeight is how long fragments put together into one piece may be: so long that
// few are kept, so short that what is evicted is little more than what has to be.
const longestWeight = 8 * time.Second

// hlsStore is how many bytes a source buffer holds, and where on the timeline.
type hlsStore struct {
	held   deque[weight] // in order
	total  int64
	quota  int64
	latest time.Duration // end of what was put in last
}

// put adds [start, end), over whatever was there.
func (s *hlsStore) put(start, end time.Duration, bytes int64) {
	i, before := s.before(math.MaxInt64)
	if before != nil && before.end > start {
		s.cut(start, end)
		i, before = s.before(end)
	}
	s.total, s.latest = s.total+bytes, end
	switch {
	case before != nil && before.end == start && end-before.start <= longestWeight:
		before.end = end
		before.bytes += bytes
	case i == s.held.len():
		s.held.push(weight{start, end, bytes})
	default:
		s.held.insert(i, weight{start, end, bytes})
	}
}

// before is the last of those that start before t, nil when none does, and how many do.
func (s *hlsStore) before(t time.Duration) (int, *weight) {
	for i := s.held.len(); i > 0; i-- {
		if w := s.held.at(i - 1); w.start < t {
			return i, w
		}
	}
	return 0, nil
}

// cut takes [from, to) out; a piece that loses a part of its length loses that part of
// its bytes.
func (s *hlsStore) cut(from, to time.Duration) {
	i := s.held.len()
	for i > 0 && s.held.at(i-1).end > from {
		i--
	}
	gone := i
	for ; gone < s.held.len() && s.held.at(gone).start < to; gone++ {
		w := s.held.at(gone)
		before, after := w.part(w.start, min(w.end, from)), w.part(max(w.start, to), w.end)
		s.total += before.bytes + after.bytes - w.bytes
		switch {
		case before.bytes > 0 && after.bytes > 0: // all of [from, to) lies in it
			*w = before
			s.held.insert(gone+1, after)
			return
		case before.bytes > 0: // it is the first
			*w = before
			i++
		case after.bytes > 0: // it is the last
			*w = after
			s.held.remove(i, gone)
			return
		}
	}
	s.held.remove(i, gone)
}

// part is what of a weight [start, end) takes; nothing when it is none.
func (w weight) part(start, end time.Duration) weight {
	if start >= end {
		return weight{}
	}
	return weight{start, end, int64(float64(w.bytes) * float64(end-start) / float64(w.end-w.start))}
}

// evict makes room for so many bytes as Chromium does before an append: it lets go of
// what lies before the playhead, and then of what lies behind the latest append and is
// not contiguous with it (SourceBufferStream::GarbageCollectIfNeeded). It returns up to
// where from the front and from where on from the back nothing is held any more, and
// whether there is room now.
func (s *hlsStore) evict(bytes int64, playhead time.Duration) (front, back time.Duration, room bool) {
	back = math.MaxInt64
	over := s.total + bytes - s.quota
	gone := 0
	for over > 0 && gone < s.held.len() && s.held.at(gone).end <= playhead {
		w := s.held.at(gone)
		front = w.end
		over -= w.bytes
		s.total -= w.bytes
		gone++
	}
	s.held.shift(gone)
	if over <= 0 {
		return front, back, true
	}
	kept := s.held.len()
	for over > 0 && kept > 0 && s.held.at(kept-1).start > max(s.latest, playhead) {
		w := s.held.at(kept - 1)
		back = w.start
		over -= w.bytes
		s.total -= w.bytes
		kept--
	}
	s.held.truncate(kept)
	return front, back, over <= 0
}

// admits tells whether the browser takes so many bytes more, and lets go of what it
// lets go of for them. The player learns of that as it looks at what is buffered.
func (p *hlsPipeline) admits(bytes int64) bool {
	s := &p.store
	if s.total+bytes <= s.quota {
		return true
	}
	front, back, room := s.evict(bytes, p.h.el.position())
	if front > 0 {
		p.forget(front)
	}
	if back < math.MaxInt64 {
		p.lose(back, p.h.el.buffers[p.media].end())
	}
	return room
}

// lose takes [from, to) out of the source buffer, and what lost something of itself
// out of the tracker (detectEvictedFragments).
func (p *hlsPipeline) lose(from, to time.Duration) {
	p.store.cut(from, to)
	p.h.el.remove(p.media, from, to)
	p.tracker.evict(p.h.el.buffers[p.media])
}

// forget is the same of what lies before t, which the playhead has passed.
func (p *hlsPipeline) forget(t time.Duration) {
	p.h.el.forget(p.media, t)
	if r := &p.tracker.records; r.len() > 0 && t > r.at(0).start { // what is long played is not tracked
		p.tracker.evict(p.h.el.buffers[p.media])
	}
}

const bufferFullNote = "bufferFullError: the browser's quota is met"

// bufferFull is what follows a QuotaExceededError that no back buffer was left to
// help: bufferFullError, which is never fatal (buffer-controller.ts, onError of the
// append; reduceLengthAndFlushBuffer). The player wants less from now on, for sound and
// picture alike, and asks for the fragment again, until it wants so little that it
// waits.
func (p *hlsPipeline) bufferFull(f *hlsLoadingFrag) {
	h, fwd := p.h, p.forward()
	h.note(bufferFullNote)
	switch {
	case fwd.length() <= 500*time.Millisecond: // the playhead is not in it: all of it goes
		p.flush(0, h.el.buffers[p.media].end())
	case fwd.hasNext && fwd.next > f.frag.start:
		h.aim.wantLess(fwd.length(), f.frag.duration())
		p.flush(fwd.next, h.el.buffers[p.media].end())
	default:
		h.aim.wantLess(fwd.length(), f.frag.duration())
	}
	p.tracker.forget(f.frag.list, f.frag.sn)
	p.nextLoad = f.frag.start
	p.loading, p.prev, p.state = nil, hlsFrag{}, hlsIdle
	h.trim(h.el.position(), time.Second, f.frag.start)
	p.soon()
}

// wantLess halves the most buffer that is aimed at, or takes what is buffered less
// three fragments if that is more (reduceMaxBufferLength).
func (a *bufferAim) wantLess(buffered, fragment time.Duration) {
	least := max(min(buffered-fragment, a.length), fragment/2)
	a.most = max(buffered-3*fragment, a.most/2, least)
}

// trimBack lets go of what the page does not want kept. The original does so whenever
// another fragment comes to the playhead (FRAG_CHANGED); what it would have done by now
// is done here before anything can tell.
func (h *hls) trimBack() {
	back := h.opt.backBuffer
	if d := h.latest; d != nil && d.live && h.opt.liveBackBuffer != unset {
		back = h.opt.liveBackBuffer
	}
	if back == unset && h.opt.frontBuffer == 0 {
		return
	}
	if r := h.main.tracker.buffered(h.el.position()); r != nil {
		h.trim(r.start, back, h.opt.frontBuffer)
	}
}

// trim lets go of the back buffer but for so much, and of ranges apart from the
// playhead's that begin too far ahead of it (trimBuffers). back is unset and front 0
// where nothing goes. Of a VOD that was appended to its end the back is kept.
func (h *hls) trim(pos, back, front time.Duration) {
	d := h.latest
	if d == nil || d.target <= 0 {
		return
	}
	on := pos / d.target * d.target
	for _, p := range []*hlsPipeline{h.main, h.audio} {
		if p == nil {
			continue
		}
		b := h.el.buffers[p.media]
		if to := on - max(back, d.target); back != unset && len(b) > 0 && to > b[0].start && (d.live || p.state != hlsFinished) {
			p.store.cut(0, to)
			p.forget(to)
			h.forgetCues(to)
		}
		if far := on + max(h.aim.length, front, d.target); front > 0 {
			p.loseAhead(far, pos)
		}
	}
}

// loseAhead lets the last of several ranges go when it begins at far or later and the
// playhead is not in it (flushFrontBuffer).
func (p *hlsPipeline) loseAhead(far, pos time.Duration) {
	b := p.h.el.buffers[p.media]
	from, apart := b.lastRange()
	if apart && from >= far && (pos < from || pos > b.end()) {
		p.lose(from, b.end())
	}
}

// lastRange is where the last range begins that nothing touches, and whether there is
// another before it.
func (s spans) lastRange() (from time.Duration, apart bool) {
	i := len(s) - 1
	for i > 0 && s[i-1].end == s[i].start {
		i--
	}
	if i < 0 {
		return 0, false
	}
	return s[i].start, i > 0
}

// quotas are how many bytes of each media the browser keeps.
func quotas(q Quota, m qoe.Media) int64 {
	limit := or(q.Video, chromiumVideo)
	if m == qoe.Audio {
		limit = or(q.Audio, chromiumAudio)
	}
	return int64(limit)
}
