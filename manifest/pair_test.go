package manifest

import (
	"fmt"
	"reflect"
	"strings"
	"testing"
	"time"
)

// protected is a playlist into which the CDN writes the viewer's pair.
func protected(token string, expires int) []byte {
	dir := fmt.Sprintf("https://edge.example/videos/7_v/%s/%d/", token, expires)
	return []byte(mediaWith("#EXT-X-KEY:METHOD=AES-128,URI=\""+dir+"k\",IV=0x00000000000000000000000000000000\n#EXT-X-MAP:URI=\""+dir+"i.mp4\"\n",
		"#EXTINF:4,", dir+"1.ts?x="+dir, "#EXTINF:4,", dir+"2.ts?x="+dir))
}

// TestCacheTokens: bodies that differ in the viewer's token only are one
// document, and each viewer's URLs hold that viewer's token.
func TestCacheTokens(t *testing.T) {
	c := NewCache(4)
	var first *Document
	for i, grant := range []struct {
		token   string
		expires int
	}{{"tokenAAAAAAA", 1795521600}, {"tokenB", 1795521630}, {"token_C-longer-than-the-others", 19999999999}} {
		body := protected(grant.token, grant.expires)
		got, err := c.Parse("https://edge.example/m.m3u8", "", body)
		if err != nil {
			t.Fatal(err)
		}
		if first == nil {
			first = got.Document
		}
		if got.Document != first {
			t.Errorf("viewer %d was parsed for alone", i)
		}
		want, err := Parse("https://edge.example/m.m3u8", "", body)
		if err != nil {
			t.Fatal(err)
		}
		if a, b := urls(got), urls(want); !reflect.DeepEqual(a, b) {
			t.Errorf("viewer %d: URLs = %v; want %v", i, a, b)
		}
		if a, b := got.Lint(time.Time{}), want.Lint(time.Time{}); !reflect.DeepEqual(a, b) {
			t.Errorf("viewer %d: findings = %v; want %v", i, a, b)
		}
	}
	if s := c.Stats(); s.Lookups != 3 || s.Hits != 2 || s.Normalized != 3 || s.HitRate() != 2.0/3 {
		t.Errorf("Stats = %+v; want 3 lookups, 2 hits, 3 normalized", s)
	}
}

func urls(p *Presentation) []string {
	var all []string
	for _, s := range p.track0().Listed() {
		all = append(all, p.Resolve(s.Ref), p.Resolve(s.Init.Ref), p.Resolve(s.Keys[0].Ref))
	}
	return all
}

// TestFindPair: when a body has the one pair that can be taken out.
func TestFindPair(t *testing.T) {
	const a, b = "/tokenA/1795521600/", "/tokenB/1795521600/"
	for _, row := range []struct{ name, body, want string }{
		{"none", "#EXTM3U\n1.ts\n/12/1.ts\n", ""},
		{"one, twice", "x" + a + "1.ts\nx" + a + "2.ts\n", a},
		{"twice on one line", "x" + a + "1.ts x" + a + "2.ts", a},
		{"two: a viewer's and another's", "x" + a + "1.ts\nx" + b + "2.ts\n", ""},
		{"two on one line", "x" + a + "1.ts,x" + b, ""},
		{"one inside the other", "/tokenA/1795521600/1795521601/", ""},
		{"an expiry beyond all numbers", "/tokenA/19999999999999999999/1.ts", "/tokenA/19999999999999999999/"},
		{"an expiry too short", "/tokenA/179552160/1.ts", ""},
		{"cut off", "x" + a + "1.ts\nx/tokenA/17955", a},
		{"our own mark", "x" + a + "1.ts\nx" + pairMark, ""},
	} {
		if got := findPair([]byte(row.body)).text; got != row.want {
			t.Errorf("%s: findPair = %q; want %q", row.name, got, row.want)
		}
	}
}

// FuzzPair: what is taken out of a body can be put back, and nothing else.
func FuzzPair(f *testing.F) {
	f.Add([]byte("x/tokenA/1795521600/1.ts\nx/tokenA/1795521600/2.ts"))
	f.Add([]byte("/tokenA/1795521600/1795521600/1795521600/"))
	f.Add(protected("tokenA", 1795521600))
	f.Fuzz(func(t *testing.T, body []byte) {
		p := findPair(body)
		if p.text == "" {
			return
		}
		marked := p.mark(body)
		if back := strings.ReplaceAll(string(marked), pairMark, p.text); back != string(body) {
			t.Fatalf("%q came back as %q", body, back)
		}
		c := NewCache(1)
		if p.hash(c.seed, body) != (pair{}).hash(c.seed, marked) {
			t.Fatal("the hash is not that of the marked body")
		}
		if q := findPair(marked); q.text != "" {
			t.Fatalf("%q still holds %q", marked, q.text)
		}
	})
}

// TestCacheBytes: memory is bounded too, not only the number of documents.
func TestCacheBytes(t *testing.T) {
	c := NewCache(1000)
	c.MaxBytes = 4 << 20
	for i := range 40 {
		if _, err := c.Parse(base, "", vodPlaylist(1000+i)); err != nil {
			t.Fatal(err)
		}
	}
	s := c.Stats()
	if s.Bytes > c.MaxBytes || s.Entries < 3 || s.Entries+int(s.Evicted) != 40 {
		t.Errorf("Stats = %+v; want at most 4 MiB, a few entries, the rest evicted", s)
	}
}
