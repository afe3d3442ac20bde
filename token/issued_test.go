package token

import "testing"

func TestRewriteIssuedPair(t *testing.T) {
	r := IssuedPair{[]Pair{{"first-token", "1700000060"}, {"a=.~", "1700000090"}, {"milli", "1700000060000"}, {"undefined", "undefined"}}}
	g := Grant{"NEWTOKEN", 2000000120}
	rows := []struct{ why, url, want string }{
		{"the first grant", "https://c/cmaf/1_a/first-token/1700000060/x", "https://c/cmaf/1_a/NEWTOKEN/2000000120/x"},
		{"a later one, of any characters and however short (H18)", "https://c/cmaf/1_a/a=.~/1700000090/x", "https://c/cmaf/1_a/NEWTOKEN/2000000120/x"},
		{"a decoy in front does not hurt (H16)", "https://c/20231114/1699999999/first-token/1700000060/x", "https://c/20231114/1699999999/NEWTOKEN/2000000120/x"},
		{"somebody else's, from a shared playlist (H44)", "https://c/cmaf/1_a/others-token/1700000070/x", "https://c/cmaf/1_a/NEWTOKEN/2000000120/x"},
		{"the year 2033 is not the end (H20)", "https://c/cmaf/1_a/others-token/2000000070/x", "https://c/cmaf/1_a/NEWTOKEN/2000000120/x"},
		{"a number is a token where nothing better is", "/1700000060/1700000061/1700000062/", "/NEWTOKEN/2000000120/1700000062/"},
		{"a host is no token", "https://example.org/1700000060/x", "https://example.org/1700000060/x"},
		{"a host that looks like an expiry is none", "https://1700000060/first-token/x", "https://1700000060/first-token/x"},
		{"somebody else's odd token stays: it might be anything", "/videos/1_a/abc.def~/1700000070/x", "/videos/1_a/abc.def~/1700000070/x"},
		{"eleven digits are no expiry", "/videos/1_a/others-token/17000000700/x", "/videos/1_a/others-token/17000000700/x"},
		{"nor are ten that begin with 0", "/videos/1_a/others-token/0700000070/x", "/videos/1_a/others-token/0700000070/x"},
		{"the expiry's slash is needed", "/videos/1_a/first-token/1700000060", "/videos/1_a/first-token/1700000060"},
		{"a host alone", "https://c", "https://c"},
		{"empty", "", ""},
	}
	for _, row := range rows {
		if got := r.Rewrite(row.url, g); got != row.want {
			t.Errorf("%s: Rewrite(%q) = %q; want %q", row.why, row.url, got, row.want)
		}
	}
}
