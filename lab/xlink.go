package lab

import (
	"fmt"
	"strings"
	"time"
)

// What of an MPD can stand elsewhere (ISO/IEC 23009-1 clause 5.5): its period, or the
// adaptation set of its audio.
const (
	xlinkPeriod = "period"
	xlinkAudio  = "audio"
	linkSuffix  = ".xml"
)

// linkTags are where such a part begins and ends in an MPD of the lab's.
var linkTags = map[string][2]string{
	xlinkPeriod: {"  <Period ", "  </Period>\n"},
	xlinkAudio:  {"    <AdaptationSet id=\"2\" ", "    </AdaptationSet>\n"},
}

func (c Config) validateXlink() error {
	switch {
	case c.Xlink == "":
	case c.Xlink != xlinkPeriod && c.Xlink != xlinkAudio:
		return fmt.Errorf("xlink %.40q: use %s or %s", c.Xlink, xlinkPeriod, xlinkAudio)
	case c.URLs.queried():
		return fmt.Errorf("xlink %s: links carry no query; leave urls.query and urls.queryOnly out", c.Xlink)
	}
	return nil
}

// cut takes the linked part out of an MPD.
func (c Config) cut(mpd string) (before, part, after string) {
	tags := linkTags[c.Xlink]
	from := strings.Index(mpd, tags[0])
	to := from + strings.Index(mpd[from:], tags[1]) + len(tags[1])
	return mpd[:from], mpd[from:to], mpd[to:]
}

// link replaces the part of an MPD that stands elsewhere by its URL, which is absolute,
// as dash.js wants it, and carries the token that the MPD was asked with.
func (l *Lab) link(a *Answer, q *file, edge Edge, now time.Time) {
	if l.cfg.Xlink == "" || !q.mpd || a.Status != 200 {
		return
	}
	there := q.Location
	there.Rest = l.cfg.Xlink + linkSuffix
	before, _, after := l.cfg.cut(string(a.Body()))
	before = strings.Replace(before, "<MPD ", `<MPD xmlns:xlink="http://www.w3.org/1999/xlink" `, 1)
	tag := linkTags[l.cfg.Xlink][0]
	linked := fmt.Sprintf("%sxlink:href=%q xlink:actuate=\"onLoad\"/>\n", tag, l.url(edge, there))
	*a = text(a.ContentType, []byte(before+linked+after), now)
}

// linkedPart is the part itself.
func (o *origin) linkedPart(a *Answer, f *file, edge Edge, now time.Time) {
	f.mpd = true
	o.manifest(a, f, edge, "", now)
	if f.mpd = false; a.Status != 200 {
		return
	}
	_, part, _ := o.cfg.cut(string(a.Body()))
	*a = text("application/xml", []byte(part), now)
}

// isLink tells whether what stands behind a token is the linked part of an MPD.
func (o *origin) isLink(rest string) bool {
	return o.cfg.Xlink != "" && rest == o.cfg.Xlink+linkSuffix
}
