package scenarios

import (
	"cmp"
	"fmt"
	"net/netip"
	"net/url"
	"reflect"
	"strconv"
	"strings"
	"time"

	"github.com/goccy/go-yaml/ast"

	"soak/lab"
)

// Whose address a viewer's is.
const (
	SharedAddress = "shared" // the machine's own, 127.0.0.1
	OwnAddress    = "own"    // nobody else's
	NAT           = "nat"    // of Size viewers who sit behind one
	Pool          = "pool"   // one of Size, and another one from time to time
)

// What address the token API sees.
const (
	APISame  = ""      // the one that edges see
	APIOther = "other" // another one of the viewer's: dual stack, split tunnel
	APIProxy = "proxy" // a proxy's, which forwards the viewer's
)

// Address is where the requests of a cohort's viewers come from: in a file a text
// (own, shared, nat 20, pool 8) or a mapping. The zero Address is shared.
type Address struct {
	// Kind is shared (the machine's own address), own (nobody else's), nat (Size viewers
	// behind each address) or pool (one of the Size that the cohort has, and another
	// from time to time: carrier-grade NAT). Empty: shared.
	Kind string `yaml:"kind,omitempty" json:"kind,omitempty"`
	// Size is how many viewers share an address of nat, or how many addresses pool has.
	Size int `yaml:"size,omitempty" json:"size,omitempty"`
	// Every (of pool) is how long a viewer keeps an address; the page is not told of
	// the change, and what is under way goes on. Absent: for good.
	Every lab.Distribution `yaml:"every,omitempty" json:"every,omitzero"`
	// API is the address that the token API sees: other (the viewer has two, as with
	// dual stack) or proxy (one for all, which passes the viewer's on in
	// X-Forwarded-For). Empty: the one that edges see.
	API string `yaml:"api,omitempty" json:"api,omitempty"`
	// Forwarded is sent as X-Forwarded-For with every request: an address that these
	// viewers claim to have.
	Forwarded string `yaml:"forwarded,omitempty" json:"forwarded,omitempty"`
}

// chosen tells whether viewers come from addresses that have to be chosen for them.
func (a Address) chosen() bool {
	return a.Kind != "" && a.Kind != SharedAddress || a.API != APISame
}

// address reads "own", "nat 20"; a mapping is read as usual.
func (d *decoder) address(key string, n ast.Node, to *Address) (handled bool, err error) {
	*to = Address{}
	text, ok := scalarText(n)
	if !ok {
		return false, nil
	}
	words := strings.Fields(text)
	if len(words) == 2 {
		to.Size, err = strconv.Atoi(words[1])
	}
	if len(words) == 0 || len(words) > 2 || err != nil {
		return true, d.fail(key, n, fmt.Sprintf("%.60q is no address", text), "write shared, own, nat 20 (viewers behind each), pool 8 (addresses), or a mapping")
	}
	to.Kind = words[0]
	return true, nil
}

// writtenAddress is what stands in a file for an address.
func writtenAddress(a Address) (any, error) {
	if short := (Address{Kind: a.Kind, Size: a.Size}); a == short && a.Kind != "" {
		if a.Size == 0 {
			return a.Kind, nil
		}
		return fmt.Sprintf("%s %d", a.Kind, a.Size), nil
	}
	return structure(reflect.ValueOf(a), reflect.ValueOf(Address{}), true)
}

// The most viewers behind an address, and addresses in a pool.
const (
	maxBehind = maxViewers
	maxPool   = 1000
)

func (a Address) check(f *faults, key string) {
	if a.Kind != "" {
		oneOf(f, key+".kind", a.Kind, SharedAddress, OwnAddress, NAT, Pool)
	}
	switch {
	case a.Kind == NAT && (a.Size < 2 || a.Size > maxBehind):
		f.add(key+".size", "write nat 20", "%d: use 2 to %d viewers behind each address", a.Size, maxBehind)
	case a.Kind == Pool && (a.Size < 2 || a.Size > maxPool):
		f.add(key+".size", "write pool 8", "%d: use 2 to %d addresses", a.Size, maxPool)
	case a.Kind != NAT && a.Kind != Pool && a.Size != 0:
		f.add(key+".size", "nat 20 and pool 8 have a size", "means nothing to %s", cmp.Or(a.Kind, SharedAddress))
	}
	if !a.Every.IsZero() {
		switch {
		case a.Kind != Pool:
			f.add(key+".every", "a pool has other addresses to go to: {kind: pool, size: 8, every: 5m}", "means nothing to %s", cmp.Or(a.Kind, SharedAddress))
		case a.Every.Least() < time.Second:
			f.add(key+".every", "", "%s: use 1s or more", a.Every)
		}
	}
	if a.API != APISame {
		oneOf(f, key+".api", a.API, APIOther, APIProxy)
	}
	if _, err := netip.ParseAddr(a.Forwarded); a.Forwarded != "" && err != nil {
		f.add(key+".forwarded", "write one address: 203.0.113.7", "%.60q is no IP address", a.Forwarded)
	}
}

// Addressed tells whether the run chooses the addresses from which viewers come.
func (s *Scenario) Addressed() bool {
	for i := range s.Viewers.Mix {
		c := &s.Viewers.Mix[i]
		if c.Address.chosen() || c.Leech != nil && c.Leech.From != FromSame {
			return true
		}
		for _, step := range c.Life {
			if step.Do == Move {
				return true
			}
		}
	}
	return false
}

// onLoopback tells whether viewers reach the target over this machine's loopback,
// where they can come from any address of 127.0.0.0/8.
func (t Target) onLoopback() bool {
	if t.Embedded() {
		return true
	}
	for _, text := range []string{t.URL, t.apiURL()} {
		if text != "" && !isLoopback(text) {
			return false
		}
	}
	return true
}

func (t Target) apiURL() string {
	if t.TokenAPI == nil {
		return ""
	}
	return placeholder.ReplaceAllString(t.TokenAPI.URL, "x")
}

func isLoopback(text string) bool {
	u, err := url.Parse(text)
	if err != nil {
		return false
	}
	ip, err := netip.ParseAddr(u.Hostname())
	return u.Hostname() == "localhost" || err == nil && ip.Is4() && ip.IsLoopback()
}

// checkAddress looks at where a cohort's viewers come from.
func (s *Scenario) checkAddress(f *faults, key string, c *Cohort) {
	c.Address.check(f, key+".address")
	if c.Address.API != APISame && !s.Target.Embedded() {
		f.add(key+".address.api", "play the embedded lab", "edge and token API of a target out there cannot be told apart")
	}
	if c.Address.chosen() && !s.Target.onLoopback() {
		f.add(key+".address", "play the embedded lab, or a server on 127.0.0.1", notHere)
	}
}

const notHere = "viewers cannot have addresses of their own at a target that is not on this machine's loopback"
