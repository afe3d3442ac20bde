package lab

import (
	"bytes"
	"encoding/binary"
	"io"

	"github.com/Eyevinn/mp4ff/mp4"
)

// A media segment on the wire:
//
//	styp │ free ········ padding ········ │ moof │ mdat
//
// The padding stands before the moof because every player skips boxes that it
// does not know there, and because offsets in the moof count from the moof.

// head is all of a segment but its padding and media, for one place of the loop.
// Only the sequence number and the decode time differ from loop to loop; they are
// written in passing.
type head struct {
	styp    []byte
	moof    []byte // and the header of the mdat
	seqAt   int    // where in moof mfhd's sequence_number stands
	tfdtAt  int    // where in moof tfdt's 64-bit baseMediaDecodeTime stands
	first   int    // frame of the loop with which the media begins
	frames  int
	filler  []byte // what follows each frame's own bytes
	payload int64  // bytes of media, with what follows
}

// freeHeader is the size of the free box's own header: the least padding.
const freeHeader = 8

// bytes is the size of the segment with the least padding.
func (h *head) bytes() int64 {
	return int64(len(h.styp)+len(h.moof)) + freeHeader + h.payload
}

// newHead encodes the boxes of a segment of the given frames, each longer than the
// sample's by a number of bytes.
func newHead(c *clip, first, frames, longer int64) (*head, error) {
	fragment, err := mp4.CreateFragment(1, 1)
	if err != nil {
		return nil, err
	}
	fragment.EncOptimize = mp4.OptimizeTrun
	h := &head{first: int(first % int64(len(c.samples))), frames: int(frames), filler: c.filler(longer)}
	for i := range h.frames {
		s := c.samples[(h.first+i)%len(c.samples)]
		s.Size += uint32(len(h.filler))
		h.payload += int64(s.Size)
		// A time beyond 32 bits, so that tfdt gets its 64-bit form.
		fragment.AddSample(s, 1<<32)
	}
	var text bytes.Buffer
	if err := fragment.Encode(&text); err != nil {
		return nil, err
	}
	h.moof = text.Bytes()
	moof := fragment.Moof
	const header, full = 8, 12 // box header; full box header
	h.seqAt = header + full
	h.tfdtAt = header + int(moof.Mfhd.Size()) + header + int(moof.Traf.Tfhd.Size()) + full
	var styp bytes.Buffer
	err = mp4.NewStyp("msdh", 0, []string{"msdh", "msix", "cmfs"}).Encode(&styp)
	h.styp = styp.Bytes()
	return h, err
}

// segment is one media segment as it goes over the wire.
type segment struct {
	clip *clip
	head *head
	seq  uint32
	tfdt uint64
	size int64 // padding included

	chunks []chunk // nil: it is one
}

// write writes the whole segment; p drops what a range does not want.
func (s *segment) write(p *part) {
	if s.chunks != nil {
		s.writeChunks(p)
		return
	}
	h := s.head
	padding := s.size - h.bytes()
	p.write(h.styp)
	p.uint32(uint32(padding + freeHeader))
	p.write(freeType)
	p.zeros(padding)
	p.write(h.moof[:h.seqAt])
	p.uint32(s.seq)
	p.write(h.moof[h.seqAt+4 : h.tfdtAt])
	p.uint64(s.tfdt)
	p.write(h.moof[h.tfdtAt+8:])
	s.clip.write(p, h.first, h.frames, h.filler)
}

// write writes frames of the loop, going round as often as needed.
func (c *clip) write(p *part, first, frames int, filler []byte) {
	if len(filler) > 0 {
		for i := first; i < first+frames; i++ {
			at := i % len(c.samples)
			p.write(c.data[c.offsets[at]:c.offsets[at+1]])
			p.write(filler)
		}
		return
	}
	for frames > 0 {
		n := min(frames, len(c.samples)-first)
		p.write(c.data[c.offsets[first]:c.offsets[first+n]])
		first, frames = 0, frames-n
	}
}

var (
	freeType = []byte("free")
	zeroes   [64 << 10]byte
)

// part passes on what lies within a range of bytes and drops the rest.
type part struct {
	w       io.Writer
	skip    int64 // bytes before the range
	left    int64 // bytes of the range still to come
	written int64
	err     error
	scratch [8]byte
}

func (p *part) write(b []byte) {
	if p.skip >= int64(len(b)) {
		p.skip -= int64(len(b))
		return
	}
	b = b[p.skip:]
	p.skip = 0
	b = b[:min(int64(len(b)), p.left)]
	if p.err != nil || len(b) == 0 {
		return
	}
	n, err := p.w.Write(b)
	p.written += int64(n)
	p.left -= int64(n)
	p.err = err
}

func (p *part) uint32(v uint32) { p.write(binary.BigEndian.AppendUint32(p.scratch[:0], v)) }
func (p *part) uint64(v uint64) { p.write(binary.BigEndian.AppendUint64(p.scratch[:0], v)) }

func (p *part) zeros(n int64) {
	skipped := min(n, p.skip)
	p.skip -= skipped
	for n -= skipped; n > 0 && p.left > 0 && p.err == nil; n -= int64(len(zeroes)) {
		p.write(zeroes[:min(n, int64(len(zeroes)))])
	}
}
