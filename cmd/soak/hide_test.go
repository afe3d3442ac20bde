package main

import (
	"testing"

	"soak/scenarios"
	"soak/token"
)

func TestHide(t *testing.T) {
	const pair = "/Tx0-secret_Tx0/1700000000/"
	shown := "/" + token.Hash("Tx0-secret_Tx0") + "/1700000000/"
	tests := []struct{ in, want, why string }{
		{"http://e/cmaf/1_live" + pair + "master.m3u8", "http://e/cmaf/1_live" + shown + "master.m3u8", "a pair stays a pair"},
		{"target.url=http://e" + pair + "a" + pair + "b", "target.url=http://e" + shown + "a" + shown + "b", "every pair, in any argument"},
		{"http://e" + pair + "a?u=http://f" + pair, "http://e" + shown + "a?" + token.Redact("u=http://f"+pair), "a pair in the query"},
		{"https://api/t?video={video}&type={type}&expire={expire}", "https://api/t?video={video}&type={type}&expire={expire}", "what is filled in is no secret"},
		{"token.ttl=12s", "token.ttl=12s", "a key that is called token"},
		{"refused_requests == 0", "refused_requests == 0", "a threshold"},
	}
	for _, test := range tests {
		if got := hide(test.in); got != test.want {
			t.Errorf("hide(%q) = %q; want %q (%s)", test.in, got, test.want, test.why)
		}
	}
	if g, ok := token.Find(hide(tests[0].in)); !ok || g.Expires != 1_700_000_000 {
		t.Errorf("hide left %v, %v; want a pair that the first token can replace", g, ok)
	}
}

func TestHiddenLeavesTheScenarioAlone(t *testing.T) {
	s := scenarios.Scenario{Target: scenarios.Target{TokenAPI: &scenarios.TokenAPI{URL: "https://api/t?token=abcdef123456"}}}
	if got := hidden(s).Target.TokenAPI.URL; got == s.Target.TokenAPI.URL {
		t.Errorf("hidden shows %q", got)
	}
	if got := s.Target.TokenAPI.URL; got != "https://api/t?token=abcdef123456" {
		t.Errorf("hidden changed its argument to %q", got)
	}
}
