package fleet

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"net/url"
	"slices"
	"strings"
	"sync"

	"soak/scenarios"
)

// unasked is how many viewers may visit a host whose operator nobody has asked.
const unasked = 50

// errConsent is a request that never left.
var errConsent = errors.New("not asked for: this host's operator has not consented to so many viewers")

// consent is who may be visited by the audience: this machine and private networks, and
// hosts that have agreed. Nil: everybody.
type consent struct {
	scenario *scenarios.Scenario
	near     func(netip.Addr) bool
	lookup   func(ctx context.Context, network, host string) ([]netip.Addr, error)

	mu      sync.Mutex
	refused string        // the host that a request was refused to first
	met     chan struct{} // closed then
}

// consentFor is nil where no consent is needed: of few viewers, and of the lab's.
func consentFor(sc *scenarios.Scenario) *consent {
	if sc.Viewers.Count <= unasked || sc.Target.Embedded() {
		return nil
	}
	return &consent{scenario: sc, near: nearby, lookup: net.DefaultResolver.LookupNetIP, met: make(chan struct{})}
}

// nearby tells whether an address is this machine's, or on a private network: loopback, RFC
// 1918, RFC 4193, link-local. A connection to no address goes to this machine.
func nearby(a netip.Addr) bool {
	a = a.Unmap()
	return a.IsLoopback() || a.IsPrivate() || a.IsLinkLocalUnicast() || a.IsUnspecified()
}

// check tells before anybody is asked for anything which of the hosts that are known by
// then have to consent. A host that cannot be looked up is left to the probe.
func (c *consent) check(ctx context.Context) error {
	if c == nil {
		return nil
	}
	var missing []string
	for _, host := range c.hosts() {
		if !c.scenario.Consents(host) && c.foreign(ctx, host) {
			missing = append(missing, host)
		}
	}
	if len(missing) == 0 {
		return nil
	}
	return fmt.Errorf("%w: %s", ErrConfig, c.want(missing...))
}

// hosts are the stream's and the token API's, where the scenario names them.
func (c *consent) hosts() (all []string) {
	urls := []string{c.scenario.Target.URL}
	if api := c.scenario.Target.TokenAPI; api != nil {
		urls = append(urls, strings.NewReplacer("{", "", "}", "").Replace(api.URL))
	}
	for _, text := range urls {
		if u, err := url.Parse(text); err == nil && u.Hostname() != "" && !slices.Contains(all, u.Hostname()) {
			all = append(all, u.Hostname())
		}
	}
	return all
}

// foreign tells whether any of a host's addresses is neither here nor private.
func (c *consent) foreign(ctx context.Context, host string) bool {
	if a, err := netip.ParseAddr(host); err == nil {
		return !c.near(a)
	}
	all, err := c.lookup(ctx, "ip", host)
	return err == nil && slices.ContainsFunc(all, func(a netip.Addr) bool { return !c.near(a) })
}

// want says what is missing, and what to do about it.
func (c *consent) want(hosts ...string) string {
	return fmt.Sprintf("more than %d viewers need the consent of who runs %s, on neither this machine nor a private network; if you have it, add --target-consent %s (consent: [%s]), else use %d viewers",
		unasked, strings.Join(hosts, " and "), strings.Join(hosts, ","), strings.Join(hosts, ", "), unasked)
}

// dialedHost is the key of the host that a context's connection is to be made to.
type dialedHost struct{}

// told lets the control of a connection know by which name its host was asked for.
func (c *consent) told(dial dialFunc) dialFunc {
	if c == nil {
		return dial
	}
	return func(ctx context.Context, network, addr string) (net.Conn, error) {
		host, _, err := net.SplitHostPort(addr)
		if err != nil {
			return nil, err
		}
		return dial(context.WithValue(ctx, dialedHost{}, host), network, addr)
	}
}

// allow looks at the address that a connection is about to be made to, whatever named it:
// a playlist, a redirect, or a name that resolves otherwise than it did.
func (c *consent) allow(ctx context.Context, address string) error {
	if c == nil {
		return nil
	}
	to, err := netip.ParseAddrPort(address)
	if err != nil {
		return err
	}
	host, _ := ctx.Value(dialedHost{}).(string)
	if c.near(to.Addr()) || c.scenario.Consents(host) {
		return nil
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.refused == "" {
		c.refused = host
		close(c.met)
	}
	return errConsent
}

// stopped says which host was met that has not consented; "" when none was.
func (c *consent) stopped() string {
	if c == nil {
		return ""
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.refused == "" {
		return ""
	}
	return c.want(c.refused)
}

// halt dismisses the audience when it meets a host that has not consented. It returns
// when present is over.
func (c *consent) halt(present context.Context, dismiss func()) {
	if c == nil {
		return
	}
	select {
	case <-c.met:
		dismiss()
	case <-present.Done():
	}
}
