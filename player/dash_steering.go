package player

import (
	"encoding/json"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"soak/loop"
	"soak/manifest"
	"soak/qoe"
)

// dashSteering asks a steering server which ways to take (ETSI TS 103 998; src/dash/
// controllers/ContentSteeringController.js): before playback if the manifest says
// queryBeforeStart, else once it has begun, and again when the TTL of the answer has
// run out. The request goes through the interceptors, so it is given tokens; it is
// tried 1+3 times a second apart, without a timeout, whatever the status. After 404 and
// 410 nobody asks again. After 429 it would be after Retry-After, which is not known
// here: nobody asks again either. After other failures it is asked again a TTL later,
// if there ever was one.
//
// Not modelled: the parameters of cloned pathways.
type dashSteering struct {
	d      *dash
	load   *dashLoad
	timer  loop.Timer
	then   func() // waits for the answer
	server string // as the manifest last said; "": there is none
	first  string // defaultServiceLocation

	ttl      time.Duration // of the last answer; 0: it had none
	reload   string
	priority []string
	clones   []pathwayClone

	bases, locations placesAsked
}

// placesAsked are the service locations used since the last answer.
type placesAsked struct {
	all     []string
	current string
}

func (p *placesAsked) use(place string) {
	if place == "" {
		return
	}
	if p.current = place; !slices.Contains(p.all, place) {
		p.all = append(p.all, place)
	}
}

func (p *placesAsked) answered() {
	if p.all = p.all[:0]; p.current != "" {
		p.all = append(p.all, p.current)
	}
}

var steeringRetry = dashRetry{retries: 3, interval: time.Second} // retryAttempts.other, retryIntervals.other

// known takes in what a manifest says; one that says nothing leaves what the last said.
// A server that is not absolute would be the page's own: there is none.
func (s *dashSteering) known(p *manifest.Presentation) {
	if p.Steering == nil || !absolute(p.Steering.Server.URI) {
		return
	}
	s.server, s.first = p.Resolve(p.Steering.Server), p.Steering.Pathway
}

// before asks before playback, if the manifest wants that, and goes on when an answer
// has come, whatever it is.
func (s *dashSteering) before(then func()) {
	if p := s.d.p; p.Steering == nil || !p.Steering.First || s.server == "" {
		then()
		return
	}
	s.then = then
	s.ask()
}

// started is PLAYBACK_STARTED, the first time.
func (s *dashSteering) started() {
	if p := s.d.p; s.server != "" && (p.Steering == nil || !p.Steering.First) {
		s.ask()
	}
}

func (s *dashSteering) ask() {
	if s.load == nil {
		s.load = newDashLoad(&s.d.stopwatch, &s.d.script, s.answered)
	}
	if s.server != "" && !s.load.active {
		s.load.start(Request{URL: manifest.AddressOf(s.at()), Kind: qoe.Steering}, s.d.retried(steeringRetry))
	}
}

// at is the URL to ask, with the places used lately and how fast the present one is.
func (s *dashSteering) at() string {
	at := s.server
	if ref, err := url.Parse(s.reload); err == nil && s.reload != "" {
		if base, err := url.Parse(s.server); err == nil {
			at = base.ResolveReference(ref).String()
		}
	}
	places := slices.Concat(s.bases.all, s.locations.all)
	if len(places) == 0 {
		return at
	}
	speeds := make([]string, len(places))
	for i, p := range places {
		if kbps := s.d.measured(); p == s.bases.current && kbps > 0 {
			speeds[i] = strconv.FormatInt(int64(kbps*1000), 10)
		}
	}
	at = withParam(at, "_DASH_pathway", `"`+strings.Join(places, ",")+`"`)
	return withParam(at, "_DASH_throughput", strings.Join(speeds, ","))
}

// measured is the throughput of the first track, kbit/s; 0 when it is not known.
func (d *dash) measured() float64 {
	if len(d.order) == 0 {
		return 0
	}
	if kbps := d.order[0].abr.through.average(&d.s, d.live); kbps > 0 { // false for NaN
		return kbps
	}
	return 0
}

func (s *dashSteering) answered(r *Response) {
	if r.OK() {
		s.read(r.Body)
	} else {
		s.d.note("dash.js error undefined: steering manifest not loaded: " + because(r))
		switch r.Status {
		case 404, 410, 429:
		default:
			s.again()
		}
	}
	s.bases.answered()
	s.locations.answered()
	if then := s.then; then != nil {
		s.then = nil
		then()
	}
}

