package fleet

import (
	"errors"
	"fmt"
	"maps"
	"net"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"soak/scenarios"
)

// Connections come from the addresses that were named, one viewer after the other: to the
// edge and to the token API, over either transport, and the probe's too.
func TestSources(t *testing.T) {
	for _, transport := range []string{scenarios.LeanTransport, scenarios.NetTransport} {
		var mu sync.Mutex
		seen := map[string]bool{}
		srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			from, _, _ := net.SplitHostPort(r.RemoteAddr)
			mu.Lock()
			defer mu.Unlock()
			if r.URL.Path == "/api" {
				seen["api from "+from] = true
				fmt.Fprintf(w, `{"token":"abcdefgh","expires":%d}`, time.Now().Unix()+60)
				return
			}
			seen["edge from "+from] = true
			fmt.Fprint(w, "#EXTM3U\n#EXT-X-TARGETDURATION:2\n#EXTINF:2,\na.ts\n")
		}))
		sc := protected(srv.URL+"/cmaf/1_live/secrettoken0/1999999999/a.m3u8", srv.URL+"/api")
		sc.Viewers.Count, sc.Duration, sc.Transport = 4, time.Second, transport
		sc.Sources = []string{"127.0.0.2", "127.0.0.3"}
		_, err := Run(t.Context(), sc, Options{})
		srv.Close()
		if err != nil {
			lacking(t, "connections from 127.0.0.2 and 127.0.0.3: %v", err)
		}
		want := []string{"api from 127.0.0.2", "api from 127.0.0.3", "edge from 127.0.0.2", "edge from 127.0.0.3"}
		if got := slices.Sorted(maps.Keys(seen)); !slices.Equal(got, want) {
			t.Errorf("%s: %q; want %q", transport, got, want)
		}
	}
}

func TestSourcesAreThisMachines(t *testing.T) {
	sc := protected("http://127.0.0.1:1/a.m3u8", "http://127.0.0.1:1/")
	sc.Sources = []string{"127.0.0.1", "192.0.2.1"}
	_, err := Run(t.Context(), sc, Options{})
	if err == nil || !errors.Is(err, ErrConfig) || !strings.Contains(err.Error(), "source 192.0.2.1: not an address of this machine") || !strings.Contains(err.Error(), "it has 127.0.0.1") {
		t.Errorf("%v; want 192.0.2.1 refused, and 127.0.0.1 offered", err)
	}
}

func TestTowards(t *testing.T) {
	spread, err := spreadOver(260)
	if err != nil {
		lacking(t, "no 127.0.0.0/8 here: %v", err)
	}
	for _, row := range []struct {
		viewer   int
		to, want string
		why      string
	}{
		{0, "127.0.0.1:80", "127.0.64.1:0", "the first"},
		{249, "127.0.0.1:80", "127.0.64.250:0", "the last of an octet"},
		{250, "127.0.0.1:80", "127.0.65.1:0", "the next octet's first"},
		{260, "127.9.9.9:80", "127.0.64.1:0", "round again"},
		{0, "192.0.2.1:80", "", "who is not on loopback could not answer"},
		{0, "localhost:80", "", "may be ::1"},
		{0, "[::1]:80", "", "is"},
	} {
		got := ""
		if a := spread.of(row.viewer).towards(row.to); a != nil {
			got = a.String()
		}
		if got != row.want {
			t.Errorf("viewer %d towards %s: from %q, want %q: %s", row.viewer, row.to, got, row.want, row.why)
		}
	}
	if a := (sources{}).of(3).towards("127.0.0.1:80"); a != nil {
		t.Errorf("without sources: from %v", a)
	}
}
