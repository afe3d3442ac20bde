package lab

import (
	"encoding/json"
	"fmt"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"soak/token"
)

// visit asks for what an absolute URL names, on the edge that it names.
func visit(t *testing.T, l *Lab, address string, now time.Time) Answer {
	t.Helper()
	u, err := url.Parse(address)
	if err != nil {
		t.Fatal(err)
	}
	edge, ok := l.Hosts().Edge(u.Host)
	if !ok {
		t.Fatalf("%s is on none of the lab's hosts", address)
	}
	return l.Edge(Request{Edge: edge, Path: u.Path, RawQuery: u.RawQuery, ClientIP: "10.0.0.7"}, now)
}

// first is the URL that the token API gives for a video.
func first(t *testing.T, l *Lab, query string) grantJSON {
	t.Helper()
	var got grantJSON
	if err := json.Unmarshal(l.Token(Request{RawQuery: query, ClientIP: "10.0.0.7", Viewer: -1, Call: -1}, moment).Body(), &got); err != nil {
		t.Fatal(err)
	}
	return got
}

// reference finds what an HLS or DASH manifest of the lab refers to.
var reference = regexp.MustCompile(`(?m)^[^#\n< ][^\n]*$|URI="([^"]*)"|(?:initialization|media)="([^"]*)"|<BaseURL>([^<]*)<`)

// referred resolves the references of a manifest as a player does.
func referred(t *testing.T, at string, manifest string) (all []string) {
	t.Helper()
	base, err := url.Parse(at)
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range reference.FindAllStringSubmatch(manifest, -1) {
		text := strings.ReplaceAll(m[0], "&amp;", "&")
		for _, group := range m[1:] {
			if group != "" {
				text = strings.ReplaceAll(group, "&amp;", "&")
			}
		}
		text = strings.NewReplacer("$RepresentationID$", "v1", "$Number$", "849999999").Replace(text)
		ref, err := base.Parse(text)
		if err != nil {
			t.Fatal(err)
		}
		if m[3] != "" {
			base = ref
			continue
		}
		all = append(all, ref.String())
	}
	return all
}

// Whatever the URLs look like, all that the token API and the manifests name can
// be fetched, on every edge that takes the token, and the token is in its place.
func TestURLs(t *testing.T) {
	for _, row := range []struct {
		urls URLs
		has  string // in every URL
		why  string
	}{
		{URLs{}, "lab/cmaf/2675_live/", "the guide's"},
		{URLs{Prefix: "/20231114/1699999999"}, "lab/20231114/1699999999/cmaf/2675_live/", "a decoy"},
		{URLs{Absolute: true}, "lab/cmaf/2675_live/", "absolute, with the manifest's own token"},
		{URLs{Absolute: true, Life: 30 * time.Second}, "lab/cmaf/2675_live/", "absolute, with another token"},
		{URLs{TokenLength: 5}, "/170000", "short tokens"},
		{URLs{TokenSuffix: "=="}, "==/1700", "padded tokens"},
		{URLs{TokenSuffix: ".v1~", TokenLength: 1}, ".v1~/1700", "one character and a suffix"},
		{URLs{Query: true}, "expires=1700", "a second pair in the query"},
		{URLs{Query: true, Absolute: true, Life: time.Minute, Prefix: "/a/b", TokenSuffix: "="}, "lab/a/b/cmaf/", "everything at once"},
	} {
		l := lab(t, Config{URLs: row.urls, Encryption: aes128, UTCTiming: protected})
		grant := first(t, l, "video=live&expire=60")
		for _, master := range []string{grant.URL, grant.URLIP} {
			for _, manifest := range []string{master, mpdURL(master)} {
				follow(t, l, manifest, row.has, row.why)
			}
		}
		if a := visit(t, l, strings.Replace(grant.URL, "/17000", "/17001", 1), moment); a.Status/100 != 4 {
			t.Errorf("%s: a token that was tampered with: %d", row.why, a.Status)
		}
	}
}

// follow fetches a manifest and all that it leads to.
func follow(t *testing.T, l *Lab, at, has, why string) {
	t.Helper()
	a := visit(t, l, at, moment)
	if a.Status != 200 || !strings.Contains(at, has) {
		t.Errorf("%s: %s = %d %s; want 200, and %q in it", why, at, a.Status, a.Reason, has)
		return
	}
	if a.ContentType != hlsType && a.ContentType != dashType {
		return
	}
	refs := referred(t, at, string(a.Body()))
	if len(refs) < 4 {
		t.Fatalf("%s: %s refers to %d files only", why, at, len(refs))
	}
	for _, ref := range refs {
		follow(t, l, ref, has, why)
	}
}

