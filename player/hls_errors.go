package player

import (
	"slices"

	"soak/qoe"
)

// What the original does about failures: src/controller/error-controller.ts with
// onFragmentOrKeyLoadError of base-stream-controller.ts and checkRetry of
// base-playlist-controller.ts. The counters are shared as they are there:
// fragmentError belongs to levels but counts over all of them, audio and main,
// init, media and key alike; playlistError is one for levels and audio tracks.

// fragFailed decides about a fragment that did not come.
func (h *hls) fragFailed(f *hlsLoadingFrag, kind qoe.Kind, o *hlsOutcome) {
	if h.dead || h.stopped {
		return
	}
	p := f.pipe
	if p.isText() {
		h.textFailed(f, kind, o)
		return
	}
	policy := h.opt.fragment
	if kind == qoe.Key {
		policy = h.opt.key
	}
	rule := policy.retry(o.timeout)
	variant := f.frag.list
	if p.isAudio() {
		variant = h.variant()
	}
	n := h.fragmentErrors()
	h.level(variant).fragmentError++
	retry, moved := rule.again(n, o), false
	next := -1
	if !retry {
		next = h.otherLevel(variant, sharing(p.alternate()))
		moved = next < 0 && h.pathways.leave(h.pathways.id)
	}
	resolved := retry || next >= 0 || moved
	if p.loading == f {
		resolved = h.settleFragment(f, rule, n, retry, next >= 0 || moved) || resolved
		p.soon()
	}
	switch {
	case retry:
	case next >= 0:
		h.abr.force(next)
		h.setLevel(next)
	case !resolved:
		h.fail(kind, errorName(kind, o)+": "+o.why())
	}
}

// settleFragment puts the pipeline into the state that follows a failure and
// tells whether that resolves it: wait and try again, skip the fragment of a live
// stream, or give way to another level or pathway.
func (h *hls) settleFragment(f *hlsLoadingFrag, rule RetryPolicy, n int, retry, elsewhere bool) bool {
	p := f.pipe
	alone := !retry && !elsewhere
	switch {
	case alone && h.latest != nil && h.latest.live && f.frag.sn < h.latest.endSN():
		p.giveWay()
		p.giveUp(f)
		return true
	case (retry || alone) && n < rule.MaxNumRetry:
		p.resetStart()
		p.state, p.retryAt = hlsWaitingRetry, h.now().Add(rule.delay(n))
		if !p.isAudio() {
			h.abr.failed(f, rule.delay(n))
		}
		return true
	case elsewhere:
		p.giveWay()
		return true
	}
	return false
}

// giveUp marks a fragment as a gap (treatAsGap). The mark is put on the fragment of
// the playlist as it was when the fragment was asked for. Where the playlist has come
// anew since, its fragment has none, and the next look asks for it again: so it goes
// with one that broke off late. (Seen in Chromium 156.)
func (p *hlsPipeline) giveUp(f *hlsLoadingFrag) {
	switch {
	case !f.part.none():
		p.parts.set(partKey{f.frag.list, f.frag.sn, f.part.index}, false)
	case f.load != p.list(f.frag.list).details.load:
		p.tracker.set(&f.frag, partial, p.playhead())
		return
	default:
		p.tracker.set(&f.frag, gapped, p.playhead())
	}
	p.h.note("fragment given up: the playhead will jump over it")
	p.h.gap.poke()
}

// giveWay makes the pipeline free after an error (resetFragmentErrors).
func (p *hlsPipeline) giveWay() {
	if p.isAudio() {
		p.cancelLoading()
		p.loading = nil
	}
	if !p.h.started {
		p.startRequested = false
	}
	p.state = hlsIdle
}

// fragmentErrors counts over all levels.
func (h *hls) fragmentErrors() int {
	n := 0
	for _, l := range h.levels {
		n += l.fragmentError
	}
	return n
}

// variant is the level that an audio failure is held against: the one being
// loaded, or still the one playing when its playlist has not come yet
// (getVariantIndex).
func (h *hls) variant() int {
	if h.levels[h.loadLevel].details == nil {
		if r := h.main.tracker.at(h.el.position()); r != nil {
			return int(r.list)
		}
	}
	return h.loadLevel
}

// otherLevel puts a penalty on a level and finds one without, going down first
// and round (getLevelSwitchAction); -1 when there is none. A failure of alternate
// audio or subtitles is only helped by a level that does not share their group; shares
// is nil for the main stream's.
func (h *hls) otherLevel(failed int, shares func(l, o *hlsLevel) bool) int {
	l := h.level(failed)
	l.loadError++
	h.manual = -1 // preserveManualLevelOnError is false
	l.failedAt = h.w.Now()
	for i := len(h.levels) - 1; i >= 0; i-- {
		c := (i + h.loadLevel) % len(h.levels)
		o := h.levels[c]
		if c == h.loadLevel || c < h.bottom() || c > h.top() || o.loadError > 0 && !o.pardoned(h.w.Now(), h.opt.penalty) || o.audioCodec != l.audioCodec || shares != nil && shares(l, o) {
			continue
		}
		h.playlistError = 0
		return c
	}
	return -1
}

