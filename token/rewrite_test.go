package token

import (
	"regexp"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

var guide = regexp.MustCompile(Pattern)

// byRegexp is JavaScript's url.replace(TOKEN_RE, …): the first match only.
func byRegexp(url string, p Pair) string {
	at := guide.FindStringIndex(url)
	if at == nil {
		return url
	}
	return url[:at[0]] + "/" + p.Token + "/" + p.Expires + "/" + url[at[1]:]
}

func TestRewriteAnyPair(t *testing.T) {
	g := Grant{"NEWTOKEN", 1700000120}
	rows := []struct{ why, url, want string }{
		{"a segment", "https://cdn.example/videos/1_film/oldtoken/1700000060/v1/2.ts", "https://cdn.example/videos/1_film/NEWTOKEN/1700000120/v1/2.ts"},
		{"the query stays", "https://c/cmaf/1_a/oldtoken/1700000060/i.mpd?a=/b", "https://c/cmaf/1_a/NEWTOKEN/1700000120/i.mpd?a=/b"},
		{"a decoy in front is taken instead (H16)", "https://c/20231114/1699999999/oldtoken/1700000060/x", "https://c/NEWTOKEN/1700000120/oldtoken/1700000060/x"},
		{"an advertiser's URL too (H17)", "https://ads.example/creative/1700000060/x", "https://ads.example/NEWTOKEN/1700000120/x"},
		{"only the first of two", "/aaaaaa/1700000060/bbbbbb/1700000061/", "/NEWTOKEN/1700000120/bbbbbb/1700000061/"},
		{"a short token stays (H18)", "/videos/1_a/abcde/1700000060/x", "/videos/1_a/abcde/1700000060/x"},
		{"an odd token stays (H18)", "/videos/1_a/abc.def~/1700000060/x", "/videos/1_a/abc.def~/1700000060/x"},
		{"a grant in the query stays (H19)", "/v/x.m3u8?token=abcdef&expires=1700000060", "/v/x.m3u8?token=abcdef&expires=1700000060"},
		{"after 2033-05-18 nothing is rewritten (H20)", "/videos/1_a/oldtoken/2000000000/x", "/videos/1_a/oldtoken/2000000000/x"},
		{"milliseconds match as well", "/videos/1_a/oldtoken/1700000060000/x", "/videos/1_a/NEWTOKEN/1700000120/x"},
		{"nine digits are no expiry", "/videos/1_a/oldtoken/170000006/x", "/videos/1_a/oldtoken/170000006/x"},
		{"the expiry's slash is needed", "/videos/1_a/oldtoken/1700000060", "/videos/1_a/oldtoken/1700000060"},
		{"a host name can be a token", "//example/1700000060/x", "//NEWTOKEN/1700000120/x"},
		{"a number can be a token", "/1700000060/1700000061/1700000062/", "/NEWTOKEN/1700000120/1700000062/"},
		{"empty", "", ""},
	}
	for _, r := range rows {
		if got := (AnyPair{}).Rewrite(r.url, g); got != r.want {
			t.Errorf("%s: Rewrite(%q) = %q; want %q", r.why, r.url, got, r.want)
		}
		if want := byRegexp(r.url, g.Pair()); want != r.want {
			t.Errorf("%s: the row disagrees with the regular expression, which says %q", r.why, want)
		}
	}
}

func TestRewriteOriginalPair(t *testing.T) {
	o := OriginalPair{Grant{"T1-token", 1700000060}}
	g := Grant{"T3-token", 1700000180}
	rows := []struct{ why, url, want string }{
		{"the first grant", "https://c/cmaf/1_a/T1-token/1700000060/x", "https://c/cmaf/1_a/T3-token/1700000180/x"},
		{"a grant baked in by a parent fetched later stays (H13, H14)", "https://c/cmaf/1_a/T2-token/1700000120/x", "https://c/cmaf/1_a/T2-token/1700000120/x"},
		{"a decoy does not hurt it", "/20231114/1699999999/T1-token/1700000060/x", "/20231114/1699999999/T3-token/1700000180/x"},
		{"token and expiry must stand together", "/T1-token/x/1700000060/y", "/T1-token/x/1700000060/y"},
		{"first occurrence only", "/T1-token/1700000060/T1-token/1700000060/", "/T3-token/1700000180/T1-token/1700000060/"},
	}
	for _, r := range rows {
		if got := o.Rewrite(r.url, g); got != r.want {
			t.Errorf("%s: Rewrite(%q) = %q; want %q", r.why, r.url, got, r.want)
		}
	}
	if got := (OriginalPair{}).Rewrite("//0/", g); got != "//0/" {
		t.Errorf("a plugin that never started rewrote to %q", got)
	}
}

func TestNever(t *testing.T) {
	const url = "/videos/1_a/oldtoken/1700000060/x"
	if got := (Never{}).Rewrite(url, Grant{"NEWTOKEN", 1700000120}); got != url {
		t.Errorf("Never rewrote to %q", got)
	}
}

// The hand-written matcher is the regular expression, on texts made of the pieces
// that matter to it and on whatever the fuzzer thinks of.
func TestAnyPairIsTheRegexp(t *testing.T) {
	piece := rapid.SampledFrom([]string{
		"/", "//", "1", "17", "1700000060", "1700000060000", "2000000000", "170000006", "/1", "abcdef", "abcde", "A-b_c9",
		".", "~", "?", "=", "é", "https://cdn.example", "x.ts", "\n", "99999999999999999999", "/1700000060/",
	})
	rapid.Check(t, func(t *rapid.T) {
		sameAsRegexp(t, strings.Join(rapid.SliceOfN(piece, 0, 14).Draw(t, "pieces"), ""))
	})
}

func FuzzAnyPair(f *testing.F) {
	f.Add("https://cdn.example/videos/1_film/oldtoken/1700000060/v1/2.ts")
	f.Add("https://c/20231114/1699999999/oldtoken/1700000060/x?y=/z")
	f.Add("/1700000060/1700000061/1700000062/")
	f.Add("/abcde/1700000060/abcdef/1700000060")
	f.Fuzz(func(t *testing.T, url string) { sameAsRegexp(t, url) })
}

func sameAsRegexp(t interface{ Errorf(string, ...any) }, url string) {
	p := Pair{"NEW-token_9", "1800000000"}
	got, want := splice(AnyPair{}, url, p), byRegexp(url, p)
	if got != want {
		t.Errorf("AnyPair(%q) = %q; the regular expression gives %q", url, got, want)
	}
	m := guide.FindStringSubmatch(url)
	g, ok := Find(url)
	if ok != (m != nil) || ok && g.Token != m[1] {
		t.Errorf("Find(%q) = %v, %v; the regular expression finds %q", url, g, ok, m)
	}
}

// Rewriting keeps everything but the pair, puts the pair in, and is idempotent.
func FuzzRewriteKeepsTheRest(f *testing.F) {
	f.Add("https://cdn.example/videos/1_film/", "oldtoken", int64(1700000060), "/v1/2.ts?x=1#y")
	f.Add("", "A-b_c9", int64(1999999999), "/")
	f.Add("https://h/T/1", "......", int64(-1), "/é")
	f.Fuzz(func(t *testing.T, before, tok string, expires int64, after string) {
		old, g := Grant{tok, expires}, Grant{"NEW-token_9", 1800000000}
		url := before + "/" + old.Pair().Token + "/" + old.Pair().Expires + "/" + after
		for _, r := range []Rewriter{AnyPair{}, OriginalPair{old}, IssuedPair{[]Pair{old.Pair()}}} {
			s, ok := r.locate(url)
			if !ok {
				if got := r.Rewrite(url, g); got != url {
					t.Errorf("%T found nothing in %q and made %q of it", r, url, got)
				}
				continue
			}
			if got, want := r.Rewrite(url, g), url[:s.start]+"/NEW-token_9/1800000000/"+url[s.end:]; got != want {
				t.Errorf("%T.Rewrite(%q) = %q; want %q", r, url, got, want)
			}
		}
		if once := (AnyPair{}).Rewrite(url, g); (AnyPair{}).Rewrite(once, g) != once {
			t.Errorf("rewriting %q twice differs from rewriting it once", url)
		}
	})
}

func TestRewriteToTheSamePairDoesNotAllocate(t *testing.T) {
	const url = "https://cdn.example/videos/1_film/INbkr67grBOXImdaPw4itg/1700000060/v1/2.ts"
	p := Grant{"INbkr67grBOXImdaPw4itg", 1700000060}.Pair()
	if n := testing.AllocsPerRun(100, func() { splice(AnyPair{}, url, p) }); n != 0 {
		t.Errorf("%v allocations; want none, this is every request of a viewer between refreshes", n)
	}
}

const benchURL = "https://demo-protected.gvideo.io/videos/2675_iKbrdNMcS9ylGuw/INbkr67grBOXImdaPw4itg/1700000060/v1080/segment_001234.m4s"

func BenchmarkAnyPair(b *testing.B) {
	p := Grant{"Ox1_rLbUSgsOxb66xv5GVw", 1700000120}.Pair()
	b.ReportAllocs()
	for b.Loop() {
		splice(AnyPair{}, benchURL, p)
	}
}

func BenchmarkAnyPairByRegexp(b *testing.B) {
	p := Grant{"Ox1_rLbUSgsOxb66xv5GVw", 1700000120}.Pair()
	b.ReportAllocs()
	for b.Loop() {
		byRegexp(benchURL, p)
	}
}
