package scenarios

import (
	"maps"
	"slices"
	"time"

	"soak/lab"
	"soak/manifest"
	"soak/netem"
	"soak/player"
	"soak/refresher"
)

// Version is the version of the file format that this package reads and writes.
const Version = 1

// Scenario is one run: who watches what over which network, how tokens are kept
// fresh, and what must be true at the end.
type Scenario struct {
	Version int `yaml:"version" json:"version"` // of the file format: 1
	// Name is a short name for reports and file names: letters, digits, hyphens.
	Name  string `yaml:"name,omitempty" json:"name,omitempty"`
	Title string `yaml:"title,omitempty" json:"title,omitempty"` // one line
	Why   string `yaml:"why,omitempty" json:"why,omitempty"`     // the question it answers
	Watch string `yaml:"watch,omitempty" json:"watch,omitempty"` // what to look at in the result
	// Group is where a list of scenarios shows it: letters, digits, hyphens.
	Group string `yaml:"group,omitempty" json:"group,omitempty"`
	// Hazard is the number of the token hazard that it shows: H14.
	Hazard string `yaml:"hazard,omitempty" json:"hazard,omitempty"`
	// Seed makes the run repeatable: viewer i draws from (Seed, i).
	Seed     uint64        `yaml:"seed,omitempty" json:"seed,omitempty"`
	Duration time.Duration `yaml:"duration,omitempty" json:"duration,omitempty"` // from the first viewer's arrival to the end
	// Start is the date at which virtual time begins, as 2033-05-18T03:30:00Z, in the years in
	// which Unix seconds have ten digits. Absent: 2027-01-15T08:00:00Z. Real time begins now.
	Start time.Time `yaml:"start,omitempty" json:"start,omitzero"`

	// Transport is what carries requests over sockets. lean: soak's own HTTP/1.1, which costs
	// least. net: Go's net/http, HTTP/2 where a server has it. Absent: auto, which is lean but
	// for servers that have HTTP/2. Computed runs have a model in its place.
	Transport string `yaml:"transport,omitempty" json:"transport,omitempty"`

	// Consent lists the hosts whose operators have agreed to be visited by more than 50 viewers:
	// [edge.example, tokens.example]. Hosts on this machine and on private networks need none.
	Consent []string `yaml:"consent,omitempty" json:"consent,omitempty"`
	// Sources are addresses of this machine that connections over sockets are made from, one
	// viewer after the other: [192.168.1.10, 192.168.1.11]. Absent: what the system chooses, and
	// many of 127.0.0.0/8 towards loopback where the ports of one would not do.
	Sources []string `yaml:"sources,omitempty" json:"sources,omitempty"`

	Target  Target  `yaml:"target,omitempty" json:"target,omitzero"` // what is watched; absent: the lab
	Viewers Viewers `yaml:"viewers,omitempty" json:"viewers"`        // how many watch, and with what
	Arrival Arrival `yaml:"arrival,omitempty" json:"arrival"`        // how they come
	Token   Token   `yaml:"token,omitempty" json:"token"`            // how long tokens live, when they are renewed
	// Thresholds are what must be true at the end. Absent beside Expect: none.
	Thresholds []Threshold `yaml:"thresholds,omitempty" json:"thresholds"`
	// Expect is what happens to each kind of viewer today; the run fails when that
	// changes.
	Expect []Expectation `yaml:"expect,omitempty" json:"expect,omitempty"`
}

// Transports.
const (
	AutoTransport = "auto"
	LeanTransport = "lean"
	NetTransport  = "net"
)

