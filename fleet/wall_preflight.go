package fleet

import (
	"runtime"
	"slices"

	"soak/manifest"
	"soak/qoe"
	"soak/scenarios"
)

// sight is what is known of a cohort's stream before anybody comes.
type sight struct {
	host   string // host:port of its edge
	secure bool
	single bool    // one connection carries everything: HTTP/2
	audio  bool    // apart from the video
	rate   float64 // bit/s of the largest rendition; 0: not known
}

// sightOf is what a manifest tells.
func sightOf(p *manifest.Presentation) (s sight) {
	s.host, s.secure = secureHost(manifest.AddressOf(p.URL))
	if len(p.Periods) == 0 {
		return s
	}
	for _, set := range p.Periods[0].Sets {
		for _, r := range set.Renditions {
			switch {
			case set.Trick:
			case set.Media == qoe.Audio:
				s.audio = s.audio || r.Segments != nil || r.Playlist.URI != ""
			default:
				s.rate = max(s.rate, float64(r.Bandwidth))
			}
		}
	}
	return s
}

// labSight is what the embedded lab serves.
func (t *target) labSight() sight {
	cfg := labConfig(t.scenario).Filled()
	return sight{host: hostOf(t.lab.Plain), audio: true, rate: float64(slices.Max(cfg.Ladder) + cfg.AudioBitrate)}
}

// connections are how many a player has open at once as a rule: one for the video, one
// for sound that is apart, one for the reloads of a live stream's playlist.
func (s sight) connections(c *scenarios.Cohort) float64 {
	n := 1.0
	if s.single {
		return n
	}
	if s.audio {
		n++
	}
	if c.Stream != scenarios.VOD {
		n++
	}
	return n
}

// demand adds up what the audience takes.
func (t *target) demand() demand {
	sc := t.scenario
	d := demand{
		viewers: sc.Viewers.Count, embedded: t.lab != nil,
		sources: len(t.sources.all), spread: !t.sources.any() && !sc.Addressed(), own: sc.Addressed(),
	}
	total := 0.0
	for i := range sc.Viewers.Mix {
		total += sc.Viewers.Mix[i].Share
	}
	for i := range sc.Viewers.Mix {
		c := &sc.Viewers.Mix[i]
		s := t.seen[streamOf(c)+c.Format()]
		if t.lab != nil {
			s = t.labSight()
		}
		share := c.Share / total
		viewers := share * float64(d.viewers)
		d.goTo(s.host, viewers, viewers*s.connections(c))
		if api := t.apiHost(); api != "" {
			d.goTo(api, 0, viewers)
		}
		d.bytes += share * s.rate / byteBits
		d.secure = d.secure || s.secure
	}
	return d
}

// apiHost is host:port of the token API; "" where nobody asks one.
func (t *target) apiHost() string {
	switch {
	case t.lab != nil:
		return hostOf(t.lab.API)
	case t.scenario.Target.TokenAPI != nil:
		return hostOf(t.scenario.Target.TokenAPI.URL)
	}
	return ""
}

func (d *demand) goTo(host string, least, usual float64) {
	i := slices.IndexFunc(d.doors, func(x doorway) bool { return x.addr == host })
	if i < 0 {
		i = len(d.doors)
		d.doors = append(d.doors, doorway{addr: host})
	}
	d.doors[i].least += least
	d.doors[i].usual += usual
}

// preflight looks, when the stream is known and before anybody comes, whether this machine
// can bear the audience, and has connections come from many addresses of loopback where
// the ports of one would not do.
func (t *target) preflight() (warnings []string, err error) {
	files, err := raiseLimits()
	if err != nil {
		return nil, err
	}
	return t.fit(room{files: files, ports: localPorts(), memory: freeMemory(), cores: runtime.GOMAXPROCS(0)})
}

func (t *target) fit(has room) (warnings []string, err error) {
	want := t.demand()
	found, err := want.judge(has)
	if err != nil || found.spread == 0 {
		return found.warnings, err
	}
	if t.sources, err = spreadOver(found.spread); err != nil { // not all of 127.0.0.0/8 is here
		t.sources, want.spread = sources{}, false
		found, err = want.judge(has)
	}
	return found.warnings, err
}
