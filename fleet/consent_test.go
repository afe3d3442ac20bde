package fleet

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"soak/scenarios"
)

func TestNearby(t *testing.T) {
	for _, row := range []struct {
		addr string
		want bool
		why  string
	}{
		{"127.0.0.1", true, "loopback"},
		{"127.200.3.4", true, "all of 127/8 is"},
		{"::1", true, "loopback"},
		{"::ffff:127.0.0.1", true, "loopback in IPv6's clothes"},
		{"0.0.0.0", true, "leads to this machine"},
		{"10.1.2.3", true, "RFC 1918"},
		{"172.16.0.1", true, "RFC 1918"},
		{"172.32.0.1", false, "just beyond it"},
		{"192.168.255.255", true, "RFC 1918"},
		{"192.169.0.1", false, "just beyond it"},
		{"169.254.1.1", true, "link-local"},
		{"fe80::1", true, "link-local"},
		{"fd00::1", true, "RFC 4193"},
		{"100.64.0.1", false, "a carrier's network is the carrier's (RFC 6598)"},
		{"192.0.2.1", false, "somebody's"},
		{"2001:db8::1", false, "somebody's"},
		{"::ffff:192.0.2.1", false, "somebody's, in IPv6's clothes"},
		{"64:ff9b::a00:1", false, "through NAT64 one cannot tell"},
	} {
		if got := nearby(netip.MustParseAddr(row.addr)); got != row.want {
			t.Errorf("nearby(%s) = %v: %s", row.addr, got, row.why)
		}
	}
}

// names resolves without asking anybody.
func names(_ context.Context, _, host string) ([]netip.Addr, error) {
	known := map[string][]netip.Addr{
		"edge.example":  {netip.MustParseAddr("192.0.2.7")},
		"api.example":   {netip.MustParseAddr("2001:db8::7")},
		"inside.test":   {netip.MustParseAddr("10.0.0.7"), netip.MustParseAddr("fd00::7")},
		"twofold.test":  {netip.MustParseAddr("10.0.0.7"), netip.MustParseAddr("192.0.2.7")},
		"localhost":     {netip.MustParseAddr("127.0.0.1"), netip.MustParseAddr("::1")},
		"EDGE.example.": {netip.MustParseAddr("192.0.2.7")},
	}
	if all := known[host]; all != nil {
		return all, nil
	}
	return nil, &net.DNSError{Err: "no such host", Name: host, IsNotFound: true}
}

func TestConsentIsAskedForBeforeTheRun(t *testing.T) {
	for _, row := range []struct {
		viewers  int
		url, api string
		consent  []string
		want     string // the hosts that are missed
		why      string
	}{
		{50, "http://edge.example/a.m3u8", "https://api.example/t", nil, "", "few are welcome anywhere"},
		{51, "http://edge.example/a.m3u8", "https://api.example/t", nil, "edge.example,api.example", "one more is not"},
		{51, "http://edge.example:8080/a.m3u8", "https://edge.example/t?v={video}", nil, "edge.example", "a host is asked once"},
		{51, "http://edge.example/a.m3u8", "https://api.example/t", []string{"edge.example", "API.example."}, "", "both have consented"},
		{51, "http://edge.example/a.m3u8", "https://api.example/t", []string{"api.example"}, "edge.example", "one has"},
		{51, "http://EDGE.example./a.m3u8", "http://localhost/t", []string{"edge.example"}, "", "names are the same in any case"},
		{51, "http://inside.test/a.m3u8", "http://[::1]:99/t", nil, "", "a name for private addresses is private"},
		{51, "http://twofold.test/a.m3u8", "http://127.0.0.1/t", nil, "twofold.test", "one foreign address makes it foreign"},
		{51, "http://192.0.2.9/a.m3u8", "http://10.0.0.1/t", nil, "192.0.2.9", "an address needs no look-up"},
		{51, "http://192.0.2.9/a.m3u8", "http://10.0.0.1/t", []string{"192.0.2.9"}, "", "and can consent"},
		{51, "http://gone.example/a.m3u8", "http://10.0.0.1/t", nil, "", "nobody there: the probe will say so"},
		{51, "", "https://api.example/t?v={video}", nil, "api.example", "the stream's host is not known yet"},
	} {
		sc := protected(row.url, row.api)
		sc.Viewers.Count, sc.Consent = row.viewers, row.consent
		c := consentFor(&sc)
		if c != nil {
			c.lookup = names
		}
		err := c.check(t.Context())
		switch {
		case row.want == "" && err != nil:
			t.Errorf("%s: %v; want nothing missed", row.why, err)
		case row.want != "" && (!errors.Is(err, ErrConfig) || !strings.Contains(err.Error(), "--target-consent "+row.want+" ")):
			t.Errorf("%s: %v; want %s missed", row.why, err, row.want)
		}
	}
	lab := scenarios.Default()
	lab.Viewers.Count = 5000
	if consentFor(&lab) != nil {
		t.Error("the lab is asked for its consent")
	}
}

