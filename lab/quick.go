package lab

import (
	"time"

	"soak/qoe"
)

// EdgeSince is EdgeInto for who counts time from the lab's epoch on. Nearly all requests
// of a computed run are for the next segment of a directory, or for its live playlist,
// under a token found good before: of these it looks at nothing else.
func (l *Lab) EdgeSince(a *Answer, r *Request, since time.Duration) {
	if d := r.Directory; d != nil && d.usual && r.Range == "" && r.Forwarded == "" {
		if unix := l.unix(since); d.passes(r, unix) && d.quick(a, &r.found, unix) {
			return
		}
	}
	l.EdgeInto(a, r, l.epoch.Add(since))
}

// unix is the whole second of Unix time, so long after the epoch.
func (l *Lab) unix(since time.Duration) int64 {
	return l.began + int64((since+l.within)/time.Second)
}

// usual tells whether edges do what they do to requests that are nothing out of the
// ordinary: which they then need not look for.
func (c *Config) usual() bool {
	return c.steady() && !c.refers() && len(c.Faults) == 0 && len(c.Unchecked) == 0 && c.Refusals.Cached == 0 && !c.CutAtExpiry
}

// refers tells whether manifests are changed for who asks.
func (c *Config) refers() bool { return c.Xlink != "" || c.URLs.Absolute || c.URLs.queried() }

// quick makes the zero Answer that of a live file which can be had, as most can; else it
// is false, and a as it was.
func (d *Directory) quick(a *Answer, f *named, unix int64) bool {
	switch f.kind {
	case qoe.Segment:
		return d.origin.quickSegment(a, f, unix)
	case qoe.Playlist:
		return d.origin.quickPlaylist(a, f.rendition, unix)
	}
	return false
}

func (o *origin) quickPlaylist(a *Answer, r *rendition, unix int64) bool {
	end := unix / o.each
	known := r.playlists[uint64(end)%playlistSlots].Load()
	if known == nil || known.end != end {
		return false
	}
	a.Status, a.ContentType, a.Size, a.Date = 200, hlsType, int64(len(known.text)), time.Unix(unix, 0).UTC()
	a.body.text = known.text
	return true
}

func (o *origin) quickSegment(a *Answer, f *named, unix int64) bool {
	r, n, end := f.rendition, f.number, unix/o.each
	if !f.known || n >= end || n < end-2*o.window-1 {
		return false
	}
	size := r.weights[uint64(n*o.each)%loopSeconds]
	if size == 0 {
		return false
	}
	a.Status, a.ContentType, a.Size, a.Date = 200, r.contentType(), size, time.Unix(unix, 0).UTC()
	a.body.media, a.body.number, a.body.live, a.body.size = r, n, true, size
	return true
}

// weigh notes what live segments weigh, as far as that depends on nothing but where in
// the loop they begin: it has as many frames each time round.
func (o *origin) weigh() {
	if o.keys != nil || o.cfg.LowLatency.on() {
		return
	}
	for _, r := range append([]*rendition{o.audio}, o.video...) {
		for second := range int64(loopSeconds) {
			r.weights[second] = r.size(second, second+o.each)
		}
	}
}
