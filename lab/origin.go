package lab

import (
	"fmt"
	"strconv"
	"sync/atomic"
	"time"

	"soak/qoe"
	"soak/token"
)

// origin answers for files of videos, whoever asks. It is never written to after
// newOrigin, but for cached text.
type origin struct {
	cfg     Config
	each    int64 // seconds a segment
	window  int64 // segments
	video   []*rendition
	audio   *rendition
	text    []*rendition // subtitles
	byID    map[string]*rendition
	keys    *vault                // nil: nothing is encrypted
	kinds   map[string]token.Kind // of every video served
	master  []byte
	vodMPD  []byte
	liveMPD mpd
	clocks  [3]string // the edges' open clocks
	open    [3][]byte // the live MPD without a timeline, by edge, with the edge's open clock

	timelines *[playlistSlots]atomic.Pointer[timedMPD] // live MPDs with a timeline, by their last segment
}

func newOrigin(cfg Config, hosts Hosts, keys *vault) (*origin, error) {
	o := &origin{
		cfg:    cfg,
		each:   int64(cfg.Segment / time.Second),
		window: int64(cfg.Window),
		byID:   map[string]*rendition{},
		keys:   keys,
		kinds:  map[string]token.Kind{},

		timelines: new([playlistSlots]atomic.Pointer[timedMPD]),
	}
	for _, name := range cfg.Live {
		o.kinds[name] = token.Live
	}
	for _, name := range cfg.VOD {
		o.kinds[name] = token.VOD
	}
	if err := o.loadMedia(); err != nil {
		return nil, err
	}
	for _, r := range o.byID {
		o.note(r)
	}
	o.master = o.writeMaster()
	o.vodMPD = o.writeVOD()
	o.liveMPD = o.writeLive(listing{live: true})
	o.point(hosts)
	return o, nil
}

// point writes the text that names the lab's own URLs.
func (o *origin) point(hosts Hosts) {
	for edge := range o.open {
		o.clocks[edge] = hosts.of(Edge(edge)) + clockPath
		o.open[edge] = o.liveMPD.naming(o.clocks[edge])
	}
}

// apart is the same origin with nothing written down yet of what changes with time.
func (o *origin) apart() *origin {
	own := *o
	own.timelines = new([playlistSlots]atomic.Pointer[timedMPD])
	own.byID = make(map[string]*rendition, len(o.byID))
	anew := func(r *rendition) *rendition {
		r = &rendition{reel: r.reel, id: r.id, bitrate: r.bitrate, subtitle: r.subtitle, weights: r.weights, lasts: r.lasts, chunks: r.chunks}
		own.byID[r.id] = r
		return r
	}
	own.video, own.text = nil, nil
	for _, r := range o.video {
		own.video = append(own.video, anew(r))
	}
	for _, r := range o.text {
		own.text = append(own.text, anew(r))
	}
	own.audio = anew(o.audio)
	return &own
}

func (o *origin) loadMedia() error {
	length := int64(o.cfg.Length / time.Second)
	reels := map[filled]*reel{}
	add := func(id string, t track, bitrate int64) (*rendition, error) {
		key := filled{track: t}
		if o.cfg.Padding == inFrames {
			key.bitrate = bitrate
		}
		if reels[key] == nil {
			loaded, err := newReel(key, o.each, length)
			if err != nil {
				return nil, err
			}
			reels[key] = loaded
		}
		r := &rendition{reel: reels[key], id: id, bitrate: bitrate}
		if low := o.cfg.LowLatency; low.on() && bitrate > 0 {
			if err := r.chunked(low.Chunk); err != nil {
				return nil, err
			}
		}
		o.byID[id] = r
		return r, nil
	}
	for i, bitrate := range o.cfg.Ladder {
		r, err := add("v"+strconv.Itoa(i+1), pictures[pictureOf(i, len(o.cfg.Ladder))], bitrate)
		if err != nil {
			return err
		}
		o.video = append(o.video, r)
	}
	for i := range o.cfg.Subtitles {
		r, err := add(subtitleID(i), pictures[0], 0)
		if err != nil {
			return err
		}
		r.subtitle = &o.cfg.Subtitles[i]
		o.text = append(o.text, r)
	}
	var err error
	o.audio, err = add("a1", sound, o.cfg.AudioBitrate)
	return err
}

