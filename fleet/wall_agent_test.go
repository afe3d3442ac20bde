package fleet

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"sync"
	"testing"
	"time"

	"soak/http1"
	"soak/scenarios"
)

// Whoever reads the logs of an edge or a token API sees what asked, over either
// transport, unless the token API's own headers say otherwise.
func TestRequestsNameSoak(t *testing.T) {
	soak := http1.Agent("load test")
	t.Setenv("AGENT", "operator/1")
	for _, row := range []struct {
		why, transport string
		headers        map[string]string
		want           []string // of the token API's call, and of the manifest's request
	}{
		{"lean", scenarios.LeanTransport, nil, []string{soak, soak}},
		{"net/http", scenarios.NetTransport, nil, []string{soak, soak}},
		{"a token API that lets in whom it knows", scenarios.LeanTransport, map[string]string{"user-agent": "AGENT"}, []string{"operator/1", soak}},
	} {
		var mu sync.Mutex
		var seen []string
		srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			mu.Lock()
			defer mu.Unlock()
			seen = append(seen, r.Header["User-Agent"]...)
			if r.URL.Path == "/api" {
				fmt.Fprintf(w, `{"token":"abcdefgh","expires":%d}`, time.Now().Unix()+60)
				return
			}
			fmt.Fprint(w, "#EXTM3U\n#EXT-X-TARGETDURATION:2\n#EXTINF:2,\na.ts\n")
		}))
		sc := protected(srv.URL+"/cmaf/1_live/secrettoken0/1999999999/a.m3u8", srv.URL+"/api")
		sc.Transport, sc.Target.TokenAPI.Headers = row.transport, row.headers
		target, err := openTarget(t.Context(), &sc)
		if err == nil {
			err = target.probe(t.Context())
			target.close()
		}
		srv.Close()
		if err != nil || !slices.Equal(seen, row.want) {
			t.Errorf("%s: %q, %v; want %q", row.why, seen, err, row.want)
		}
	}
}
