package manifest

import (
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"
)

// TestCacheShares: viewers with one body and many URLs get one Document.
func TestCacheShares(t *testing.T) {
	c := NewCache(4)
	body := vodPlaylist(2000)
	const viewers = 64
	docs := make([]*Document, viewers)
	var wg sync.WaitGroup
	start := make(chan struct{})
	for i := range viewers {
		wg.Go(func() {
			<-start
			p, err := c.Parse(fmt.Sprintf("https://e.example/token%d/m.m3u8", i), "", append([]byte(nil), body...))
			if err != nil {
				t.Error(err)
				return
			}
			docs[i] = p.Document
			if s, _ := p.track0().Number(3); p.Resolve(s.Ref) != fmt.Sprintf("https://e.example/token%d/seg_000003.ts", i) {
				t.Errorf("viewer %d got %s", i, p.Resolve(s.Ref))
			}
		})
	}
	close(start)
	wg.Wait()
	for i, d := range docs {
		if d != docs[0] {
			t.Fatalf("viewer %d got another Document: parsed more than once", i)
		}
	}
}

// TestCacheListsOnce: expanding a shared timeline is safe too (run with -race).
func TestCacheListsOnce(t *testing.T) {
	c := NewCache(4)
	body := timelineMPD(1800)
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			p, err := c.Parse(base, "", body)
			if err != nil {
				t.Error(err)
				return
			}
			if n := len(p.track0().Listed()); n != 1800 {
				t.Errorf("%d segments; want 1800", n)
			}
			p.track0().Window(time.Unix(0, 0))
		})
	}
	wg.Wait()
}

// TestCacheErrors: a failure is shared, each caller's URL is not.
func TestCacheErrors(t *testing.T) {
	c := NewCache(4)
	body := []byte("<html>403</html>")
	_, first := c.Parse("https://a.example/", "text/html", body)
	_, second := c.Parse("https://b.example/", "text/html", body)
	var a, b *Error
	if !errors.As(first, &a) || !errors.As(second, &b) || a.URL != "https://a.example/" || b.URL != "https://b.example/" || a.Err != b.Err {
		t.Errorf("errors = %#v, %#v; want one reason and two URLs", first, second)
	}
}

// TestCacheBound: what was used least recently goes first.
func TestCacheBound(t *testing.T) {
	c := NewCache(2)
	get := func(n int) *Document {
		p, err := c.Parse(base, "", vodPlaylist(n))
		if err != nil {
			t.Fatal(err)
		}
		return p.Document
	}
	one := get(1)
	get(2)
	if get(1) != one {
		t.Error("1 was parsed again although it was there")
	}
	get(3) // drops 2
	if get(1) != one {
		t.Error("1 was dropped although it was used after 2")
	}
	if len(c.entries) != 2 || c.recent.Len() != 2 {
		t.Errorf("%d entries, %d in order; want 2", len(c.entries), c.recent.Len())
	}
}

// TestCacheGlimpse: bodies that differ only where no sample is taken share a
// glimpse, and are still told apart.
func TestCacheGlimpse(t *testing.T) {
	c := NewCache(2)
	body := vodPlaylist(2000)
	other := append([]byte(nil), body...)
	at := len(body)/2 + 1000
	for other[at] < '0' || other[at] > '8' || other[at-1] != '_' && other[at-4] != '0' {
		at++
	}
	other[at]++
	if c.glimpse("", body) != c.glimpse("", other) {
		t.Fatal("the byte is in a sample: choose another")
	}
	for range 3 {
		for _, b := range [][]byte{body, other} {
			want := mustParse(t, string(b))
			got, err := c.Parse(base, "", b)
			if err != nil {
				t.Fatal(err)
			}
			for i, s := range want.track0().Listed() {
				if got.track0().Listed()[i].Ref.URI != s.Ref.URI {
					t.Fatalf("segment %d = %s; want %s", i, got.track0().Listed()[i].Ref.URI, s.Ref.URI)
				}
			}
		}
	}
	if s := c.Stats(); s.Lookups != 6 || s.Hits != 4 || s.Entries != 2 {
		t.Errorf("stats = %+v; want 4 of 6", s)
	}
	if _, err := c.Parse(base, "", livePlaylist(5)); err != nil { // drops the older of the two
		t.Fatal(err)
	}
	if len(c.glimpses) > 2 {
		t.Errorf("%d glimpses of 2 entries", len(c.glimpses))
	}
}

// TestCacheKeepsItsBody: a caller may use its buffer again.
func TestCacheKeepsItsBody(t *testing.T) {
	c := NewCache(2)
	buffer := livePlaylist(200)
	first, err := c.Parse(base, "", buffer)
	if err != nil {
		t.Fatal(err)
	}
	before := string(buffer)
	clear(buffer)
	again, err := c.Parse(base, "", []byte(before))
	if err != nil || again.Document != first.Document || again.track0().Listed()[0].Ref.URI != "seg_000000.ts" {
		t.Errorf("again = %v, %v; want the same Document", again, err)
	}
}