// Absolute URLs carry the token that they are configured to.
func TestAbsoluteURLsHaveTheirOwnToken(t *testing.T) {
	for _, row := range []struct {
		urls    URLs
		expires int64
		why     string
	}{
		{URLs{Absolute: true}, moment.Unix() + 60, "the manifest's"},
		{URLs{Absolute: true, Life: 20 * time.Second}, moment.Unix() + 30, "signed when the manifest was asked for, 10 s later"},
	} {
		l := lab(t, Config{URLs: row.urls})
		for _, master := range []string{first(t, l, "video=live&expire=60").URL, first(t, l, "video=live&expire=60").URLIP} {
			for _, at := range []string{master, mpdURL(master), strings.Replace(master, "master", "v2/index", 1)} {
				a := visit(t, l, at, moment.Add(10*time.Second))
				for _, ref := range referred(t, at, string(a.Body())) {
					if want := fmt.Sprintf("/%d/", row.expires); !strings.Contains(ref, want) || !strings.HasPrefix(ref, at[:14]) {
						t.Errorf("%s: %s refers to %s; want %s on the same host", row.why, at, ref, want)
					}
					if ref := strings.Replace(ref, "849999999", "850000004", 1); visit(t, l, ref, moment.Add(10*time.Second)).Status != 200 {
						t.Errorf("%s: %s is refused", row.why, ref)
					}
				}
			}
		}
	}
}

// The query's pair is judged like the path's.
func TestQueryTokens(t *testing.T) {
	l := lab(t, Config{URLs: URLs{Query: true}})
	early, late := first(t, l, "video=live&expire=60"), first(t, l, "video=live&expire=90")
	path, earlyQuery, _ := strings.Cut(early.URL, "?")
	latePath, lateQuery, _ := strings.Cut(late.URL, "?")
	for _, row := range []struct {
		url    string
		after  time.Duration
		status int
		why    string
	}{
		{path + "?" + earlyQuery, 0, 200, "as given"},
		{path, 0, 403, "none in the query"},
		{path + "?token=x&expires=y", 0, 403, "nonsense in the query"},
		{path + "?" + strings.Replace(earlyQuery, "token=", "token=x", 1), 0, 403, "a wrong one in the query"},
		{latePath + "?" + earlyQuery, 70 * time.Second, 410, "the path was rewritten, the query was not"},
		{path + "?" + lateQuery, 70 * time.Second, 410, "the other way round"},
		{latePath + "?" + lateQuery, 70 * time.Second, 200, "both fresh"},
	} {
		if a := visit(t, l, row.url, moment.Add(row.after)); a.Status != row.status {
			t.Errorf("%s: %d %s, want %d", row.why, a.Status, a.Reason, row.status)
		}
	}
}

// A clock behind the token is as good as the token.
func TestProtectedClock(t *testing.T) {
	l := lab(t, Config{UTCTiming: protected})
	at := mpdURL(first(t, l, "video=live&expire=60").URL)
	mpd := string(visit(t, l, at, moment).Body())
	_, rest, _ := strings.Cut(mpd, `http-iso:2014" value="`)
	clock, _, _ := strings.Cut(rest, `"`)
	if clock != strings.Replace(at, "index.mpd", "time", 1) {
		t.Fatalf("the MPD names %q", clock)
	}
	if a := visit(t, l, clock, moment.Add(time.Second)); a.Status != 200 || string(a.Body()) != "2023-11-14T22:13:21.000Z" {
		t.Errorf("%d %s", a.Status, a.Body())
	}
	if a := visit(t, l, clock, moment.Add(61*time.Second)); a.Status != 410 {
		t.Errorf("after the token's end: %d, want 410", a.Status)
	}
	if a := visit(t, lab(t, Config{}), clock, moment); a.Status != 404 {
		t.Errorf("where the clock is open there is none behind the token: %d, want 404", a.Status)
	}
}

func TestValidateURLs(t *testing.T) {
	for _, row := range []struct {
		urls URLs
		says string
	}{
		{URLs{Prefix: "20231114"}, `urls.prefix "20231114": write path segments`},
		{URLs{Prefix: "/a/"}, "urls.prefix"},
		{URLs{Prefix: "/a?b"}, "urls.prefix"},
		{URLs{Life: time.Second}, "urls.life 1s: relative URLs have no token of their own; set absolute: true"},
		{URLs{Absolute: true, Life: 1500 * time.Millisecond}, "urls.life 1.5s: use whole seconds"},
		{URLs{TokenLength: 23}, "urls.tokenLength 23: use 1 to 22"},
		{URLs{TokenSuffix: "/"}, `urls.tokenSuffix "/": use letters, digits`},
		{URLs{TokenSuffix: "%3D"}, "urls.tokenSuffix"},
	} {
		if err := (Config{URLs: row.urls}).Validate(); err == nil || !strings.Contains(err.Error(), row.says) {
			t.Errorf("%+v: %v, want %q", row.urls, err, row.says)
		}
	}
}

// Prefixes hide nothing: what lacks them is no protected path.
func TestPrefixIsNeeded(t *testing.T) {
	l := lab(t, Config{URLs: URLs{Prefix: "/20231114/1699999999"}})
	bare := signed(l, token.Live, "live", "master.m3u8")
	for path, want := range map[string]int{
		bare: 404, "/20231114/1699999999" + bare: 200, "/20231114/1700000060" + bare: 404, "/time": 200,
	} {
		if a := l.Edge(Request{Path: path}, moment); a.Status != want {
			t.Errorf("%s = %d, want %d", path, a.Status, want)
		}
	}
}
