package manifest

import (
	"bytes"
	"sync"

	"github.com/Eyevinn/mp4ff/mp4"
)

// unread is a resource whose index has not been read yet: one segment.
type unread struct {
	listed
	index   Index
	address address // where its segments will be

	mu   sync.Mutex
	body []byte // of the index read last
	last *Segments
}

// Index is where to fetch the segment index of a SegmentBase, for Indexed; nil
// when there is none, or it is read already.
func (s *Segments) Index() *Index {
	if u, ok := s.track.(*unread); ok {
		return &u.index
	}
	return nil
}

// Indexed is the segments that the index in body lists: body is what
// [Segments.Index] names, with all bytes of that range (ISO/IEC 14496-12 clause
// 8.16.3, ISO/IEC 23009-1 clause 5.3.9.2.2). Its segments are byte ranges of the
// same resource. A hierarchical index is read as far as it stands in body; a part
// that stands elsewhere is refused. Errors are *Error.
func (s *Segments) Indexed(body []byte) (*Segments, error) {
	read, bad := s.indexed(body)
	if bad != nil {
		return nil, bad
	}
	return read, nil
}

func (s *Segments) indexed(body []byte) (out *Segments, bad *Error) {
	defer func() { // of mp4ff, on input nobody foresaw
		if r := recover(); r != nil {
			out, bad = nil, unsupported(0, "the segment index cannot be read (%T)", r)
		}
	}()
	u, ok := s.track.(*unread)
	if !ok {
		return nil, unsupported(0, "segments without an index")
	}
	u.mu.Lock() // viewers who share a presentation share its indexes
	defer u.mu.Unlock()
	if u.last != nil && bytes.Equal(u.body, body) {
		return u.last, nil
	}
	if bytes.HasPrefix(body, []byte{0x1a, 0x45, 0xdf, 0xa3}) || bytes.HasPrefix(body, []byte{0x1c, 0x53, 0xbb, 0x6b}) {
		return nil, unsupported(0, "a WebM index (Cues)")
	}
	x := &indexReader{body: body, origin: u.index.Range.Offset, address: u.address}
	if bad := x.read(); bad != nil {
		return nil, bad
	}
	u.body, u.last = body, &Segments{track: &listed{segments: x.segments, dvr: u.dvr}, init: s.init, nominal: nominal(x.segments)}
	return u.last, nil
}

// Without is s without a segment: what is left of a rendition whose index cannot be
// read.
func (s *Segments) Without() *Segments { return &Segments{track: &listed{}, init: s.init} }

// indexReader reads sidx boxes out of a part of a resource.
type indexReader struct {
	body     []byte
	origin   int64 // of body in the resource
	address  address
	segments []Segment
	boxes    int
}

// maxIndexBoxes bounds a hierarchical index, which could refer to itself.
const maxIndexBoxes = 1000

// read finds the first sidx; what may stand before it is skipped.
func (x *indexReader) read() *Error {
	for at := int64(0); at < int64(len(x.body)); {
		h, bad := x.header(at)
		if bad != nil {
			return bad
		}
		if h.Name == "sidx" {
			return x.box(at)
		}
		at += int64(h.Size)
	}
	return unsupported(0, "no sidx box in the %d bytes of the index", len(x.body))
}

func (x *indexReader) header(at int64) (mp4.BoxHeader, *Error) {
	h, err := mp4.DecodeHeader(bytes.NewReader(x.body[at:]))
	switch {
	case err != nil && len(x.body[at:]) < 16:
		return h, truncated(0, "the segment index ends inside a box")
	case err != nil || h.Size < 8:
		return h, unsupported(0, "the segment index is no MP4 box")
	case h.Name != "sidx" && h.Size > uint64(len(x.body))-uint64(at):
		return h, notManifest("something that is no segment index")
	case h.Size > uint64(len(x.body))-uint64(at):
		return h, truncated(0, "the segment index has %d of %d bytes", len(x.body)-int(at), h.Size)
	}
	return h, nil
}

// box reads the sidx at body[at:].
func (x *indexReader) box(at int64) *Error {
	if x.boxes++; x.boxes > maxIndexBoxes {
		return unsupported(0, "an index of more than %d sidx boxes", maxIndexBoxes)
	}
	h, bad := x.header(at)
	if bad != nil {
		return bad
	}
	decoded, err := mp4.DecodeBox(uint64(at), bytes.NewReader(x.body[at:at+int64(h.Size)]))
	if err != nil {
		return truncated(0, "the sidx box is cut or broken")
	}
	sidx, ok := decoded.(*mp4.SidxBox)
	if !ok || sidx.Timescale == 0 || sidx.EarliestPresentationTime > maxMediaTime || sidx.FirstOffset > maxMediaTime {
		return unsupported(0, "a sidx box with @timescale 0 or times out of range")
	}
	return x.references(sidx, x.origin+at+int64(h.Size)+int64(sidx.FirstOffset))
}

// references reads what a sidx lists: media from byte offset on, one behind the
// other, and further sidx boxes.
func (x *indexReader) references(sidx *mp4.SidxBox, offset int64) *Error {
	scale := int64(sidx.Timescale)
	base := x.address.period - ticks(x.address.pto, x.address.scale)
	t := int64(sidx.EarliestPresentationTime)
	for _, ref := range sidx.SidxRefs {
		size := int64(ref.ReferencedSize)
		next := t + int64(ref.SubSegmentDuration)
		if size == 0 || offset > maxMediaTime || next > maxMediaTime || ticks(next, scale) >= maxTime || len(x.segments) >= maxSegments {
			return unsupported(0, "reference %d of the sidx box is out of range", len(x.segments)+1)
		}
		if ref.ReferenceType == 1 {
			at := offset - x.origin
			if at < 0 || at+8 > int64(len(x.body)) {
				return unsupported(0, "a hierarchical index of which a part stands outside its range")
			}
			if bad := x.box(at); bad != nil {
				return bad
			}
		} else {
			start := base + ticks(t, scale)
			s := Segment{
				Number:   x.address.first + int64(len(x.segments)),
				Start:    start,
				Duration: base + ticks(next, scale) - start,
				Ref:      x.address.ref,
				Range:    Range{offset, size},
				Init:     x.address.init,
			}
			if x.address.dvr != nil {
				s.Available = x.address.dvr.available(s.End())
			}
			if n := len(x.segments); n > 0 && start < x.segments[n-1].Start {
				return unsupported(0, "the sidx box goes back in time")
			}
			x.segments = append(x.segments, s)
		}
		t, offset = next, offset+size
	}
	return nil
}
