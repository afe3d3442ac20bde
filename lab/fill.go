package lab

import (
	"bytes"
	"encoding/binary"
)

// inFrames is the Padding that makes frames as large as their bit rate has them.
const inFrames = "frames"

// maxFilledAudio is the most that frames of AAC are filled to: browsers write an ADTS
// header before each, whose length has 13 bits (ISO/IEC 14496-3 table 1.A.6).
const maxFilledAudio = 3_000_000

// filled is a track with frames filled up to a bit rate; 0: as they are.
type filled struct {
	track
	bitrate int64
}

// fill is by how many bytes each of so many frames can be longer when there is room
// for so many in all.
func fill(room, frames int64) int64 { return max(room, 0) / frames }

// filler is so many bytes that may follow a frame and that decoders pass over: of
// H.264 a NAL unit of filler data (clause 7.3.2.7) with its length before it, of AAC
// zeros after the end of the raw data block. It is nothing where there is no room for
// a NAL unit.
func (c *clip) filler(size int64) []byte {
	const length, header, trailing = 4, 1, 1
	switch {
	case c.channels > 0:
		return make([]byte, size)
	case size < length+header+trailing:
		return nil
	}
	b := binary.BigEndian.AppendUint32(nil, uint32(size-length))
	b = append(b, 12) // nal_unit_type
	b = append(b, bytes.Repeat([]byte{0xff}, int(size)-length-header-trailing)...)
	return append(b, 0x80) // rbsp_trailing_bits
}
