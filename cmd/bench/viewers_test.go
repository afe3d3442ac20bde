package main

import (
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"
)

// TestBareReadsWholeAnswers: the client that others are measured by reads what it asked
// for, to the end, and says so when it is something else.
func TestBareReadsWholeAnswers(t *testing.T) {
	for _, row := range []struct {
		sent []string // in pieces
		ok   bool
		why  string
	}{
		{[]string{"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello"}, true, "at once"},
		{[]string{"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nX: y\r\n\r\n", "he", "llo"}, true, "a body in pieces"},
		{[]string{"HTTP/1.1 404 Not Found\r\nContent-Length: 5\r\n\r\nhello"}, false, "not what was asked for"},
		{[]string{"HTTP/1.1 200 OK\r\n\r\nhello"}, false, "no length"},
		{[]string{"HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\nhello"}, false, "broken off"},
	} {
		client, server := net.Pipe()
		go func() {
			defer server.Close()
			for _, piece := range row.sent {
				_, _ = server.Write([]byte(piece))
			}
		}()
		b := &bare{buffers: sync.Pool{New: func() any { return new([32 << 10]byte) }}}
		if err := b.answer(client); (err == nil) != row.ok {
			t.Errorf("%s: %v; want none %t", row.why, err, row.ok)
		}
		_ = client.Close()
	}
}

// TestStreamGoesOn: a playlist lists complete segments only, and the next one when that
// is complete.
func TestStreamGoesOn(t *testing.T) {
	o := &origin{dir: t.TempDir()}
	at := time.Unix(1_700_000_001, 0)
	for _, row := range []struct {
		after time.Duration
		first int64
	}{{0, 850_000_000 - listed}, {900 * time.Millisecond, 850_000_000 - listed}, {time.Second, 850_000_001 - listed}} {
		if err := o.renew(2*time.Second, at.Add(row.after)); err != nil {
			t.Fatal(err)
		}
		text, err := os.ReadFile(filepath.Join(o.dir, "video2.m3u8"))
		if err != nil {
			t.Fatal(err)
		}
		playlist := string(text)
		for n := row.first; n < row.first+listed; n++ {
			if !strings.Contains(playlist, fmt.Sprintf("\n#EXTINF:2.000,\ns%d.ts\n", n)) {
				t.Errorf("after %v: segment %d is not listed:\n%s", row.after, n, playlist)
			}
		}
		if strings.Count(playlist, "#EXTINF") != listed || !strings.Contains(playlist, fmt.Sprintf("#EXT-X-MEDIA-SEQUENCE:%d\n", row.first)) {
			t.Errorf("after %v: want %d segments from %d:\n%s", row.after, listed, row.first, playlist)
		}
	}
}

func TestProcessesAreMeasured(t *testing.T) {
	if _, err := os.Stat("/proc/self/stat"); err != nil {
		if os.Getenv("CI") == "true" {
			t.Fatalf("no /proc here, and CI allows no skips: %v", err)
		}
		t.Skip("no /proc here")
	}
	before, err := spent(os.Getpid())
	if err != nil {
		t.Fatal(err)
	}
	for after := before; after < before+2*tick; { // works until that shows
		if after, err = spent(os.Getpid()); err != nil {
			t.Fatal(err)
		}
	}
	if kb, err := resident(os.Getpid()); err != nil || kb < 1000 {
		t.Errorf("%d KB, %v; want some thousand", kb, err)
	}
}

// TestMiddle: of several rounds the one in the middle counts, with all that is its.
func TestMiddle(t *testing.T) {
	of := func(costs ...time.Duration) (all []figures) {
		for _, c := range costs {
			all = append(all, figures{cost: c, said: c.String()})
		}
		return all
	}
	for _, row := range []struct {
		all  []figures
		want time.Duration
	}{{of(7), 7}, {of(9, 1, 5), 5}, {of(3, 3, 1, 9, 8), 3}, {of(2, 1), 2}} {
		if got := middle(row.all); got.cost != row.want || got.said != row.want.String() {
			t.Errorf("middle = %v; want %v", got, row.want)
		}
	}
}
