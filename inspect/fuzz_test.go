package inspect_test

import (
	"bytes"
	"strings"
	"testing"

	"soak/inspect"
)

// FuzzShown: wherever Locate finds a token, what is shown does not hold it, and
// the URL it stands in can be renewed and put back.
func FuzzShown(f *testing.F) {
	for _, seed := range []string{
		"https://edge.example/cmaf/2675_live/E5fV5xOXIcsGWw-pgd33-A/1800000060/v1/900000009.m4s",
		"https://edge.example/20231114/1699999999/cmaf/1_a/abc12/1800000060/index.mpd?token=abcdefgh&x=1",
		"https://cdn.example/live/master.m3u8?hdnts=exp=1800000060~acl=/*~hmac=0123456789abcdef",
		"http://h/a//1800000060/b", "/t/1800000060/", "", "http://[::1", "x/aaaa/1800000060/aaaa/1800000060/aaaa",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, address string) {
		g, ok := inspect.Locate(address, now)
		shown := inspect.Shown(address)
		if !ok || g.Token == "" {
			return
		}
		if pair := "/" + g.Token + "/"; len(g.Token) > 8 && strings.Contains(shown, pair) {
			t.Errorf("Shown(%q) = %q; want no token", address, shown)
		}
		grants := inspect.Foresee(g, now)
		there := inspect.Replace(address, g, grants[1])
		if back := inspect.Replace(there, grants[1], g); !strings.Contains(there, "/"+grants[1].Token+"/") && there != address || len(back) != len(address) {
			t.Errorf("%q renewed is %q, and back %q", address, there, back)
		}
	})
}

// FuzzInspect: whatever is a manifest gives a report in printable lines.
func FuzzInspect(f *testing.F) {
	for _, seed := range []string{master, vod, live, mpd("<BaseURL>a/</BaseURL><BaseURL>b/</BaseURL><Location>/x/index.mpd</Location>"),
		list(1, 3) + "#EXT-X-KEY:METHOD=AES-128,URI=\"k\"\n#EXTINF:2,\n\u202e4.ts\n", timeline("2027-01-15T08:00:00Z", 0, 3)} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		address := "https://edge.example/cmaf/2675_live/aaaaBBBBcccc1111/1800000060/index"
		page, err := inspect.Read(address, inspect.Response{URL: address, Body: body}, now)
		if err != nil {
			if strings.ContainsRune(err.Error(), '\n') {
				t.Errorf("error in several lines: %q", err)
			}
			return
		}
		r := inspect.Describe(page, now)
		d := inspect.Derive(inspect.Sight{Page: page, Grant: t1}, inspect.Sight{}, now)
		r.Derivation = &d
		var out bytes.Buffer
		if err := inspect.Text(&out, r, 0); err != nil {
			t.Fatal(err)
		}
		if i := bytes.IndexFunc(out.Bytes(), func(r rune) bool { return r < ' ' && r != '\n' || r == 0x7f }); i >= 0 {
			t.Errorf("report holds the control character %q", out.Bytes()[i])
		}
	})
}
