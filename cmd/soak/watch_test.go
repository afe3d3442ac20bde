package main

import (
	"bytes"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path"
	"runtime"
	"sync"
	"testing"
)

// origins serves a stream of one segment and notes where its requests come from. The
// first is that of the look at the target before anybody comes.
type origins struct {
	mu   sync.Mutex
	from map[string]bool
}

func (o *origins) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	host, _, _ := net.SplitHostPort(r.RemoteAddr)
	o.mu.Lock()
	o.from[path.Base(r.URL.Path)+" from "+host] = true
	o.mu.Unlock()
	if path.Ext(r.URL.Path) == ".m3u8" {
		fmt.Fprint(w, "#EXTM3U\n#EXT-X-TARGETDURATION:2\n#EXTINF:2,\na.ts\n#EXT-X-ENDLIST\n")
	}
}

// The one viewer comes from where it is told to, as those of soak run do.
func TestWatchSource(t *testing.T) {
	const here = "127.0.0.37"
	if runtime.GOOS != "linux" {
		if os.Getenv("CI") == "true" {
			t.Fatal("only Linux has all of 127.0.0.0/8, and CI allows no skips")
		}
		t.Skip("only Linux has all of 127.0.0.0/8")
	}
	seen := &origins{from: map[string]bool{}}
	srv := httptest.NewServer(seen)
	defer srv.Close()
	var stdout, stderr bytes.Buffer
	if code := run(t.Context(), []string{"watch", srv.URL + "/a.m3u8", "--source", here, "--duration", "500ms"}, nil, &stdout, &stderr); code != codePass {
		t.Fatalf("exit code %d: %s", code, &stderr)
	}
	seen.mu.Lock()
	defer seen.mu.Unlock()
	for _, name := range []string{"a.m3u8", "a.ts"} {
		if !seen.from[name+" from "+here] {
			t.Errorf("%s was not asked for from %s: %v", name, here, seen.from)
		}
	}
	if seen.from["a.ts from 127.0.0.1"] {
		t.Errorf("the viewer also came from elsewhere: %v", seen.from)
	}
}
