package player

import (
	"slices"
	"strings"
	"time"

	"soak/loop"
	"soak/qoe"
)

// SubtitlePreference is which subtitles to show in place of the default ones. What is
// not given may be anything.
type SubtitlePreference struct {
	Lang    string `yaml:"lang,omitempty" json:"lang,omitempty"`
	Name    string `yaml:"name,omitempty" json:"name,omitempty"`
	Default *bool  `yaml:"default,omitempty" json:"default,omitempty"`
	Forced  *bool  `yaml:"forced,omitempty" json:"forced,omitempty"`
}

// fits tells whether a track is what is preferred; of languages the one may be more
// exact than the other (matchesOption of src/utils/rendition-helper.ts).
func (s *SubtitlePreference) fits(t *hlsTrack) bool {
	lang := s.Lang == "" || strings.HasPrefix(s.Lang, t.lang) && t.lang != "" || len(s.Lang) < len(t.lang) && strings.HasPrefix(t.lang, s.Lang)
	return lang && (s.Name == "" || s.Name == t.name) &&
		(s.Default == nil || *s.Default == t.isDefault) && (s.Forced == nil || *s.Forced == t.forced)
}

// hlsSubtitles is the subtitle-track-controller: which rendition of subtitles goes
// with the level, if any. Without a preference it is the default one; where no
// rendition is the default, none is chosen and none is loaded, forced or not.
type hlsSubtitles struct {
	tracks   []*hlsTrack // of all groups
	group    []*hlsTrack // those that may go with the level
	groups   []string    // of the level, as of the latest choice
	chosen   bool        // a level has come
	defaults bool        // to look for the default one (selectDefaultTrack)
	reading  loop.Timer  // of cues
	onRead   func()
	begun    instant    // the page's wish for a stream
	opening  loop.Timer // of the media source
}

// findSubtitles reads the renditions that the manifest lists. Closed captions are in
// the video and have no playlist.
func (h *hls) findSubtitles(tracks []*hlsTrack) {
	tracks = slices.DeleteFunc(tracks, func(t *hlsTrack) bool { return t.url.IsZero() })
	if len(tracks) == 0 || !h.opt.webVTT {
		return
	}
	h.subtitles.tracks, h.subtitles.defaults = tracks, true
	for i, t := range tracks {
		t.id = i
	}
	h.text = newHLSPipeline(h, qoe.Text)
	h.subtitles.onRead = h.text.read
	h.w.Set(&h.subtitles.opening, h.subtitles.begun.Add(sourceOpen).Sub(h.now()), h.attached)
}

// switchSubtitles follows a level to its groups of subtitles (switchLevel).
func (h *hls) switchSubtitles(level int) {
	if h.text == nil {
		return
	}
	s, l := &h.subtitles, h.levels[level]
	if s.chosen && slices.Equal(s.groups, l.subtitles) {
		return
	}
	group := slices.DeleteFunc(slices.Clone(s.tracks), func(t *hlsTrack) bool {
		return len(l.subtitles) > 0 && !slices.Contains(l.subtitles, t.group)
	})
	same := s.chosen && slices.Equal(group, s.group)
	s.groups, s.group, s.chosen = l.subtitles, group, true
	if !same {
		h.setSubtitles(s.pick(h.subtitle, h.opt.subtitles))
	}
}

// pick chooses from the group: the rendition most like the one before, or at first
// what is preferred, or the default; nil is none.
func (s *hlsSubtitles) pick(before *hlsTrack, wish *SubtitlePreference) *hlsTrack {
	if !slices.ContainsFunc(s.group, func(t *hlsTrack) bool { return t.isDefault }) && len(s.group) > 0 {
		s.defaults = false
	}
	if before == nil && wish != nil {
		s.defaults = false
		for _, t := range slices.Concat(s.group, s.tracks) {
			if wish.fits(t) {
				before = t
				break
			}
		}
	}
	if before != nil {
		if t := s.like(before); t != nil {
			return t
		}
	}
	for _, t := range s.group {
		if s.defaults && t.isDefault {
			return t
		}
	}
	return nil
}

// like is the rendition of the group most like another, which may be of another
// group: itself, the same in language and characteristics, in language (findTrackId).
func (s *hlsSubtitles) like(o *hlsTrack) *hlsTrack {
	if slices.Contains(s.group, o) && (!s.defaults || o.isDefault) {
		return o
	}
	for _, like := range []func(*hlsTrack) bool{o.alike, o.speaks} {
		if i := slices.IndexFunc(s.group, like); i >= 0 {
			return s.group[i]
		}
	}
	return nil
}

// setSubtitles changes the rendition: what was loaded of another counts no more
// (setSubtitleTrack; subtitle-stream-controller.ts, onSubtitleTracksUpdated and
// onSubtitleTrackSwitch).
func (h *hls) setSubtitles(t *hlsTrack) {
	p := h.text
	p.abortFragment()
	p.prev, p.parked, p.tracker = hlsFrag{}, nil, fragTracker{}
	h.el.buffers[qoe.Text] = nil
	h.subtitle = t
	if t == nil {
		h.textLoader.drop()
		return
	}
	h.textLoader.selectList(&t.hlsPlaylist)
	p.tick()
}

// sourceOpen is how long a page takes from handing hls.js its element to an open
// media source (seen in Chromium 156 on two cores: 70 to 90 ms).
const sourceOpen = 80 * time.Millisecond

// attached is the media source's opening: the rendition of subtitles is set once more,
// and so its playlist, if it has not come by then, is asked for again, however soon
// that is after an error (onMediaAttached).
func (h *hls) attached() {
	if t := h.subtitle; t != nil && t.details == nil {
		h.textLoader.selectList(&t.hlsPlaylist)
	}
}

// textArrived takes a playlist of subtitles in (onSubtitleTrackLoaded). A live one can
// be laid on the timeline only beside the level's.
func (h *hls) textArrived(l *hlsPlaylist, d *hlsDetails, _ arrival) {
	p := h.text
	if h.subtitle == nil || l != &h.subtitle.hlsPlaylist {
		return // of a rendition that was left
	}
	l.details = d
	if d.live {
		if h.latest == nil {
			p.startRequested = false
			return
		}
		d.align(h.latest)
	}
	h.subtitle.laid, p.lastLoaded = true, l
	if h.latest != nil && !p.startRequested {
		p.setStartPosition(h.latest, d.start())
	}
	p.soon()
}
