package scenarios

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"

	"soak/lab"
)

// maxSources bounds the addresses that connections are made from: one has some 28,000
// ports.
const maxSources = 256

// Consents tells whether a host, without its port, is one of those that have agreed to
// be visited by a crowd.
func (s *Scenario) Consents(host string) bool {
	return slices.ContainsFunc(s.Consent, func(c string) bool { return sameHost(c, host) })
}

func sameHost(a, b string) bool {
	if x, err := netip.ParseAddr(a); err == nil {
		y, err := netip.ParseAddr(b)
		return err == nil && x.Unmap() == y.Unmap()
	}
	return strings.EqualFold(strings.TrimSuffix(a, "."), strings.TrimSuffix(b, "."))
}

// hostName is a name as URLs have it.
func hostName(text string) bool {
	return len(text) <= 253 && lab.Words(strings.TrimSuffix(text, "."), ".", "_-", 63, 127)
}

// checkVisit looks at what the target's operators and this machine are asked for.
func (s *Scenario) checkVisit(f *faults) {
	for i, host := range s.Consent {
		if _, err := netip.ParseAddr(host); err != nil && !hostName(host) {
			f.add(fmt.Sprintf("consent[%d]", i), "write a host as it stands in URLs, without scheme and port: edge.example", "%.80q is no host", host)
		}
	}
	var first netip.Addr
	for i, text := range s.Sources {
		key := fmt.Sprintf("sources[%d]", i)
		switch a, err := netip.ParseAddr(text); {
		case err != nil:
			f.add(key, "write an address of this machine: 192.168.1.10", "%.80q is no IP address", text)
		case a.IsMulticast() || a.IsUnspecified():
			f.add(key, "", "%s is nobody's address", a)
		case i == 0:
			first = a
		case first.IsValid() && a.Unmap().Is4() != first.Unmap().Is4():
			f.add(key, "list addresses of one family: a host that has only the other could not be reached", "%s is of another family than %s", a, first)
		}
	}
	switch {
	case len(s.Sources) > maxSources:
		f.add("sources", "", "has %d addresses, at most %d are used", len(s.Sources), maxSources)
	case len(s.Sources) > 0 && s.Addressed():
		f.add("sources", "leave them out, or the cohorts' address", "contradicts cohorts whose viewers have addresses of their own")
	}
}
