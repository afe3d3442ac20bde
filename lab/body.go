package lab

import (
	"bytes"
	"io"
)

// body is what an answer carries: text that exists, or text or media made on the way out.
type body struct {
	text  []byte
	issue *Issue // whose text it is; nil: text
	// media is set for media segments, whose bytes from ≤ i < from+size are wanted.
	media      *rendition
	number     int64
	live       bool
	keys       *vault // encrypts; nil: clear
	from, size int64
}

// made is what there was not until it was asked for, written down.
func (b body) made() []byte {
	if b.issue != nil {
		return b.issue.text()
	}
	var out bytes.Buffer
	out.Grow(int(b.size))
	b.writeTo(&out) // a buffer takes everything
	return out.Bytes()
}

func (b body) writeTo(w io.Writer) (int64, error) {
	if b.issue != nil {
		b.text = b.issue.text()
	}
	if b.media == nil {
		n, err := w.Write(b.text)
		return int64(n), err
	}
	s := b.media.segment(b.number, b.live)
	p := part{w: w, skip: b.from, left: b.size}
	if b.keys == nil {
		s.write(&p)
		return p.written, p.err
	}
	c, err := b.keys.seal(b.number, &p)
	if err != nil {
		return 0, err
	}
	s.write(&part{w: c, left: s.size})
	c.close()
	return p.written, p.err
}
