package manifest

import (
	"fmt"
	"testing"
)

// A URL is the same taken apart, and its name stands in no other directory.
func TestAddressOf(t *testing.T) {
	for _, row := range []struct{ why, url, directory, name string }{
		{"a file", "http://h/a/b.m4s", "http://h/a/", "b.m4s"},
		{"a directory", "http://h/a/", "http://h/a/", ""},
		{"a slash of the query is the last one too", "http://h/a/b.m4s?x=/y", "http://h/a/b.m4s?x=/", "y"},
		{"so is one of the fragment", "http://h/a#/y", "http://h/a#/", "y"},
		{"no path: what looks like a directory holds nothing", "http://h", "http://", "h"},
		{"no URL", "b.m4s", "", "b.m4s"},
		{"nothing", "", "", ""},
	} {
		got := AddressOf(row.url)
		if got != (Address{row.directory, row.name}) || got.String() != row.url || got.IsZero() != (row.url == "") {
			t.Errorf("%s: AddressOf(%q) = %q; want %q, %q", row.why, row.url, got, row.directory, row.name)
		}
	}
}

// A reference has one URL, whole or in two parts, whatever is known of where its
// manifest came from.
func TestAddressesAreResolved(t *testing.T) {
	c := NewCache(2)
	c.Frozen = true
	body := vodPlaylist(3)
	if _, err := c.Parse(base, "", body); err != nil {
		t.Fatal(err)
	}
	refs := []Ref{{}, {Bases: []string{"https://other.example/x/"}, URI: "seg.ts"}, {URI: "seg.ts", Query: &Query{Template: "$querypart$", FromMPD: true}}}
	for _, uri := range []string{
		"seg.ts", "a/seg.ts", "a/seg2.ts", "b/seg.ts", "a/.hidden", "a//seg.ts", "/a/seg.ts", "a/../seg.ts", "../seg.ts", "?a/seg.ts", "./seg.ts", ".hidden", "..", "a..ts", "/seg.ts", "//h/seg.ts", "http://h/seg.ts", "seg.ts?q", "seg.ts?q=/x/y",
		"seg.ts#f", "#f", "?q", "a b.ts", "%41.ts", "a:b.ts", "s\u00e9g.ts", "a@b=c~d_e-f.ts", "a/", "\x00", pairMark[1:] + "seg.ts",
	} {
		refs = append(refs, Ref{URI: uri})
	}
	var folder Folder // of all of them
	for _, at := range []string{
		"https://e.example/a/b/m.m3u8", "https://e.example/a/m.m3u8?x=/", "https://e.example/a/m.m3u8#/", "https://e.example", "https://e.example/",
		"https://e.example/a/../b/m.m3u8", "https://e.example/a%20b/m.m3u8", "ftp://e.example/a/m.m3u8", "m.m3u8", "https://e.example" + pairMark + "m.m3u8", "https://e.example/x%zz/m",
	} {
		known, err := c.Parse(at, "", body)
		if err != nil {
			t.Fatal(err)
		}
		if known.base == nil {
			t.Fatalf("%s: nothing is known of it", at)
		}
		for name, p := range map[string]*Presentation{"unknown": {URL: at}, "known": known, "with a pair": {URL: at, pair: "/abcdef/1800000060/"}} {
			for _, r := range refs {
				got, again, want := p.Address(r), folder.Address(p, r), p.Resolve(r)
				if got.String() != want || got != AddressOf(want) || again != got {
					t.Errorf("%s base %s: %+v is at %q, %q; want %q", name, at, r, got.Directory, got.Name, want)
				}
			}
		}
	}
}

// A file of a directory that is known costs nothing to name.
func TestAddressesOfFilesAllocateNothing(t *testing.T) {
	c := NewCache(2)
	c.Frozen = true
	body := vodPlaylist(3)
	for range 2 {
		if _, err := c.Parse(base, "", body); err != nil {
			t.Fatal(err)
		}
	}
	p, err := c.Parse(base, "", body)
	if err != nil {
		t.Fatal(err)
	}
	ref := Ref{URI: fmt.Sprint("seg", 7, ".ts")}
	var at Address
	if n := testing.AllocsPerRun(100, func() { at = p.Address(ref) }); n != 0 || at.Name != ref.URI {
		t.Errorf("%v allocations for %v", n, at)
	}
}

// What a segment is called does not depend on who asked for which one before.
func TestNamesOfSegments(t *testing.T) {
	p, err := compile("v/$Number%03d$-$Time$.m4s", "", 0, false)
	if err != nil {
		t.Fatal(err)
	}
	a := address{media: p, names: new(names)}
	for _, n := range []int64{0, 1, 64, 0, 128, 1, 1, -1, 63, 1 << 40} {
		for _, at := range []int64{0, 2 * n, 5} {
			if got, want := a.uri(n, at), p.expand(n, at); got != want {
				t.Errorf("segment %d at %d is called %s; want %s", n, at, got, want)
			}
		}
	}
	if n := testing.AllocsPerRun(10, func() { a.uri(7, 14) }); n != 0 {
		t.Errorf("%v allocations for a name that is known", n)
	}
}
