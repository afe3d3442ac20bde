package lab

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"time"
)

// Lab is the origin, both edges and the token API. It may be used from any
// goroutine; what is counted (the token API's queue and calls, faults that strike so many
// times) and what caches keep is its only state.
type Lab struct {
	cfg     Config
	seed    uint64
	epoch   time.Time
	hosts   Hosts
	signer  signer
	second  signer // of the second edge
	origin  *origin
	backend *backend
	strikes *strikes
	open    bool // edges take every token
	refused *refused
	plain   *plainTokens
	frames  [2]int64 // see framed
	steady  bool     // see Config
	refers  bool     // manifests are changed for who asks
	usual   bool

	began  int64         // the epoch in whole seconds of Unix time
	within time.Duration // and by how much it is later
}

// Hosts are the URLs under which the parts of a lab are reached: what the token
// API writes into url and url_ip.
type Hosts struct {
	Plain   string // base URL of the plain edge, no slash at the end
	IPBound string // base URL of the IP-bound edge
	Second  string // base URL of the second edge
	API     string // the token API itself, without a query
}

// VirtualHosts are the hosts of a lab that does not listen.
func VirtualHosts() Hosts {
	return Hosts{Plain: "http://edge.lab", IPBound: "http://edge-ip.lab", Second: "http://edge-2.lab", API: "http://api.lab/api/token"}
}

// Edge is the edge that is reached at a host, as written in a URL.
func (h Hosts) Edge(host string) (Edge, bool) {
	for edge, base := range [...]string{Plain: h.Plain, IPBound: h.IPBound, Second: h.Second} {
		if _, at, _ := strings.Cut(base, "://"); at == host && at != "" {
			return Edge(edge), true
		}
	}
	return Plain, false
}

// New makes a lab under [VirtualHosts]. epoch is the zero of scenario time, from
// which outages count.
func New(cfg Config, seed uint64, epoch time.Time) (*Lab, error) {
	if err := cfg.Validate(); err != nil {
		return nil, fmt.Errorf("lab: %w", err)
	}
	cfg = cfg.Filled()
	signer := newSigner(cfg, secret(cfg, seed))
	hosts := VirtualHosts()
	origin, err := newOrigin(cfg, hosts, newVault(cfg, signer.Secret))
	if err != nil {
		return nil, fmt.Errorf("lab: sample: %w", err)
	}
	l := &Lab{
		cfg:     cfg,
		seed:    seed,
		epoch:   epoch,
		hosts:   hosts,
		signer:  signer,
		second:  cfg.Second.signer(signer),
		origin:  origin,
		backend: &backend{},
		strikes: &strikes{},
		refused: &refused{},
		plain:   new(plainTokens),
		steady:  cfg.steady(),
		refers:  cfg.refers(),
		usual:   cfg.usual(),
		began:   epoch.Unix(),
		within:  time.Duration(epoch.Nanosecond()),
	}
	return l.framed(), nil
}

// secret is the configured secret or one drawn from the seed.
func secret(cfg Config, seed uint64) string {
	if cfg.Secret != "" {
		return string(cfg.Secret)
	}
	rng := rand.NewPCG(seed, secretStream)
	return fmt.Sprintf("%016x%016x", rng.Uint64(), rng.Uint64())
}

// Hosts are where this lab's URLs point.
func (l *Lab) Hosts() Hosts { return l.hosts }

// Config is the configuration in force, zero fields filled.
func (l *Lab) Config() Config { return l.cfg }

// Open is the lab with edges that take every token: they refuse nothing for it,
// break nothing off when it expires, and are not struck by faults that answer as if
// the token were bad. It shares what is counted with l.
func (l *Lab) Open() *Lab {
	open := *l
	open.open = true
	return &open
}

// Apart is the same lab with texts of its own: it shares media with l, and what is
// counted, but writes down playlists for itself. Who looks at another part of the event
// does not push out what l has at hand.
func (l *Lab) Apart() *Lab {
	apart := *l
	apart.origin, apart.plain = l.origin.apart(), new(plainTokens)
	return &apart
}

// at is the same lab under other hosts: same media, same backend, same faults.
func (l *Lab) at(hosts Hosts) *Lab {
	moved, origin := *l, *l.origin
	origin.point(hosts)
	moved.hosts, moved.origin = hosts, &origin
	return moved.framed()
}
