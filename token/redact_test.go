package token

import (
	"strings"
	"testing"
)

func TestRedact(t *testing.T) {
	const tok = "INbkr67grBOXImdaPw4itg"
	h := "#" + Hash(tok)
	rows := []struct{ why, text, want string }{
		{"a URL in an error", `Get "https://c/videos/1_a/` + tok + `/1700000060/x.ts": EOF`, `Get "https://c/videos/1_a/` + h + `/1700000060/x.ts": EOF`},
		{"the URL ends with the expiry", "/cmaf/1_a/" + tok + "/1700000060", "/cmaf/1_a/" + h + "/1700000060"},
		{"two URLs", "/a/" + tok + "/1700000060/x -> /b/" + tok + "/1700000060/y", "/a/" + h + "/1700000060/x -> /b/" + h + "/1700000060/y"},
		{"a token the players' pattern does not see", "/v/a.b/2000000000/x", "/v/#" + Hash("a.b") + "/2000000000/x"},
		{"an answer of the token API", `{"token":"` + tok + `","expires":1700000060}`, `{"token":"` + h + `","expires":1700000060}`},
		{"the bound one", `{"token_ip": "` + tok + `"}`, `{"token_ip": "` + h + `"}`},
		{"a query", "https://c/x?token=" + tok + "&expires=1700000060", "https://c/x?token=" + h + "&expires=1700000060"},
		{"Akamai's, whose parts are fields too", "/x?hdnea=st=1~exp=1700000060~acl=/*~hmac=" + tok, "/x?hdnea=st=1~exp=1700000060~acl=/*~hmac=" + h},
		{"Cloudflare's", "/x?verify=1700000060-" + tok, "/x?verify=#" + Hash("1700000060-"+tok)},
		{"an account's key", "/api?video=1&apikey=" + tok + "&expire=60", "/api?video=1&apikey=" + h + "&expire=60"},
		{"written otherwise", "api_key=" + tok + "&subscription-key=" + tok, "api_key=" + h + "&subscription-key=" + h},
		{"Google's name for it", "https://c/x?key=" + tok, "https://c/x?key=" + h},
		{"a query alone", "key=" + tok, "key=" + h},
		{"a session", "/x?sessionid=" + tok + "&session=" + tok, "/x?sessionid=" + h + "&session=" + h},
		{"a flag is no query", "--set key=value", "--set key=value"},
		{"nor is every name that ends so", "/x?monkey=7", "/x?monkey=7"},
		{"a header", "Authorization: Bearer " + tok, "Authorization: Bearer " + h},
		{"prose stays", "token: connection refused; expires is missing", "token: connection refused; expires is missing"},
		{"short numbers are no expiries", "/videos/1_a/v1/12345678/x", "/videos/1_a/v1/12345678/x"},
	}
	for _, r := range rows {
		if got := Redact(r.text); got != r.want {
			t.Errorf("%s: Redact(%q) = %q; want %q", r.why, r.text, got, r.want)
		}
	}
}

func FuzzRedact(f *testing.F) {
	f.Add("https://c/videos/1_a/INbkr67grBOXImdaPw4itg/1700000060/x", "")
	f.Add("/abcdef/1700000000/1700000001/1700000002/", "\" /aaaaaa/1700000000/")
	f.Fuzz(func(t *testing.T, a, b string) {
		text := Redact(a + b)
		if g, ok := Find(text); ok {
			t.Errorf("Redact(%q) = %q still holds the pair %v", a+b, text, g)
		}
	})
}

func TestHash(t *testing.T) {
	if a, b := Hash("INbkr67grBOXImdaPw4itg"), Hash("Ox1_rLbUSgsOxb66xv5GVw"); a == b || len(a) != 8 || strings.Contains("INbkr67grBOXImdaPw4itg", a) {
		t.Errorf("Hash gives %q and %q; want two short, different names", a, b)
	}
	if got := Hash(""); got != "" {
		t.Errorf("Hash of no token = %q; want none", got)
	}
}