// answer is what a file holds at now on an edge, the token already judged. clock is
// the URL of that file's own clock.
func (o *origin) answer(a *Answer, f *file, edge Edge, clock string, now time.Time) {
	switch {
	case !f.served:
		*a = refuse(404, "no such video", now)
		return
	case !f.known:
		*a = refuse(404, "no such file", now)
		return
	}
	switch f.kind {
	case qoe.Manifest:
		o.manifest(a, f, edge, clock, now)
	case qoe.Playlist:
		if f.live() {
			o.livePlaylist(a, f.rendition, now)
		} else {
			a.carry(hlsType, o.vodPlaylist(f.rendition), now)
		}
	case qoe.Init:
		a.carry(f.rendition.contentType(), f.rendition.init, now)
	case qoe.Key:
		*a = o.key(f, now)
	case qoe.Link:
		o.linkedPart(a, f, edge, now)
	case qoe.License:
		a.carry("application/octet-stream", make([]byte, licenseBytes), now)
	default:
		o.segment(a, f, now)
	}
}

func (o *origin) manifest(a *Answer, f *file, edge Edge, clock string, now time.Time) {
	switch {
	case !f.mpd:
		a.carry(hlsType, o.master, now)
	case !f.live():
		a.carry(dashType, o.vodMPD, now)
	default:
		*a = o.liveManifest(edge, clock, now)
	}
}

func (o *origin) segment(a *Answer, f *file, now time.Time) {
	r, n := f.rendition, f.number
	first, end := o.listed(r, f.live(), now)
	low := f.live() && o.cfg.LowLatency.on()
	if low && r.subtitle == nil {
		end = o.end(now.Add(o.cfg.Segment - o.cfg.LowLatency.Chunk))
	}
	if n < first || n >= end {
		*a = o.missing(n, first, now)
		return
	}
	if r.subtitle != nil {
		a.carry(vttType, r.cues(n, f.live()), now)
		return
	}
	from, to, _ := r.place(n, f.live())
	size, keys := r.size(from, to), o.keys
	if f.clear {
		keys = nil
	}
	if keys != nil {
		size = sealed(size)
	}
	a.ok(r.contentType(), size, now)
	a.body = body{media: r, number: n, live: f.live(), keys: keys, size: size}
	if low && keys == nil {
		a.Made = r.made(n, o.cfg.LowLatency.Chunk, now)
	}
}

// listed is which segments of a rendition can be fetched: first ≤ n < end.
func (o *origin) listed(r *rendition, live bool, now time.Time) (first, end int64) {
	if live {
		return o.available(now)
	}
	return 0, r.count()
}

// key answers for a content key, while a segment that needs it can be fetched.
func (o *origin) key(f *file, now time.Time) Answer {
	first, end := o.listed(o.audio, f.live(), now)
	if end <= first || f.number < o.keys.number(first) || f.number > o.keys.number(end-1) {
		return refuse(404, fmt.Sprintf("no segment that needs key %d can be fetched", f.number), now)
	}
	return text("application/octet-stream", o.keys.key(f.number), now)
}

func (o *origin) missing(n, first int64, now time.Time) Answer {
	if n < first {
		return refuse(404, fmt.Sprintf("segment %d is gone, the oldest is %d", n, first), now)
	}
	return refuse(404, fmt.Sprintf("segment %d does not exist yet", n), now)
}

// end is the number after the last complete segment of live at now.
func (o *origin) end(now time.Time) int64 {
	return max(0, now.Unix()/o.each)
}

// available is which live segments can be fetched: first ≤ n < end. They outlive
// their place in the playlist by the longest playlist plus their own duration
// (RFC 8216 section 6.2.2).
func (o *origin) available(now time.Time) (first, end int64) {
	end = o.end(now)
	return max(0, end-2*o.window-1), end
}

func (r *rendition) contentType() string {
	if r.channels > 0 {
		return "audio/mp4"
	}
	return "video/mp4"
}