// Target is what is watched: the embedded lab, or a stream out there whose tokens
// come from a token API or are signed here. The zero Target is the lab.
type Target struct {
	// Lab configures the embedded origin, edge and token API. nil means its
	// defaults when URL, TokenAPI and Sign are absent too.
	Lab *lab.Config `yaml:"lab,omitempty" json:"lab,omitempty"`

	// URL is the HLS multivariant playlist or the MPD to play, with any token and
	// expiry in their places ("/cmaf/2675_live/token00/1000000000/master.m3u8");
	// the first token replaces them. Empty: what the token API answers in url (or
	// url_ip).
	URL string `yaml:"url,omitempty" json:"url,omitempty"`
	// Fixed plays URL as it stands: nobody gets tokens, and nothing is rewritten. For
	// streams that are not protected, and to see what becomes of a link.
	Fixed bool `yaml:"fixed,omitempty" json:"fixed,omitempty"`
	// HLS and DASH are the file names that cohorts of that format put in place of
	// the last part of the URL's path. Empty: master.m3u8 and index.mpd.
	HLS  string `yaml:"hls,omitempty" json:"hls,omitempty"`
	DASH string `yaml:"dash,omitempty" json:"dash,omitempty"`
	// Videos name the live stream and the VOD for the token API and for signing.
	Videos Videos `yaml:"videos,omitempty" json:"videos,omitzero"`

	TokenAPI *TokenAPI `yaml:"tokenApi,omitempty" json:"tokenApi,omitempty"`
	Sign     *Sign     `yaml:"sign,omitempty" json:"sign,omitempty"`
}

// Embedded tells whether the target is the lab.
func (t Target) Embedded() bool { return t.URL == "" && t.TokenAPI == nil && t.Sign == nil && !t.Fixed }

