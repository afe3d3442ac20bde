package fleet

import (
	"fmt"
	"net"
	"net/netip"
	"strings"

	"soak/lab"
	"soak/scenarios"
)

// sources are the addresses that viewers' connections are made from, one viewer after
// the other, so that there are ports for all. None: the system chooses.
type sources struct {
	all   []netip.Addr
	inner bool // towards loopback only
}

// source is one viewer's.
type source struct {
	addr  netip.Addr // invalid: the system chooses
	inner bool
}

// sourcesOf are the scenario's, all of which have to be this machine's.
func sourcesOf(sc *scenarios.Scenario) (s sources, err error) {
	for _, text := range sc.Sources {
		a, err := netip.ParseAddr(text)
		if err == nil {
			err = ours(a)
		}
		if err != nil {
			return sources{}, fmt.Errorf("%w: source %s: not an address of this machine (%w); it has %s", ErrConfig, text, err, ownAddresses())
		}
		s.all = append(s.all, a)
	}
	return s, nil
}

// ours tells whether connections can be made from a: whether something could listen there.
func ours(a netip.Addr) error {
	l, err := net.ListenTCP("tcp", net.TCPAddrFromAddrPort(netip.AddrPortFrom(a, 0)))
	if err != nil {
		if op, ok := err.(*net.OpError); ok {
			err = op.Err
		}
		return err
	}
	return l.Close()
}

// ownAddresses names some of this machine's addresses.
func ownAddresses() string {
	const most = 8
	all, err := net.InterfaceAddrs()
	if err != nil || len(all) == 0 {
		return "none that could be listed"
	}
	var names []string
	for i, a := range all {
		if i == most {
			names = append(names, "…")
			break
		}
		name, _, _ := strings.Cut(a.String(), "/")
		names = append(names, name)
	}
	return strings.Join(names, ", ")
}

// spreadOver gives n addresses of loopback that stand for 127.0.0.1.
func spreadOver(n int) (sources, error) {
	s := sources{inner: true}
	base := lab.Spread().Addr().As4()
	for i := range n {
		a := netip.AddrFrom4([4]byte{base[0], base[1], base[2] + byte(i/perOctet), byte(1 + i%perOctet)})
		s.all = append(s.all, a)
	}
	return s, ours(s.all[0])
}

func (s sources) any() bool { return len(s.all) > 0 }

// of is a viewer's.
func (s sources) of(viewer int) source {
	if !s.any() {
		return source{}
	}
	return source{s.all[viewer%len(s.all)], s.inner}
}

// towards is the address from which a connection to host:port is made; nil leaves it to
// the system.
func (s source) towards(to string) net.Addr {
	if !s.addr.IsValid() || s.inner && !onLoopback(to) {
		return nil
	}
	return net.TCPAddrFromAddrPort(netip.AddrPortFrom(s.addr, 0))
}

// onLoopback tells whether host:port is an address of 127.0.0.0/8. A name may lead to IPv6.
func onLoopback(to string) bool {
	at, err := netip.ParseAddrPort(to)
	return err == nil && at.Addr().Is4() && at.Addr().IsLoopback()
}
