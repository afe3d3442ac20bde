package lab

import (
	"strings"
	"testing"
	"time"

	"soak/token"
)

// A client that asks for file after file of a directory is answered as one that asks for
// whole URLs: also at the end of its token's life, by any clock, and from elsewhere.
func TestDirectoryIsLookedAtOnce(t *testing.T) {
	second := time.Second
	for _, row := range []struct {
		cfg Config
		why string
	}{
		{Config{}, "good through the second of expiry"},
		{Config{Boundary: token.Strict}, "dead as that second begins"},
		{Config{EdgeSkew: 1500 * time.Millisecond}, "edges ahead by no whole seconds"},
		{Config{EdgeSkew: -1500 * time.Millisecond, Boundary: token.Strict}, "edges behind"},
		{Config{Grace: 2500 * time.Millisecond}, "dead tokens are taken for a while"},
		{Config{Edges: Edges{IPBound: EdgeRules{Skew: 700 * time.Millisecond}}}, "one edge ahead"},
		{Config{Rotations: []Rotation{{At: 59 * second, Previous: 300 * time.Millisecond}}}, "the secret changes"},
	} {
		l := lab(t, row.cfg)
		for _, edge := range []Edge{Plain, IPBound} {
			for _, client := range []string{"10.0.0.7", "10.0.0.8"} {
				compareDirectory(t, l, edge, client, row.why)
			}
		}
	}
}

// compareDirectory asks from a minute before the end of a token's life until a few seconds
// after it, twice a moment: from home, for which the token was signed, and from client.
func compareDirectory(t *testing.T, l *Lab, edge Edge, client, why string) {
	t.Helper()
	signer, ip := l.signerOf(edge, "10.0.0.7")
	end := moment.Unix() + 60
	loc := token.Location{Kind: token.Live, Client: l.signer.Client, Video: "live",
		Grant: token.Grant{Token: signer.Sign("live", end, ip), Expires: end}}
	var d Directory
	if !l.Directory(&d, l.url(edge, loc)) {
		t.Fatalf("%s: the token's directory does not settle which files there are", why)
	}
	seen := map[int]bool{}
	for now := moment; now.Before(moment.Add(65 * time.Second)); now = now.Add(90 * time.Millisecond) {
		for _, from := range []string{"10.0.0.7", client} {
			var r Request
			if !d.Request(&r, "master.m3u8") {
				t.Fatal("master.m3u8 cannot be asked for")
			}
			r.ClientIP = from
			var got Answer
			l.EdgeInto(&got, &r, now)
			want := l.Edge(Request{Edge: edge, ClientIP: from, Path: strings.TrimSuffix(l.url(edge, loc), "/")[len(l.hosts.of(edge)):] + "/master.m3u8"}, now)
			if got.Status != want.Status || got.Reason != want.Reason {
				t.Fatalf("%s: edge %d to %s, %v after the start: %d %q; want %d %q as for the whole URL",
					why, edge, from, now.Sub(moment), got.Status, got.Reason, want.Status, want.Reason)
			}
			seen[got.Status] = true
		}
	}
	if !seen[200] || !seen[410] && !seen[403] {
		t.Fatalf("%s: statuses seen are %v; want a life and its end", why, seen)
	}
}
