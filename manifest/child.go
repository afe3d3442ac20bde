package manifest

import (
	"net/url"
	"strings"
	"time"

	"soak/token"
)

// hostRef is a host that a reference names, and where it does so first.
type hostRef struct {
	scheme, host string
	line         int
}

// refer looks at a reference for what troubles protected streams: a token of its
// own, a host of its own.
func (d *Document) refer(line int, uri string) {
	if carriesPair(uri) {
		d.find(Warning, line, clauseRelative, "a reference carries a token of its own: players that replace only the first token will ask with this one until it expires")
	}
	if !strings.Contains(uri, "//") {
		return
	}
	u, err := parseRef(uri)
	if err != nil || u.Host == "" {
		return
	}
	ref := hostRef{scheme: strings.ToLower(u.Scheme), host: strings.ToLower(u.Host)}
	for _, h := range d.hosts {
		if h.scheme == ref.scheme && h.host == ref.host {
			return
		}
	}
	if ref.line = line; len(d.hosts) < maxFindings {
		d.hosts = append(d.hosts, ref)
	}
}

// clauseRelative: what a reference does not say it takes from its base, the token
// among it.
const clauseRelative = "RFC 3986 5.2"

func carriesPair(uri string) bool {
	if strings.Contains(uri, pairMark) {
		return true
	}
	_, ok := token.Find(uri)
	return ok
}

// Lint is Document.Findings and what depends on where the manifest came from, or
// on the time: references to another host, from https to http, and a live window
// that ended long before now. The zero now asks nothing of the time.
func (p *Presentation) Lint(now time.Time) []Finding {
	d := &Document{Findings: append([]Finding(nil), p.Findings...)}
	p.lintHosts(d)
	p.lintAge(d, now)
	return d.Findings
}

func (p *Presentation) lintHosts(d *Document) {
	base, err := url.Parse(p.URL)
	if err != nil || base.Host == "" {
		return
	}
	for _, h := range p.hosts {
		if !strings.EqualFold(h.host, base.Host) {
			d.find(Warning, h.line, clauseRelative, "references go to another host, %s: a token for this one may not open it", clip(h.host))
		}
		if base.Scheme == "https" && h.scheme == "http" {
			d.find(Illegal, h.line, "Mixed Content 5.3", "references go from https to http: browsers block them")
		}
	}
}

// lintAge tells an HLS window that is wholly in the past: a playlist that is not
// written any more, or served from a cache (RFC 8216bis section 6.2.2).
func (p *Presentation) lintAge(d *Document, now time.Time) {
	if now.IsZero() || p.HLS == nil || !p.Live {
		return
	}
	list := p.Periods[0].Sets[0].Renditions[0].Segments.Listed()
	if len(list) == 0 || list[len(list)-1].ProgramDateTime.IsZero() {
		return
	}
	last := &list[len(list)-1]
	age := now.Sub(last.ProgramDateTime.Add(last.Duration))
	if window := last.End() - list[0].Start; age > max(window, 3*p.HLS.TargetDuration) {
		d.find(Warning, 0, clauseLive, "the playlist is older than its window: its newest segment ended %v ago", age.Round(time.Second))
	}
}
