package manifest

import (
	"errors"
	"strings"
	"testing"
)

// TestDefine: variables from the playlist, from its URL and from its parent (RFC
// 8216bis section 4.4.2.3).
func TestDefine(t *testing.T) {
	parent := mustParse(t, masterWith(`#EXT-X-DEFINE:NAME="path",VALUE="east/7"`, soundVariant))
	bare := mustParse(t, masterWith(soundVariant))
	const at = "https://edge.example/v/m.m3u8?session=a%2Fb&empty="
	for _, row := range []struct {
		name   string
		parent *Presentation
		define string
		uri    string
		want   string // of the URL; or of the error
		fails  bool
	}{
		{"its own", nil, `NAME="n",VALUE="x"`, "{$n}/{$n}.ts", "https://edge.example/v/x/x.ts", false},
		{"a query parameter, decoded", nil, `QUERYPARAM="session"`, "{$session}.ts", "https://edge.example/v/a/b.ts", false},
		{"a query parameter that is not there", nil, `QUERYPARAM="s"`, "a.ts", `no query parameter "s"`, true},
		{"nor one that is empty", nil, `QUERYPARAM="empty"`, "a.ts", `no query parameter "empty"`, true},
		{"imported", parent, `IMPORT="path"`, "{$path}.ts", "https://edge.example/v/east/7.ts", false},
		{"imported, but the parent lacks it", bare, `IMPORT="path"`, "a.ts", "no variable", true},
		{"imported and used without a parent", nil, `IMPORT="path"`, "{$path}.ts", "load that first", true},
		{"imported without a parent, but not used", nil, `IMPORT="path"`, "a.ts", "https://edge.example/v/a.ts", false},
		{"no variable inside a definition's name", nil, `QUERYPARAM="{$x}"`, "a.ts", "no query parameter", true},
		{"a variable that would be a tag", nil, `NAME="n",VALUE="#EXT-X-ENDLIST"`, "{$n}", "leave no URI", true},
		{"a definition of nothing", nil, `VALUE="x"`, "a.ts", "without NAME", true},
	} {
		t.Run(row.name, func(t *testing.T) {
			body := []byte(mediaWith("#EXT-X-DEFINE:"+row.define+"\n", "#EXTINF:4,", row.uri))
			p, err := ParseChild(row.parent, at, "", body)
			cached, cachedErr := NewCache(1).ParseChild(row.parent, at, "", body)
			if row.fails {
				if !errors.Is(err, ErrUnsupported) || !strings.Contains(err.Error(), row.want) || cachedErr == nil {
					t.Fatalf("ParseChild = %v, cached %v; want %q", err, cachedErr, row.want)
				}
				return
			}
			if err != nil || cachedErr != nil {
				t.Fatal(err, cachedErr)
			}
			ref := p.track0().Listed()[0].Ref
			if got := p.Resolve(ref); got != row.want || cached.Resolve(cached.track0().Listed()[0].Ref) != row.want {
				t.Errorf("URL = %s; want %s", got, row.want)
			}
		})
	}
}

// TestCacheVariables: what a body takes from outside is part of the key; what it
// does not ask for is not.
func TestCacheVariables(t *testing.T) {
	c := NewCache(16)
	asks := []byte(mediaWith("#EXT-X-DEFINE:QUERYPARAM=\"s\"\n#EXT-X-DEFINE:IMPORT=\"v\"\n", "#EXTINF:4,", "{$s}/{$v}.ts"))
	parent := func(v string) *Presentation {
		return mustParse(t, masterWith(`#EXT-X-DEFINE:NAME="v",VALUE="`+v+`"`, `#EXT-X-DEFINE:NAME="w",VALUE="`+v+v+`"`, soundVariant))
	}
	get := func(p *Presentation, base string, body []byte) *Presentation {
		got, err := c.ParseChild(p, base, "", body)
		if err != nil {
			t.Fatal(err)
		}
		return got
	}
	one := get(parent("1"), "https://e.example/m?s=a&t=1", asks)
	if same := get(parent("1"), "https://f.example/m?s=a&t=2", asks); same.Document != one.Document {
		t.Error("a parameter nobody asks for made a second document")
	}
	if got := get(parent("1"), "https://e.example/m?s=b", asks); got.Resolve(got.track0().Listed()[0].Ref) != "https://e.example/b/1.ts" {
		t.Error("another query got the first one's document")
	}
	if got := get(parent("2"), "https://e.example/m?s=a", asks); got.Resolve(got.track0().Listed()[0].Ref) != "https://e.example/a/2.ts" {
		t.Error("another parent got the first one's document")
	}
	plainBody := []byte(mediaWith("", three))
	if get(parent("1"), "https://e.example/m?s=a", plainBody).Document != get(nil, "https://f.example/m", plainBody).Document {
		t.Error("a body that asks for nothing is parsed by parent")
	}
}
