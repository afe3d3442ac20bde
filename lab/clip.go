package lab

import (
	"bytes"
	"embed"
	"fmt"
	"time"

	"github.com/Eyevinn/mp4ff/aac"
	"github.com/Eyevinn/mp4ff/avc"
	"github.com/Eyevinn/mp4ff/mp4"
)

// The sample: made by media/make.sh.
//
//go:embed media/*.mp4
var sample embed.FS

// gop is the distance of the sample's key frames: what segments are cut at.
const gop = time.Second

// loopSeconds is the length of the sample: the shortest whole number of seconds
// that is also a whole number of AAC frames (375 of 1024 samples at 48 kHz).
const loopSeconds = 8

// track names one file of the sample and the least bit rate at which every
// segment of it fits, whatever its duration.
type track struct {
	file  string
	least int64
}

var (
	pictures = [3]track{{"media/v1.mp4", 80_000}, {"media/v2.mp4", 140_000}, {"media/v3.mp4", 220_000}}
	sound    = track{"media/a1.mp4", 53_000}
)

// pictureOf is which picture stands behind a rung of the ladder: the lowest rung
// has the smallest, the highest the largest, those between spread evenly.
func pictureOf(rung, rungs int) int {
	if rungs <= 1 {
		return 0
	}
	return rung * (len(pictures) - 1) / (rungs - 1)
}

// clip is one track of the sample, to be looped for ever. Every frame lasts the
// same time and decoding order is presentation order.
//
// Time on a clip is whole seconds since the start of the presentation. A second
// of video is a whole number of frames; an AAC frame lasts 21⅓ ms, so a segment
// of audio starts at the frame nearest to its second and is up to half a frame
// longer or shorter than its video. Frames are counted from time 0, never
// from the segment before, so nothing drifts.
type clip struct {
	init      []byte
	codecs    string // RFC 6381
	width     int    // 0 for audio
	height    int
	channels  int   // 0 for video
	timescale int64 // units a second
	frame     int64 // units a frame
	samples   []mp4.Sample
	offsets   []int // where each sample starts in data, and one more: the end
	data      []byte
}

// loadClip reads a track of the sample.
func loadClip(t track) (*clip, error) {
	raw, err := sample.ReadFile(t.file)
	if err != nil {
		return nil, err
	}
	file, err := mp4.DecodeFile(bytes.NewReader(raw))
	if err != nil {
		return nil, fmt.Errorf("%s: %w", t.file, err)
	}
	c := &clip{}
	if err := c.readInit(file.Init); err != nil {
		return nil, fmt.Errorf("%s: %w", t.file, err)
	}
	if err := c.readSamples(file); err != nil {
		return nil, fmt.Errorf("%s: %w", t.file, err)
	}
	return c, nil
}

func (c *clip) readInit(init *mp4.InitSegment) error {
	var text bytes.Buffer
	if err := init.Encode(&text); err != nil {
		return err
	}
	c.init = text.Bytes()
	media := init.Moov.Trak.Mdia
	c.timescale = int64(media.Mdhd.Timescale)
	if entry := media.Minf.Stbl.Stsd.AvcX; entry != nil {
		return c.describeVideo(entry)
	}
	if entry := media.Minf.Stbl.Stsd.Mp4a; entry != nil {
		return c.describeAudio(entry)
	}
	return fmt.Errorf("neither H.264 nor AAC")
}

func (c *clip) describeVideo(entry *mp4.VisualSampleEntryBox) error {
	sps, err := avc.ParseSPSNALUnit(entry.AvcC.SPSnalus[0], false)
	if err != nil {
		return err
	}
	c.codecs = avc.CodecString(entry.Type(), sps)
	c.width, c.height = int(entry.Width), int(entry.Height)
	return nil
}

func (c *clip) describeAudio(entry *mp4.AudioSampleEntryBox) error {
	config := entry.Esds.DecConfigDescriptor.DecSpecificInfo.DecConfig
	asc, err := aac.DecodeAudioSpecificConfig(bytes.NewReader(config))
	if err != nil {
		return err
	}
	c.codecs = fmt.Sprintf("mp4a.40.%d", asc.ObjectType)
	c.channels = int(asc.ChannelConfiguration)
	return nil
}

func (c *clip) readSamples(file *mp4.File) error {
	for _, segment := range file.Segments {
		for _, fragment := range segment.Fragments {
			full, err := fragment.GetFullSamples(file.Init.Moov.Mvex.Trex)
			if err != nil {
				return err
			}
			for _, s := range full {
				c.samples = append(c.samples, s.Sample)
				c.offsets = append(c.offsets, len(c.data))
				c.data = append(c.data, s.Data...)
			}
		}
	}
	c.offsets = append(c.offsets, len(c.data))
	c.frame = int64(c.samples[0].Dur)
	if int64(len(c.samples))*c.frame != loopSeconds*c.timescale {
		return fmt.Errorf("%d frames of %d/%d s do not last %d s", len(c.samples), c.frame, c.timescale, loopSeconds)
	}
	return nil
}

// frameAt is the number of the frame that starts nearest to a second, counted
// from second 0.
func (c *clip) frameAt(second int64) int64 {
	return (second*c.timescale + c.frame/2) / c.frame
}

// span is the start and the duration, in timescale units, of what stands for
// seconds from ≤ t < to.
func (c *clip) span(from, to int64) (start, duration int64) {
	first := c.frameAt(from)
	return first * c.frame, (c.frameAt(to) - first) * c.frame
}

// frameRate is frames a second.
func (c *clip) frameRate() int64 { return c.timescale / c.frame }
