package lab

import (
	"fmt"
	"strconv"
	"strings"
	"time"

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
	byID    map[string]*rendition
	keys    *vault                // nil: nothing is encrypted
	kinds   map[string]token.Kind // of every video served
	master  []byte
	vodMPD  []byte
	liveMPD [2]mpd // by edge: each names its own clock
}

func newOrigin(cfg Config, hosts Hosts, keys *vault) (*origin, error) {
	o := &origin{
		cfg:    cfg,
		each:   int64(cfg.Segment / time.Second),
		window: int64(cfg.Window),
		byID:   map[string]*rendition{},
		keys:   keys,
		kinds:  map[string]token.Kind{},
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
	o.master = o.writeMaster()
	o.vodMPD = o.writeVOD()
	o.point(hosts)
	return o, nil
}

// point writes the text that names the lab's own URLs.
func (o *origin) point(hosts Hosts) {
	o.liveMPD = [2]mpd{Plain: o.writeLive(hosts.Plain), IPBound: o.writeLive(hosts.IPBound)}
}

func (o *origin) loadMedia() error {
	length := int64(o.cfg.Length / time.Second)
	reels := map[track]*reel{}
	add := func(id string, t track, bitrate int64) (*rendition, error) {
		if reels[t] == nil {
			loaded, err := newReel(t, o.each, length)
			if err != nil {
				return nil, err
			}
			reels[t] = loaded
		}
		r := &rendition{reel: reels[t], id: id, bitrate: bitrate}
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
	var err error
	o.audio, err = add("a1", sound, o.cfg.AudioBitrate)
	return err
}

// answer is what stands under a protected path, the token already judged.
func (o *origin) answer(loc token.Location, edge Edge, now time.Time) Answer {
	kind, ok := o.kinds[loc.Video]
	if !ok || kind != loc.Kind {
		return refuse(404, "no such video", now)
	}
	live := kind == token.Live
	switch loc.Rest {
	case "master.m3u8":
		return text(hlsType, o.master, now)
	case "index.mpd":
		if live {
			return text(dashType, o.liveMPD[edge].at(now), now)
		}
		return text(dashType, o.vodMPD, now)
	}
	id, file, _ := strings.Cut(loc.Rest, "/")
	if id == keyFolder && o.keys != nil {
		return o.key(file, live, now)
	}
	r := o.byID[id]
	if r == nil {
		return refuse(404, "no such file", now)
	}
	return o.media(r, file, live, now)
}

// media answers for a file of one rendition.
func (o *origin) media(r *rendition, file string, live bool, now time.Time) Answer {
	switch file {
	case "index.m3u8":
		if live {
			return o.livePlaylist(r, now)
		}
		return text(hlsType, o.vodPlaylist(r), now)
	case "init.mp4":
		return text(r.contentType(), r.init, now)
	}
	keys := o.keys
	if keys != nil {
		if name, clear := strings.CutPrefix(file, clearMark); clear {
			file, keys = name, nil
		}
	}
	n, ok := segmentNumber(file)
	if !ok {
		return refuse(404, "no such file", now)
	}
	first, end := o.listed(r, live, now)
	if n < first || n >= end {
		return o.missing(n, first, now)
	}
	from, to, _ := r.place(n, live)
	size := r.size(from, to)
	if keys != nil {
		size = sealed(size)
	}
	a := ok200(r.contentType(), size, now)
	a.body = body{media: r, number: n, live: live, keys: keys, size: size}
	return a
}

// listed is which segments of a rendition can be fetched: first ≤ n < end.
func (o *origin) listed(r *rendition, live bool, now time.Time) (first, end int64) {
	if live {
		return o.available(now)
	}
	return 0, r.count()
}

// key answers for a content key, while a segment that needs it can be fetched.
func (o *origin) key(file string, live bool, now time.Time) Answer {
	n, ok := keyNumber(file)
	if !ok {
		return refuse(404, "no such file", now)
	}
	first, end := o.listed(o.audio, live, now)
	if end <= first || n < o.keys.number(first) || n > o.keys.number(end-1) {
		return refuse(404, fmt.Sprintf("no segment that needs key %d can be fetched", n), now)
	}
	return text("application/octet-stream", o.keys.key(n), now)
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

// segmentNumber reads "123.m4s".
func segmentNumber(file string) (int64, bool) {
	digits, ok := strings.CutSuffix(file, ".m4s")
	if !ok {
		return 0, false
	}
	return canonical(digits)
}

// canonical reads digits without leading zeros, so that one file has one URL.
func canonical(digits string) (int64, bool) {
	if digits == "" || len(digits) > 12 || digits[0] == '0' && len(digits) > 1 {
		return 0, false
	}
	var n int64
	for _, c := range []byte(digits) {
		if c < '0' || c > '9' {
			return 0, false
		}
		n = 10*n + int64(c-'0')
	}
	return n, true
}

func (r *rendition) contentType() string {
	if r.channels > 0 {
		return "audio/mp4"
	}
	return "video/mp4"
}
