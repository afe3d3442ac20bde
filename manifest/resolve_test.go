package manifest

import (
	"net/url"
	"testing"
)

func TestResolve(t *testing.T) {
	const at = "https://e.example/v/7/TOKEN/1999/master.m3u8?session=1&x=/y/"
	for _, row := range []struct {
		name, url string
		ref       Ref
		want      string
	}{
		{"a plain name", at, Ref{URI: "seg_1.m4s"}, "https://e.example/v/7/TOKEN/1999/seg_1.m4s"},
		{"its own query, not the base's", at, Ref{URI: "a/1.ts?x=1&u=/../b"}, "https://e.example/v/7/TOKEN/1999/a/1.ts?x=1&u=/../b"},
		{"from the root", at, Ref{URI: "/1.ts"}, "https://e.example/1.ts"},
		{"another host", at, Ref{URI: "//o.example/1.ts"}, "https://o.example/1.ts"},
		{"absolute", at, Ref{URI: "http://o.example/1.ts"}, "http://o.example/1.ts"},
		{"up", at, Ref{URI: "../../1.ts"}, "https://e.example/v/7/1.ts"},
		{"up in the middle", at, Ref{URI: "a/../1.ts"}, "https://e.example/v/7/TOKEN/1999/1.ts"},
		{"a hidden name is not a dot segment", at, Ref{URI: "a/.b/1.ts"}, "https://e.example/v/7/TOKEN/1999/a/.b/1.ts"},
		{"only a query", at, Ref{URI: "?p=2"}, "https://e.example/v/7/TOKEN/1999/master.m3u8?p=2"},
		{"nothing: the manifest itself", at, Ref{}, at},
		{"a space, as browsers do", at, Ref{URI: "a b.ts"}, "https://e.example/v/7/TOKEN/1999/a%20b.ts"},
		{"a stray percent sign", at, Ref{URI: "100%.ts"}, "https://e.example/v/7/TOKEN/1999/100%25.ts"},
		{"a colon that ends no scheme", at, Ref{URI: "12:30.ts"}, "https://e.example/v/7/TOKEN/1999/12:30.ts"},
		{"another scheme", at, Ref{URI: "skd://key"}, "skd://key"},
		{"bases, outermost first", at, Ref{Bases: []string{"a/", "b/c"}, URI: "1.ts"}, "https://e.example/v/7/TOKEN/1999/a/b/1.ts"},
		{"an absolute base", at, Ref{Bases: []string{"https://cdn.example/x/?q=1", "y/"}, URI: "1.ts"}, "https://cdn.example/x/y/1.ts"},
		{"a base that is the resource", at, Ref{Bases: []string{"v.mp4"}}, "https://e.example/v/7/TOKEN/1999/v.mp4"},
		{"a host without path", "https://e.example", Ref{URI: "1.ts"}, "https://e.example/1.ts"},
		{"a host with query only", "https://e.example?t=/a/b", Ref{URI: "1.ts"}, "https://e.example/1.ts"},
		{"dot segments in the base", "https://e.example/a/../b/m.mpd", Ref{URI: "1.ts"}, "https://e.example/b/1.ts"},
	} {
		p := &Presentation{URL: row.url}
		if got := p.Resolve(row.ref); got != row.want {
			t.Errorf("%s: Resolve(%+v) = %s; want %s", row.name, row.ref, got, row.want)
		}
	}
}

// FuzzResolve holds the fast path to net/url.
func FuzzResolve(f *testing.F) {
	for _, ref := range []string{"a.ts", "a/b/c.m4s?x=1", "../a", ".", "..", "a//b", "a/./b", "a?b#c", "%41", "A~_-=@", "a..b/..c", "1:2", "?x", "#f", "a\\b"} {
		f.Add("https://e.example/v/T/1/m.mpd?q=/", ref)
	}
	f.Add("http://h", "a")
	f.Add("http://h/a//b/./c", "d")
	f.Add("A://0/", "0") // net/url lowers the scheme
	f.Add("0/:///", "0") // no scheme at all
	f.Fuzz(func(t *testing.T, base, ref string) {
		if !plain(ref) {
			return
		}
		dir, ok := directory(base)
		if !ok {
			return
		}
		b, err := url.Parse(base)
		if err != nil {
			return
		}
		r, err := url.Parse(ref)
		if err != nil {
			t.Fatalf("plain(%q), yet url.Parse says %v", ref, err)
		}
		if got, want := dir+ref, b.ResolveReference(r).String(); got != want {
			t.Errorf("%q against %q = %q; net/url says %q", ref, base, got, want)
		}
	})
}