// read follows an answer. One of another version, or no JSON, is not followed, and
// nobody asks again.
func (s *dashSteering) read(body []byte) {
	var doc steeringDoc
	if err := json.Unmarshal(body, &doc); err != nil || doc.Version != 1 {
		s.d.note("steering manifest not followed: no JSON of version 1")
		return
	}
	s.ttl, s.reload, s.priority = seconds(min(max(doc.TTL, 0), 1e6)), doc.Reload, doc.Priority
	s.clones = slices.DeleteFunc(doc.Clones, func(c pathwayClone) bool { return c.Base == "" || c.ID == "" || c.Replace.Host == "" })
	s.d.bases.listen() // baseURLController.initialize
	s.again()
}

func (s *dashSteering) again() {
	if s.timer.Stop(); s.ttl > 0 {
		s.d.w.Set(&s.timer, s.ttl, s.ask)
	}
}

// ended is the end of the presentation.
func (s *dashSteering) ended() { s.timer.Stop() }

func (s *dashSteering) stop() {
	s.timer.Stop()
	if s.load != nil {
		s.load.abort()
	}
}

// ways are a reference's alternatives with those that clones add, or replace (models/
// BaseURLTreeModel.js, _getAvailableBaseUrls). Only absolute BaseURLs can be cloned.
func (s *dashSteering) ways(r manifest.Ref) manifest.Ref {
	if len(s.clones) == 0 {
		return r
	}
	known := slices.Clone(r.Alternatives)
	for _, c := range s.clones {
		i := slices.IndexFunc(r.Alternatives, func(b manifest.Base) bool { return b.ServiceLocation == c.Base })
		if i < 0 {
			continue
		}
		made, ok := cloned(r.Alternatives[i], c)
		if !ok {
			continue
		}
		if at := slices.IndexFunc(known, func(b manifest.Base) bool { return b.ServiceLocation == c.ID }); at >= 0 {
			known[at] = made
		} else {
			known = append(known, made)
		}
	}
	r.Alternatives = known
	return r
}

func cloned(of manifest.Base, c pathwayClone) (manifest.Base, bool) {
	i := slices.IndexFunc(of.URLs, absolute)
	if i < 0 {
		return of, false
	}
	at, err := url.Parse(of.URLs[i])
	if err != nil {
		return of, false
	}
	host := c.Replace.Host
	if !absolute(host) {
		host = at.Scheme + "://" + host
	}
	of.URLs = slices.Clone(of.URLs)
	of.URLs[i], of.ServiceLocation = host+at.EscapedPath(), c.ID
	return of, true
}

// steered is the way that the server, or at first the manifest, wishes: the first of
// its service locations that a way has and that is not on the blacklist
// (utils/baseUrlResolution/ContentSteeringSelector.js).
func (s *dashSteering) steered(r manifest.Ref, failed func(place string) bool) (int, bool) {
	wish := s.priority
	if len(wish) == 0 && s.first != "" {
		wish = []string{s.first}
	}
	for _, place := range wish {
		i := slices.IndexFunc(r.Alternatives, func(b manifest.Base) bool { return b.ServiceLocation == place })
		if i >= 0 && !failed(place) {
			return i, true
		}
	}
	return 0, false
}

// forgives is until when a way that fails now is on the blacklist; zero is for ever.
func (s *dashSteering) forgives() time.Time {
	if s.ttl == 0 {
		return time.Time{}
	}
	return s.d.w.Now().Add(s.ttl)
}

// uses notes the way by which something is asked for.
func (s *dashSteering) uses(p *manifest.Presentation, via manifest.Ref) {
	if s.server != "" && len(via.Alternatives) > 0 {
		s.bases.use(placeOf(p, via, via))
	}
}

// location is which of a manifest's Locations the next one is asked for at: the server's
// wish, else the first (utils/LocationSelector.js). None is ever on its blacklist.
func (s *dashSteering) location(t *manifest.DASHTiming) int {
	for _, place := range s.priority {
		if i := slices.Index(t.LocationNames, place); i >= 0 {
			return i
		}
	}
	return 0
}
