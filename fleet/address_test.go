package fleet

import (
	"net/netip"
	"strings"
	"testing"
	"time"

	"soak/lab"
	"soak/qoe"
	"soak/scenarios"
)

// Every viewer's addresses, and every pool's, are loopback's and nobody else's.
func TestAddressesAreNobodyElses(t *testing.T) {
	owner := map[string]string{loopback: "everybody", proxy: "the proxy"}
	take := func(address, who string) {
		ip, err := netip.ParseAddr(address)
		if err != nil || !ip.IsLoopback() || strings.HasSuffix(address, ".0") || strings.HasSuffix(address, ".255") {
			t.Fatalf("%s of %s is no address of loopback's", address, who)
		}
		if other, taken := owner[address]; taken {
			t.Fatalf("%s of %s is %s's", address, who, other)
		}
		owner[address] = who
	}
	for _, viewer := range []int{0, 1, 249, 250, 62_499, 62_500, 125_001, 999_999} {
		for n := range ownEach {
			take(ownAddress(viewer, n), "a viewer")
		}
	}
	for _, cohort := range []int{0, 1, 62, 63, 199} {
		for _, n := range []int{0, 1, 500, perPool - 1} {
			take(poolAddress(cohort, n), "a pool")
		}
	}
}

// Viewers behind one NAT share an address with each other and nobody else.
func TestNAT(t *testing.T) {
	sc := scenarios.Default()
	sc.Viewers.Count = 40
	for i := range sc.Viewers.Mix {
		sc.Viewers.Mix[i].Address = scenarios.Address{Kind: scenarios.NAT, Size: 3}
	}
	behind := map[int][]seat{}
	for _, s := range plan(&sc) {
		behind[s.door] = append(behind[s.door], s)
	}
	short := map[*scenarios.Cohort]int{}
	for door, seats := range behind {
		for _, s := range seats {
			if s.cohort != seats[0].cohort || s.id < door {
				t.Errorf("viewer %d of %s is behind the door of viewer %d", s.id, s.cohort.Name, door)
			}
		}
		if len(seats) > 3 {
			t.Errorf("%d viewers behind one NAT of 3", len(seats))
		}
		if len(seats) < 3 {
			short[seats[0].cohort]++
		}
	}
	for c, n := range short {
		if n > 1 {
			t.Errorf("%s: %d NATs are not full, want the last alone", c.Name, n)
		}
	}
}

// What a token that is bound to an address costs, by where requests come from and
// whom the servers believe. The boundary of it: nothing or everything.
func TestIPBoundTokensByAddress(t *testing.T) {
	at := func(text, api, forwarded string) scenarios.Address {
		return scenarios.Address{Kind: text, API: api, Forwarded: forwarded}
	}
	const claimed = "203.0.113.7"
	for _, row := range []struct {
		address scenarios.Address
		trust   string
		useless bool
		why     string
	}{
		{at("", "", ""), "", false, "one machine"},
		{at("own", "", ""), "", false, "an address of one's own, the same for both servers"},
		{at("own", "other", ""), "", true, "dual stack: the token is bound to the other address"},
		{at("", "other", ""), "none", true, "shared at the edge, another at the API"},
		{at("own", "proxy", ""), "none", true, "the proxy's address is in the token"},
		{at("own", "proxy", ""), "api", false, "the API believes the proxy"},
		{at("own", "", claimed), "all", false, "who believes one lie believes the next: bound to nothing"},
		{at("own", "", claimed), "api", true, "the API believes the lie, the edge does not"},
		{at("own", "", claimed), "none", false, "nobody listens to it"},
		{at("own", "proxy", claimed), "api", true, "the proxy appends, the API reads the first"},
	} {
		for _, p := range players() {
			w := liveOne(t, 20*time.Second, func(sc *scenarios.Scenario, c *scenarios.Cohort) {
				c.Player, c.Address = p, row.address
				sc.Token.Mode = scenarios.IP
				sc.Target.Lab.Forwarded = row.trust
			})
			v := w.summary.Total.Viewers
			if dead := v.Started == 0; dead != row.useless || !dead && v.Noticed > 0 {
				t.Errorf("%s, %s: started %d, noticed %d, refused %v; want a useless token: %v",
					p.Profile, row.why, v.Started, v.Noticed, w.summary.Total.Refused.Rows(), row.useless)
			}
			if row.useless {
				for _, r := range w.summary.Total.Refused.Rows() {
					if r.Status != 403 || r.Kind != qoe.Manifest {
						t.Errorf("%s, %s: %d × %d %v, want the manifest refused with 403", p.Profile, row.why, r.Count, r.Status, r.Kind)
					}
				}
			}
		}
	}
}