// What counts is the address that is dialled, whatever the name was good for before.
func TestForeignAddressesAreNotDialled(t *testing.T) {
	for _, row := range []struct {
		addr, at string
		want     bool
		why      string
	}{
		{"inside.test:80", "10.0.0.7:80", true, "private"},
		{"inside.test:80", "192.0.2.7:80", false, "a name that leads elsewhere all at once"},
		{"edge.example:443", "192.0.2.7:443", true, "has consented"},
		{"192.0.2.7:443", "192.0.2.7:443", false, "its address by itself has not: a playlist names somebody else's host by it"},
		{"[2001:db8::7]:80", "[2001:db8::7]:80", false, "IPv6"},
		{"[::1]:80", "[::1]:80", true, "this machine"},
		{"here:80", "[fe80::1%eth0]:80", true, "link-local with its zone"},
	} {
		sc := protected("http://edge.example/a.m3u8", "http://127.0.0.1/t")
		sc.Viewers.Count, sc.Consent = 51, []string{"edge.example"}
		c := consentFor(&sc)
		dial := c.told(func(ctx context.Context, _, _ string) (net.Conn, error) { return nil, c.allow(ctx, row.at) })
		_, err := dial(t.Context(), "tcp", row.addr)
		if (err == nil) != row.want || (c.stopped() == "") != row.want {
			t.Errorf("%s at %s: %v, %q: %s", row.addr, row.at, err, c.stopped(), row.why)
		}
	}
}

// A crowd that is led to somebody who has not been asked never gets there, and goes
// home; what it lived through until then is kept.
func TestCrowdsStopAtForeignHosts(t *testing.T) {
	var visits atomic.Int64
	foreign := httptest.NewUnstartedServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { visits.Add(1) }))
	listener, err := net.Listen("tcp", "127.0.0.2:0")
	if err != nil {
		lacking(t, "no second loopback address here: %v", err)
	}
	_ = foreign.Listener.Close()
	foreign.Listener = listener
	foreign.Config.ConnState = func(net.Conn, http.ConnState) { visits.Add(1) }
	foreign.Start()
	defer foreign.Close()
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/api" {
			fmt.Fprintf(w, `{"token":"abcdefgh","expires":%d}`, time.Now().Unix()+60)
			return
		}
		fmt.Fprintf(w, "#EXTM3U\n#EXT-X-TARGETDURATION:2\n#EXTINF:2,\n%s/a.ts\n", foreign.URL)
	}))
	defer srv.Close()
	for _, transport := range []string{scenarios.LeanTransport, scenarios.NetTransport} {
		sc := protected(srv.URL+"/cmaf/1_live/secrettoken0/1999999999/a.m3u8", srv.URL+"/api")
		sc.Viewers.Count, sc.Duration, sc.Transport = unasked+1, time.Hour, transport
		target, err := openTarget(t.Context(), &sc)
		if err != nil {
			t.Fatal(err)
		}
		target.consent.near = func(a netip.Addr) bool { return a.String() != "127.0.0.2" }
		r, err := target.run(t.Context(), scenarios.Guards{}, Options{})
		target.close()
		if err != nil {
			t.Fatal(err)
		}
		why := strings.Join(r.Health.Saturated(), "; ")
		if !strings.Contains(why, "--target-consent 127.0.0.2") || visits.Load() != 0 || r.Interrupted {
			t.Errorf("%s: %q, %d visits, interrupted %v; want the host named and not visited", transport, why, visits.Load(), r.Interrupted)
		}
		if came, asked := r.Summary.Total.Viewers.Arrived, r.Summary.Metrics()["requests"]; came == 0 || asked == 0 {
			t.Errorf("%s: %v viewers, %v requests; want those that there were", transport, came, asked)
		}
		srv.CloseClientConnections()
	}
}
