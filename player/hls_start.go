package player

import (
	"time"

	"soak/manifest"
	"soak/qoe"
)

// gotMaster takes the multivariant playlist in. Retries were the loader's; what
// failed now ends everything (playlist-loader.ts, handleNetworkError).
func (h *hls) gotMaster(o *hlsOutcome, _ manifest.Address) {
	h.masterLoad = nil
	if !o.OK() {
		h.fail(qoe.Manifest, errorName(qoe.Manifest, o)+": "+o.why())
		return
	}
	p, err := h.w.Parse(o.URL, o.ContentType, o.Body)
	switch {
	case err != nil:
		h.fail(qoe.Manifest, "manifestParsingError: "+err.Error())
	case p.Format != manifest.HLS:
		h.fail(qoe.Manifest, "manifestParsingError: no EXTM3U delimiter")
	case p.Media:
		h.startSingle(p, o)
	case len(p.Periods) == 0 || len(p.Periods[0].Sets) == 0:
		h.fail(qoe.Manifest, "manifestParsingError: no levels found in manifest")
	default:
		h.startMaster(p)
	}
}

func (h *hls) startMaster(p *manifest.Presentation) {
	sets := p.Periods[0].Sets
	h.master, h.start = p, p.Start
	sorted, listed := newLevels(p, &sets[0])
	if len(sorted) == 0 {
		h.fail(qoe.Manifest, "manifestIncompatibleCodecsError: no level with compatible codecs found in manifest")
		return
	}
	h.steering.found(p)
	h.first = h.pathways.begin(sorted, listed, h.steering.pathway)
	h.tracks = newTracks(p, sets[1:], qoe.Audio)
	h.findSubtitles(newTracks(p, sets[1:], qoe.Text))
	media := qoe.Video
	if sets[0].Media == qoe.Audio {
		media = qoe.Audio
	}
	h.startLoad(media)
}

// startSingle plays a media playlist given as the master: it is the only level,
// and is reloaded from where it was found, redirects and all.
func (h *hls) startSingle(p *manifest.Presentation, o *hlsOutcome) {
	d, ok := newHLSDetails(p)
	if !ok {
		h.fail(qoe.Playlist, "levelEmptyError: "+errNoSegments.Error())
		return
	}
	d.updated = true
	d.scheduled = o.start.Add(d.interval(0))
	h.levels = []*hlsLevel{{hlsPlaylist: hlsPlaylist{url: o.URL}}}
	media := qoe.Video
	if m := p.Periods[0].Sets[0].Media; m == qoe.Audio {
		media = m
	}
	h.levels[0].details = d // so that selecting the level does not ask for it again
	h.prepare(media)
	h.loadLevel = 0
	h.levelLoader.current, h.levelLoader.canLoad = &h.levels[0].hlsPlaylist, true
	h.levels[0].details = nil
	h.levelLoader.arrived(&h.levels[0].hlsPlaylist, d, o)
}

// startLoad begins: the start level's playlist and the audio track's are asked
// for in the same instant, in this order.
func (h *hls) startLoad(media qoe.Media) {
	h.abr.firstVariant(h.levels[h.first].bitrate)
	h.prepare(media)
	level := h.opt.startLevel
	switch {
	case level == unsetLevel, level < 0 && (len(h.levels) == 1 || !h.opt.testBandwidth):
		level = h.abr.first(h.abr.starvation())
	case level < 0:
		level, h.main.testing = 0, true
	}
	level = min(level, len(h.levels)-1)
	h.steering.start()
	h.levelLoader.canLoad = true
	h.abr.force(level)
	h.setLevel(level)
	h.trackLoader.canLoad = true
	h.trackLoader.request()
	h.textLoader.canLoad = true
	h.textLoader.request()
	if q := h.quality; q != nil {
		h.quality = nil
		h.Choose(*q)
	}
}

// prepare makes the pipelines and starts the grid of their pollers.
func (h *hls) prepare(media qoe.Media) {
	h.anchor = h.now()
	h.main = newHLSPipeline(h, media)
	h.main.state = hlsIdle
	h.el.require(media)
	for _, t := range h.tracks {
		if !t.url.IsZero() && media == qoe.Video {
			h.audio = newHLSPipeline(h, qoe.Audio)
			h.audio.state = hlsIdle
			h.el.require(media, qoe.Audio)
			break
		}
	}
	if h.text != nil {
		h.text.state = hlsIdle
	}
}

// startOffset is EXT-X-START, the multivariant playlist's before the media
// playlist's.
func (h *hls) startOffset(d *hlsDetails) *manifest.StartPoint {
	if h.start != nil {
		return h.start
	}
	return d.pres.Start
}

// startPlayback seeks to the start position once something is buffered
// (seekToStartPos); the element then begins by itself.
func (h *hls) startPlayback() {
	h.seekToStart()
	if to := h.wish; h.started && to != nil {
		h.wish = nil
		h.Seek(*to)
	}
}

func (h *hls) seekToStart() {
	if h.audio != nil && (len(h.el.buffers[h.main.media]) == 0 || len(h.el.buffers[qoe.Audio]) == 0) {
		return
	}
	h.started = true
	start := h.main.startPosition
	if start == unset {
		return
	}
	var begin time.Duration
	for m, b := range h.el.buffers {
		if h.el.required[m] && len(b) > 0 {
			begin = max(begin, b[0].start)
		}
	}
	tolerance := max(h.opt.maxBufferHole, lookUpTolerance)
	if h.main.loadingParts && h.latest != nil {
		tolerance = max(tolerance, 2*h.latest.partTarget)
	}
	if late := begin - start; late > 0 && late < tolerance {
		start = begin
	}
	h.el.seek(start)
}
