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
		if unix := l.unix(since); d.passes(r, unix) && d.origin.quick(a, &r.found, unix) {
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
func (o *origin) quick(a *Answer, f *named, unix int64) bool {
	r, n, end := f.rendition, f.number, unix/o.each
	switch f.kind {
	case qoe.Segment:
		if !f.known || n >= end || n < end-2*o.window-1 || r.weights[uint64(n*o.each)%loopSeconds] == 0 {
			return false
		}
		a.ContentType, a.Size = r.contentType(), r.weights[uint64(n*o.each)%loopSeconds]
		a.body.media, a.body.number, a.body.live, a.body.size = r, n, true, a.Size
	case qoe.Playlist:
		known := r.playlists[uint64(end)%playlistSlots].Load()
		if known == nil || known.end != end {
			return false
		}
		a.ContentType, a.Size, a.body.text = hlsType, int64(len(known.text)), known.text
	default:
		return false
	}
	a.Status, a.Date = 200, time.Unix(unix, 0).UTC()
	return true
}

// note keeps what live segments weigh and how long they last, as far as that depends on
// nothing but where in the loop they begin: it has as many frames each time round.
func (o *origin) note(r *rendition) {
	for second := range int64(loopSeconds) {
		r.lasts[second] = r.appendDuration(nil, second, second+o.each)
		if o.keys == nil && !o.cfg.LowLatency.on() && r.subtitle == nil {
			r.weights[second] = r.size(second, second+o.each)
		}
	}
}
