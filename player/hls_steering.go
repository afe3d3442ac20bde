package player

import (
	"encoding/json"
	"maps"
	"math"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"soak/loop"
	"soak/manifest"
	"soak/qoe"
)

// hlsSteering keeps a steering manifest fresh, which says which pathway to take
// (RFC 8216bis section 7; content-steering-controller.ts). Its URL is the loader's
// like all others, so it is given tokens; nobody is told when it is refused.
type hlsSteering struct {
	h       *hls
	uri     string // "": none, or given up
	pathway string // to begin with
	ttl     time.Duration
	updated time.Time
	load    *hlsLoader
	timer   loop.Timer
}

// steeringDoc is a steering manifest (RFC 8216bis section 7.1).
type steeringDoc struct {
	Version  int            `json:"VERSION"`
	TTL      float64        `json:"TTL"` // seconds
	Reload   string         `json:"RELOAD-URI"`
	Priority []string       `json:"PATHWAY-PRIORITY"`
	Clones   []pathwayClone `json:"PATHWAY-CLONES"`
}

// pathwayClone makes a pathway of another by changing its URIs (section 7.2).
type pathwayClone struct {
	Base    string         `json:"BASE-ID"`
	ID      string         `json:"ID"`
	Replace uriReplacement `json:"URI-REPLACEMENT"`
}

type uriReplacement struct {
	Host         string            `json:"HOST"`
	Params       map[string]string `json:"PARAMS"`
	PerVariant   map[string]string `json:"PER-VARIANT-URIS"`
	PerRendition map[string]string `json:"PER-RENDITION-URIS"`
}

// found takes in what the multivariant playlist says of steering.
func (s *hlsSteering) found(p *manifest.Presentation) {
	s.pathway, s.ttl = noPathway, 5*time.Minute
	if p.Steering == nil {
		return
	}
	s.uri = p.Resolve(p.Steering.Server)
	s.pathway = p.Steering.Pathway
	if s.pathway == "" {
		s.pathway = noPathway
	}
}

// start asks now, or when what is known is old enough (startLoad).
func (s *hlsSteering) start() {
	s.timer.Stop()
	switch left := s.ttl - s.h.w.Now().Sub(s.updated); {
	case s.uri == "":
	case !s.updated.IsZero() && left > 0:
		s.again(left)
	default:
		s.ask()
	}
}

func (s *hlsSteering) stop() {
	s.timer.Stop()
	s.load.cancel()
	s.load = nil
}

// again asks once more after a while; not when there is nothing more to play then.
func (s *hlsSteering) again(after time.Duration) {
	s.timer.Stop()
	// A manifest without a TTL has the original ask as fast as it is answered;
	// setTimeout waits for a millisecond at least.
	s.h.w.Set(&s.timer, max(after, time.Millisecond), func() {
		if s.h.el.status == finished {
			s.again(s.ttl)
			return
		}
		s.ask()
	})
}

func (s *hlsSteering) ask() {
	s.load.cancel()
	at := s.uri
	if !strings.HasPrefix(at, "http") {
		s.uri = "" // a data: URI, or none that can be asked for
		return
	}
	at = withParam(at, "_HLS_pathway", s.h.pathways.id)
	at = withParam(at, "_HLS_throughput", strconv.FormatInt(int64(s.h.abr.bw.estimate()), 10))
	s.load = s.h.loads.keepTrying(Request{URL: manifest.AddressOf(at), Kind: qoe.Steering}, s.h.opt.steering,
		func(o *hlsOutcome, _ manifest.Address) { s.answered(o, at) })
}

func (s *hlsSteering) answered(o *hlsOutcome, at string) {
	s.load = nil
	switch {
	case o.OK():
		s.read(o.Body, at)
	case o.status() == 410: // never again
		s.uri = ""
	case o.status() == 429: // nor then: the original returns before it waits
	default:
		s.again(s.ttl)
	}
}

// read follows a steering manifest. One that cannot be read ends the asking, as its
// exception does there. A relative reference in it is resolved by the URL as it was
// before the integration rewrote it.
func (s *hlsSteering) read(body []byte, at string) {
	var doc steeringDoc
	if err := json.Unmarshal(body, &doc); err != nil || doc.Version != 1 {
		s.h.note("steering manifest not followed: no JSON of version 1")
		return
	}
	s.updated, s.ttl = s.h.w.Now(), seconds(min(max(doc.TTL, 0), math.MaxInt32/1000)) // setTimeout's most
	if doc.Reload != "" {
		base, err := url.Parse(at)
		if err == nil {
			base, err = base.Parse(doc.Reload)
		}
		if err != nil {
			s.uri = ""
			return
		}
		s.uri = base.String()
	}
	s.again(s.ttl)
	for _, c := range doc.Clones {
		s.h.pathways.clone(c)
	}
	if doc.Priority != nil {
		s.h.pathways.follow(doc.Priority)
	}
}

// clone adds a pathway that differs from another in its URIs (clonePathways).
func (w *hlsPathways) clone(c pathwayClone) {
	if c.ID == "" || len(w.of(c.ID)) > 0 {
		return
	}
	for _, l := range w.of(c.Base) {
		copied := *l
		copied.hlsPlaylist = hlsPlaylist{id: l.id, url: c.Replace.of(l.url, c.Replace.PerVariant[l.stable])}
		copied.pathway, copied.audio, copied.subtitles = c.ID, nil, nil
		copied.loadError, copied.fragmentError, copied.real, copied.loadedBits, copied.loadedTime = 0, 0, 0, 0, 0
		for _, group := range l.audio {
			copied.addAudio(cloneGroup(&w.h.tracks, group, c))
		}
		for _, group := range l.subtitles {
			copied.addSubtitles(cloneGroup(&w.h.subtitles.tracks, group, c))
		}
		w.levels = append(w.levels, &copied)
	}
}

// cloneGroup copies a group of renditions under another name, which it returns.
func cloneGroup(tracks *[]*hlsTrack, group string, c pathwayClone) string {
	name := group + "_clone_" + c.ID
	for _, t := range *tracks {
		switch t.group {
		case name:
			return name
		case group:
			copied := *t
			copied.hlsPlaylist, copied.laid = hlsPlaylist{id: len(*tracks)}, false
			if copied.group = name; !t.url.IsZero() {
				copied.url = c.Replace.of(t.url, c.Replace.PerRendition[t.stable])
			}
			*tracks = append(*tracks, &copied)
		}
	}
	return name
}

// of is the URI in the cloned pathway: the one listed for it, or the one of the
// base with another host and parameters (performUriReplacement).
func (r uriReplacement) of(uri manifest.Address, listed string) manifest.Address {
	if listed != "" {
		return manifest.AddressOf(listed)
	}
	u, err := url.Parse(uri.String())
	if err != nil {
		return uri
	}
	if r.Host != "" {
		if port := u.Port(); port != "" { // hostname = … keeps the port
			u.Host = r.Host + ":" + port
		} else {
			u.Host = r.Host
		}
	}
	out := u.String()
	for _, key := range slices.Sorted(maps.Keys(r.Params)) {
		if key != "" {
			out = withParam(out, key, r.Params[key])
		}
	}
	return manifest.AddressOf(out)
}