// A viewer of a pool is refused from the change of address to the next token, and
// what was under way when it changed is not broken off.
func TestPoolChangesAddress(t *testing.T) {
	play := func(mode string) *lived {
		return liveOne(t, time.Minute, func(sc *scenarios.Scenario, c *scenarios.Cohort) {
			c.Address = scenarios.Address{Kind: scenarios.Pool, Size: 2, Every: lab.Fixed(25 * time.Second)}
			sc.Token = scenarios.Token{TTL: 30 * time.Second, Lead: 10 * time.Second, Mode: mode}
		})
	}
	w := play(scenarios.IP)
	if n := len(w.refused(0, 25*time.Second)); n != 0 {
		t.Errorf("%d refused at the first address", n)
	}
	if n := len(w.refused(25*time.Second, 30*time.Second)); n == 0 {
		t.Error("nothing refused after the change of address")
	}
	for _, x := range w.exchanges {
		if x.Failure == qoe.NetworkFailure {
			t.Errorf("%+v, want nothing broken off", x)
		}
	}
	if n := len(play(scenarios.Plain).refused(0, time.Minute)); n != 0 {
		t.Errorf("%d refused with a plain token, want none", n)
	}
}

// Over sockets each connection comes from the address that the scenario gives its
// viewer, to the edge and to the token API alike: the same table, told by the lab.
func TestAddressesOverSockets(t *testing.T) {
	t.Parallel()
	sc := short(12, 6*time.Second)
	base := sc.Viewers.Mix[0]
	base.Share = 1
	sc.Viewers.Mix = nil
	useless := map[string]bool{"dual stack": true, "claims": true}
	for _, c := range []struct {
		name    string
		address scenarios.Address
	}{
		{"shared", scenarios.Address{}},
		{"own", scenarios.Address{Kind: scenarios.OwnAddress}},
		{"behind a NAT", scenarios.Address{Kind: scenarios.NAT, Size: 2}},
		{"proxy", scenarios.Address{Kind: scenarios.OwnAddress, API: scenarios.APIProxy}},
		{"dual stack", scenarios.Address{Kind: scenarios.OwnAddress, API: scenarios.APIOther}},
		{"claims", scenarios.Address{Kind: scenarios.OwnAddress, Forwarded: "203.0.113.7"}},
	} {
		base.Name, base.Address = c.name, c.address
		sc.Viewers.Mix = append(sc.Viewers.Mix, base)
	}
	sc.Token.Mode = scenarios.IP
	cfg := labConfig(&sc)
	cfg.Forwarded = "api"
	sc.Target.Lab = &cfg
	r, err := Run(t.Context(), sc, Options{})
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range r.Summary.Cohorts {
		want := c.Viewers.Arrived // who start
		if useless[c.Cohort] {
			want = 0
		}
		if refused := c.Refused.Count() > 0; refused != useless[c.Cohort] || c.Viewers.Started != want {
			t.Errorf("%s: %d of %d started, refused %v; want a useless token: %v",
				c.Cohort, c.Viewers.Started, c.Viewers.Arrived, c.Refused.Rows(), useless[c.Cohort])
		}
	}
	if len(r.Summary.Cohorts) != len(sc.Viewers.Mix) {
		t.Errorf("%d cohorts came, want %d", len(r.Summary.Cohorts), len(sc.Viewers.Mix))
	}
}

// The drill of the library with fewer viewers: who changes address is refused until
// the next token, and is named; nobody else is.
func TestAddressChangeOverSockets(t *testing.T) {
	t.Parallel()
	sc, err := scenarios.Builtin("drill-ip-change")
	if err != nil {
		t.Fatal(err)
	}
	sc.Viewers.Count, sc.Duration, sc.Arrival.Over = 16, 9*time.Second, time.Second
	sc.Token.TTL, sc.Token.Lead = 20*time.Second, 5*time.Second
	moves := map[string]bool{}
	for i := range sc.Viewers.Mix {
		c := &sc.Viewers.Mix[i]
		c.Share = 1
		if len(c.Life) > 0 {
			moves[c.Name] = true
			c.Life[0].At = lab.Fixed(4 * time.Second)
		}
	}
	r, err := Run(t.Context(), sc, Options{})
	if err != nil {
		t.Fatal(err)
	}
	moved, named := int64(0), int64(0)
	for _, c := range r.Summary.Cohorts {
		if moves[c.Cohort] {
			moved += c.Viewers.Arrived
		}
		bound := false // a machine that is busy may be late for a token, which is 410
		for _, row := range c.Refused.Rows() {
			bound = bound || row.Status == 403
		}
		if bound != moves[c.Cohort] {
			t.Errorf("%s: refused %v", c.Cohort, c.Refused.Rows())
		}
	}
	for _, w := range r.Summary.Worst {
		if w.Refused > 0 && moves[w.Cohort] {
			named++
		}
	}
	if moved == 0 || named != moved {
		t.Errorf("%d viewers moved, %d are named with what was refused; want all: %+v", moved, named, r.Summary.Worst)
	}
}

// A lab that is not on IPv4 loopback cannot be reached from 127.0.0.0/8.
func TestAddressesNeedLoopback(t *testing.T) {
	sc := short(2, 2*time.Second)
	for i := range sc.Viewers.Mix {
		sc.Viewers.Mix[i].Address.Kind = scenarios.OwnAddress
	}
	cfg := labConfig(&sc)
	cfg.Listen.Plain = "0.0.0.0:0"
	sc.Target.Lab = &cfg
	if _, err := Run(t.Context(), sc, Options{}); err == nil || !strings.Contains(err.Error(), "IPv4 loopback only") {
		t.Errorf("Run: %v, want a refusal", err)
	}
}