// alternate is the media of a pipeline that is not the main one.
func (p *hlsPipeline) alternate() qoe.Media {
	if p == p.h.main {
		return qoe.NoMedia
	}
	return p.media
}

// alternate is the media of a loader that is not the levels'.
func (l *hlsPlaylistLoader) alternate() qoe.Media {
	if l == l.h.levelLoader {
		return qoe.NoMedia
	}
	return l.media
}

// sharing tells which levels are no help against a failure of alternate media; nil
// for the main stream's.
func sharing(alternate qoe.Media) func(l, o *hlsLevel) bool {
	switch alternate {
	case qoe.Audio:
		return (*hlsLevel).sharesAudio
	case qoe.Text:
		return (*hlsLevel).sharesSubtitles
	}
	return nil
}

// playlistFailed decides about a media playlist that did not come. A refused
// playlist is not simply asked for again: another level is tried, and only when
// there is none, and no other pathway, does the original fall back to asking again.
// For the sake of audio and subtitles the pathway is left at the first failure. For
// subtitles that the level does not name nothing is done, ever.
func (h *hls) playlistFailed(l *hlsPlaylistLoader, p *hlsPlaylist, o *hlsOutcome) {
	media := l.alternate()
	alternate := media != qoe.NoMedia
	if media == qoe.Text && !slices.Contains(h.levels[h.loadLevel].subtitles, h.subtitles.tracks[p.id].group) {
		return
	}
	rule := h.opt.playlist.retry(o.timeout)
	n := h.playlistError
	h.playlistError++
	retry := rule.again(n, o)
	next := -1
	if !retry {
		level := p.id
		if alternate {
			level = h.loadLevel
		}
		next = h.otherLevel(level, sharing(media))
	}
	resolved := (alternate || !retry && next < 0) && h.pathways.leave(h.pathwayOf(p, media))
	if resolved {
		return
	}
	if p == l.current && n < rule.MaxNumRetry {
		h.w.Set(&l.timer, rule.delay(n), l.request)
		resolved = true
	}
	switch {
	case retry, alternate && resolved:
	case next >= 0:
		h.abr.force(next)
		h.setLevel(next)
	case !resolved:
		h.fail(qoe.Playlist, playlistErrorName(media, o)+": "+o.why())
	}
}

// playlistUnusable decides about a playlist that came but cannot be used: there
// is no second try, only another level.
func (h *hls) playlistUnusable(p *hlsPlaylist, media qoe.Media, why string) {
	level := p.id
	if media == qoe.Video || media == qoe.Audio && h.audio == nil {
		media = qoe.NoMedia
	} else {
		level = h.loadLevel
	}
	if next := h.otherLevel(level, sharing(media)); next >= 0 {
		h.abr.force(next)
		h.setLevel(next)
		return
	}
	if !h.pathways.leave(h.pathwayOf(p, media)) {
		h.fail(qoe.Playlist, why)
	}
}

// pathwayOf is the one that a playlist belongs to, of alternate media or a level's.
func (h *hls) pathwayOf(p *hlsPlaylist, alternate qoe.Media) string {
	switch alternate {
	case qoe.Audio:
		group := h.tracks[p.id].group
		return h.pathways.with(func(l *hlsLevel) bool { return slices.Contains(l.audio, group) })
	case qoe.Text:
		group := h.subtitles.tracks[p.id].group
		return h.pathways.with(func(l *hlsLevel) bool { return slices.Contains(l.subtitles, group) })
	}
	for _, l := range h.pathways.levels {
		if &l.hlsPlaylist == p {
			return l.pathway
		}
	}
	return h.pathways.id
}

func playlistErrorName(alternate qoe.Media, o *hlsOutcome) string {
	what := map[qoe.Media]string{qoe.NoMedia: "level", qoe.Audio: "audioTrack", qoe.Text: "subtitleTrack"}[alternate]
	return what + errorName(qoe.Playlist, o)[len("level"):]
}

// errorName is the original's ErrorDetails for a failed load.
func errorName(kind qoe.Kind, o *hlsOutcome) string {
	name := map[qoe.Kind]string{
		qoe.Manifest: "manifest", qoe.Playlist: "level", qoe.Key: "key",
		qoe.Init: "frag", qoe.Segment: "frag",
	}[kind]
	if o.timeout {
		return name + "LoadTimeOut"
	}
	return name + "LoadError"
}
