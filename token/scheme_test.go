package token

import "testing"

func TestPathSchemeFind(t *testing.T) {
	rows := []struct {
		why, url string
		want     Grant
		ok       bool
	}{
		{"as the edge reads it", "https://c:8443/videos/1_a/tok/1700000060/x?y", Grant{"tok", 1700000060}, true},
		{"after 2033, where the players' pattern is blind", "https://c/cmaf/1_a/token1/2000000000/x", Grant{"token1", 2000000000}, true},
		{"another layout, by the pattern", "https://c/hls/token1/1700000060/x", Grant{"token1", 1700000060}, true},
		{"behind what the pattern takes for the pair", "https://c/20231114/1699999999/cmaf/1_a/tok/1700000060/x", Grant{"tok", 1700000060}, true},
		{"half a layout further in: by the pattern", "https://c/token1/1700000060/videos/x", Grant{"token1", 1700000060}, true},
		{"a query is no path", "https://c/x?/videos/1_a/tok/1700000060/x", Grant{}, false},
		{"host only", "https://c", Grant{}, false},
		{"none", "https://c/ads/1.ts", Grant{}, false},
	}
	for _, r := range rows {
		got, ok := PathScheme{AnyPair{}}.Find(Request{URL: r.url})
		if got != r.want || ok != r.ok {
			t.Errorf("%s: Find(%q) = %v, %v; want %v, %v", r.why, r.url, got, ok, r.want, r.ok)
		}
	}
}

func TestPathSchemePutsTextAsItIs(t *testing.T) {
	got := PathScheme{AnyPair{}}.Put(Request{URL: "/cmaf/1_a/token1/1700000060/x"}, Pair{"undefined", "NaN"})
	if want := "/cmaf/1_a/undefined/NaN/x"; got.URL != want {
		t.Errorf("Put = %q; want %q, which is what JavaScript makes of an answer without fields", got.URL, want)
	}
}