// Environment lists the environment variables that the target needs, in
// alphabetical order.
func (t Target) Environment() []string {
	var names []string
	if t.Sign != nil {
		names = append(names, t.Sign.SecretEnv)
	}
	if t.TokenAPI != nil {
		names = slices.AppendSeq(names, maps.Values(t.TokenAPI.Headers))
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// Videos are names of streams at the target, by kind of stream.
type Videos struct {
	Live string `yaml:"live,omitempty" json:"live,omitempty"`
	VOD  string `yaml:"vod,omitempty" json:"vod,omitempty"`
}

// TokenAPI is a token backend over HTTP.
type TokenAPI struct {
	// URL is called with GET. {video}, {type} (live or vod) and {expire} (the TTL
	// in seconds) are replaced, wherever they stand:
	// https://backend/token?video={video}&type={type}&expire={expire}
	URL string `yaml:"url" json:"url"`
	// Headers are request headers and the environment variables that hold their
	// values: {Authorization: TOKEN_API_AUTH}.
	Headers map[string]string `yaml:"headers,omitempty" json:"headers,omitempty"`
	// Fields are the names of the answer's JSON fields, a dot stepping into an
	// object. Empty: the guide's (token, token_ip, client_ip, expires, url, url_ip).
	Fields Fields `yaml:"fields,omitempty" json:"fields,omitzero"`
}

// Fields are the names of JSON fields in a token API's answer.
type Fields = refresher.Fields

// Sign makes tokens here instead of calling an API, by the guide's formula.
type Sign struct {
	Client string `yaml:"client" json:"client"` // the account id in the path
	// SecretEnv is the environment variable that holds the secret.
	SecretEnv string `yaml:"secretEnv" json:"secretEnv"`
}

// Viewers are how many watch and of which kinds.
type Viewers struct {
	Count int      `yaml:"count,omitempty" json:"count"`
	Mix   []Cohort `yaml:"mix,omitempty" json:"mix"`
}

// Stream kinds, formats and token modes.
const (
	Live = "live"
	VOD  = "vod"

	HLS  = "hls"
	DASH = "dash"

	Plain = "plain" // any address may use the token
	IP    = "ip"    // bound to the viewer's address
)

// Cohort is a kind of viewer.
type Cohort struct {
	// Name tells cohorts apart in reports. Empty: made of player, policy, link and
	// stream.
	Name string `yaml:"name,omitempty" json:"name,omitempty"`
	// Share is this cohort's part of all viewers, relative to the other shares:
	// 3 and 1 are three quarters and one quarter, as are 75% and 25%. Absent: 1.
	Share float64 `yaml:"share,omitempty" json:"share"`
	// Player is "hlsjs", "dashjs" or "generic"; a profile and a version ("dashjs
	// 4.7"), or for generic the format ("generic dash"); or a mapping with profile,
	// version, wrapper and the player's own options.
	Player player.Config `yaml:"player,omitempty" json:"player"`
	// Policy is a built-in's name or a mapping: name chooses the built-in, other
	// keys change it. A nil Lead, which files and built-ins have unless they say
	// otherwise, means the token's.
	Policy refresher.Policy `yaml:"policy,omitempty" json:"policy"`
	// Link is a built-in's name or a mapping: name chooses the built-in (or names a
	// new link), other keys change it.
	Link netem.Profile `yaml:"link,omitempty" json:"link"`
	// Stream is live or vod. Empty: live.
	Stream string `yaml:"stream,omitempty" json:"stream,omitempty"`
	// Token changes the scenario's token for this cohort.
	Token *CohortToken `yaml:"token,omitempty" json:"token,omitempty"`
	// Start is autoplay, preload (loads, and plays at the first play of Life) or
	// click (fetches its token, and loads and plays at the first play of Life).
	// Empty: autoplay.
	Start string `yaml:"start,omitempty" json:"start,omitempty"`
	// Life is what these viewers do while they watch. Empty: they watch.
	Life []Step `yaml:"life,omitempty" json:"life,omitempty"`
	// Clock is how wrong their clocks are. Absent: right.
	Clock *Clock `yaml:"clock,omitempty" json:"clock,omitempty"`
	// Address is where their requests come from: shared, own, "nat 20" (viewers behind
	// each address), "pool 8" (addresses), or a mapping. Empty: shared.
	Address Address `yaml:"address,omitempty" json:"address,omitzero"`
	// Leech makes them play links copied from another cohort. Absent: they have tokens
	// of their own.
	Leech *Leech `yaml:"leech,omitempty" json:"leech,omitempty"`
}

// CohortToken is what differs from the scenario's Token; nil and empty do not.
type CohortToken struct {
	TTL  *time.Duration `yaml:"ttl,omitempty" json:"ttl,omitempty"`
	Lead *time.Duration `yaml:"lead,omitempty" json:"lead,omitempty"`
	Mode string         `yaml:"mode,omitempty" json:"mode,omitempty"`
}

// Format is the format that the cohort's player plays.
func (c *Cohort) Format() string {
	if c.Player.Format() == manifest.DASH {
		return DASH
	}
	return HLS
}

// Arrival is how viewers come.
type Arrival struct {
	// Kind is once (all in the same instant), ramp (evenly over Over) or poisson (Rate a second
	// on average, Count at most). Empty: once.
	Kind string        `yaml:"kind,omitempty" json:"kind"`
	Over time.Duration `yaml:"over,omitempty" json:"over,omitempty"`
	Rate float64       `yaml:"rate,omitempty" json:"rate,omitempty"`
}

// Arrival kinds.
const (
	Once    = "once"
	Ramp    = "ramp"
	Poisson = "poisson"
)

// Token is how long tokens live and when they are renewed.
type Token struct {
	TTL  time.Duration `yaml:"ttl,omitempty" json:"ttl"`   // asked of the API, whole seconds
	Lead time.Duration `yaml:"lead,omitempty" json:"lead"` // how long before expiry to ask for the next; 0s: at expiry
	Mode string        `yaml:"mode,omitempty" json:"mode"` // plain or ip
	// RateLimit is how many calls a second the token API is meant to bear. Nothing
	// enforces it: reports advise how to stay below. 0: the lab's api.rate, if it has
	// one.
	RateLimit float64 `yaml:"rateLimit,omitempty" json:"rateLimit,omitempty"`
}

// TokenOf is the token in force for a cohort: the scenario's, changed by the
// cohort's own and by what its policy sets explicitly.
func (s *Scenario) TokenOf(c *Cohort) Token {
	t := s.Token
	if own := c.Token; own != nil {
		if own.TTL != nil {
			t.TTL = *own.TTL
		}
		if own.Lead != nil {
			t.Lead = *own.Lead
		}
		if own.Mode != "" {
			t.Mode = own.Mode
		}
	}
	if c.Policy.Lead != nil {
		t.Lead = *c.Policy.Lead
	}
	if c.Policy.IPBound {
		t.Mode = IP
	}
	return t
}

// PolicyOf is a cohort's policy with the lead and the mode that are in force for
// it.
func (s *Scenario) PolicyOf(c *Cohort) refresher.Policy {
	t := s.TokenOf(c)
	p := c.Policy.WithLead(t.Lead)
	p.IPBound = t.Mode == IP
	return p
}
