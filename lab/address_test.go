package lab

import (
	"encoding/json"
	"strings"
	"testing"
)

// Who believes what a request says of its viewer's address decides what a token is
// bound to, and whether the edge takes it.
func TestForwardedAddresses(t *testing.T) {
	const peer, said = "10.0.0.1", "203.0.113.5"
	for _, row := range []struct {
		forwarded string
		bound     string // the address in the token
		edge      int    // from the same peer, saying the same
		silent    int    // from the same peer, saying nothing
		why       string
	}{
		{"", said, 200, 403, "the guide's rule everywhere: the header is the address"},
		{"all", said, 200, 403, "the same, written out"},
		{"none", peer, 200, 200, "nobody listens: the header changes nothing"},
		{"api", said, 403, 403, "the API is told an address that the edge does not see"},
		{"edge", peer, 403, 200, "the edge is told an address that the API did not see"},
	} {
		l, err := New(Config{Forwarded: row.forwarded}, 1, moment)
		if err != nil {
			t.Fatal(err)
		}
		var got grantJSON
		body := l.Token(Request{RawQuery: "video=live&type=live&expire=60", ClientIP: peer, Forwarded: said, Viewer: 1, Call: 1}, moment).Body()
		if err := json.Unmarshal(body, &got); err != nil {
			t.Fatal(err)
		}
		if got.ClientIP != row.bound {
			t.Errorf("%s: bound to %s, want %s", row.why, got.ClientIP, row.bound)
		}
		ask := func(forwarded string) int {
			path := strings.TrimPrefix(got.URLIP, l.Hosts().IPBound)
			return l.Edge(Request{Edge: IPBound, Path: path, ClientIP: peer, Forwarded: forwarded}, moment).Status
		}
		if a, b := ask(said), ask(""); a != row.edge || b != row.silent {
			t.Errorf("%s: edge answered %d to who says so, %d to who does not; want %d and %d", row.why, a, b, row.edge, row.silent)
		}
	}
	if err := (Config{Forwarded: "me"}).Validate(); err == nil || !strings.Contains(err.Error(), `forwarded "me": use all, api, edge or none`) {
		t.Errorf("forwarded: me: %v", err)
	}
}

// Addresses that a client takes for want of ports are one client's.
func TestSpreadAddressesAreOne(t *testing.T) {
	for _, row := range []struct{ from, want, why string }{
		{"127.0.0.1", "127.0.0.1", "itself"},
		{"127.0.64.1", "127.0.0.1", "the first"},
		{"127.0.127.250", "127.0.0.1", "the last"},
		{"127.0.128.1", "127.0.128.1", "beyond"},
		{"127.0.63.255", "127.0.63.255", "before"},
		{"127.0.0.2", "127.0.0.2", "somebody chose it"},
		{"127.1.64.1", "127.1.64.1", "a viewer's own"},
		{"::1", "::1", "IPv6"},
		{"127.0.64.x", "127.0.64.x", "no address"},
	} {
		if got := unspread(row.from); got != row.want {
			t.Errorf("unspread(%s) = %s, want %s: %s", row.from, got, row.want, row.why)
		}
	}
}
