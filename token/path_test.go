package token

import "testing"

func TestParsePath(t *testing.T) {
	g := Grant{"rI1224fiE3USCa8q", 1700000060}
	rows := []struct {
		why, path string
		want      Location
		ok        bool
	}{
		{"VOD", "/videos/2675_film/rI1224fiE3USCa8q/1700000060/master.m3u8", Location{VOD, "2675", "film", g, "master.m3u8"}, true},
		{"live", "/cmaf/2675_77/rI1224fiE3USCa8q/1700000060/v1/12.m4s", Location{Live, "2675", "77", g, "v1/12.m4s"}, true},
		{"names may hold underscores", "/cmaf/1_a_b/t/1/x", Location{Live, "1", "a_b", Grant{"t", 1}, "x"}, true},
		{"no file", "/cmaf/1_a/t/1/", Location{Live, "1", "a", Grant{"t", 1}, ""}, true},
		{"tokens that players cannot rewrite are still tokens", "/videos/1_a/a.b~/2000000000/x", Location{VOD, "1", "a", Grant{"a.b~", 2000000000}, "x"}, true},
		{"other first segment", "/vod/1_a/token1/1700000060/x", Location{}, false},
		{"no client", "/videos/film/token1/1700000060/x", Location{}, false},
		{"no video", "/videos/1_/token1/1700000060/x", Location{}, false},
		{"no token", "/videos/1_a//1700000060/x", Location{}, false},
		{"no slash behind the expiry", "/videos/1_a/token1/1700000060", Location{}, false},
		{"what JavaScript writes for a missing expiry", "/videos/1_a/token1/undefined/x", Location{}, false},
		{"a fraction", "/videos/1_a/token1/1700000060.5/x", Location{}, false},
		{"signed differently than it reads", "/videos/1_a/token1/01700000060/x", Location{}, false},
		{"a sign", "/videos/1_a/token1/+1700000060/x", Location{}, false},
		{"the last second that 64 bits can tell", "/videos/1_a/t/9223372036854775807/x", Location{VOD, "1", "a", Grant{"t", 9223372036854775807}, "x"}, true},
		{"the one after it", "/videos/1_a/token1/9223372036854775808/x", Location{}, false},
		{"as many digits as that one", "/videos/1_a/token1/9999999999999999999/x", Location{}, false},
		{"too large for any clock", "/videos/1_a/token1/99999999999999999999/x", Location{}, false},
		{"empty", "", Location{}, false},
	}
	for _, r := range rows {
		got, ok := ParsePath(r.path)
		if got != r.want || ok != r.ok {
			t.Errorf("%s: ParsePath(%q) = %+v, %v; want %+v, %v", r.why, r.path, got, ok, r.want, r.ok)
		}
	}
}

func FuzzParsePath(f *testing.F) {
	f.Add("/videos/2675_film/rI1224fiE3USCa8q/1700000060/master.m3u8")
	f.Add("/cmaf/1_a_b/Ox1_rLbUSgsOxb66xv5GVw/2000000000/v1/12.m4s")
	f.Add("/cmaf/1_a/t/0/")
	f.Add("/videos/1_a/token1/01700000060/x")
	f.Fuzz(func(t *testing.T, path string) {
		if l, ok := ParsePath(path); ok && l.Path() != path {
			t.Errorf("ParsePath(%q).Path() = %q", path, l.Path())
		}
	})
}
