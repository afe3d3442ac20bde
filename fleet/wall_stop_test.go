package fleet

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"soak/scenarios"
)

// stubborn is a stream whose segments and most of whose tokens never come, or drop by
// drop, and that counts who is connected.
type stubborn struct {
	*httptest.Server
	once   sync.Once
	mu     sync.Mutex
	open   map[net.Conn]bool
	hung   int
	told   chan struct{} // when so many requests hang
	gone   chan struct{} // when nobody is connected any more, after that
	enough int
}

func newStubborn(hanging int) *stubborn {
	s := &stubborn{open: map[net.Conn]bool{}, told: make(chan struct{}), gone: make(chan struct{}), enough: hanging}
	s.Server = httptest.NewUnstartedServer(http.HandlerFunc(s.answer))
	s.Config.ConnState = s.seen
	s.Start()
	return s
}

func (s *stubborn) answer(w http.ResponseWriter, r *http.Request) {
	switch {
	case r.URL.Path == "/api" && !s.late():
		fmt.Fprintf(w, `{"token":"abcdefgh","expires":%d}`, time.Now().Unix()+60)
	case strings.HasSuffix(r.URL.Path, ".m3u8"):
		fmt.Fprint(w, "#EXTM3U\n#EXT-X-TARGETDURATION:2\n#EXTINF:2,\na.ts\n#EXTINF:2,\nb.ts\n#EXTINF:2,\nc.ts\n#EXTINF:2,\nd.ts\n")
	default:
		s.hang(w, r)
	}
}

// late tells whether a call of the token API hangs: every second one from the third on.
func (s *stubborn) late() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.open) > 2 && len(s.open)%2 == 0
}

func (s *stubborn) hang(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	s.hung++
	if s.hung == s.enough {
		close(s.told)
	}
	drop := s.hung%2 == 0
	s.mu.Unlock()
	if drop { // half of them have begun
		w.Header().Set("Content-Length", "1000000")
		fmt.Fprint(w, "x")
		_ = http.NewResponseController(w).Flush()
	}
	<-r.Context().Done()
}

func (s *stubborn) seen(c net.Conn, now http.ConnState) {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch now {
	case http.StateNew:
		s.open[c] = true
	case http.StateClosed:
		delete(s.open, c)
		if len(s.open) == 0 && s.hung >= s.enough {
			s.once.Do(func() { close(s.gone) })
		}
	}
}

// A run that is interrupted gives up what is under way, wherever it stands, and closes
// every connection.
func TestInterruptsEndEverything(t *testing.T) {
	for _, transport := range []string{scenarios.LeanTransport, scenarios.NetTransport} {
		srv := newStubborn(40)
		sc := protected(srv.URL+"/cmaf/1_live/secrettoken0/1999999999/a.m3u8", srv.URL+"/api")
		sc.Viewers.Count, sc.Duration, sc.Transport = 60, time.Hour, transport
		ctx, interrupt := context.WithCancel(t.Context())
		var stopped time.Time
		go func() {
			<-srv.told
			stopped = time.Now()
			interrupt()
		}()
		r, err := Run(ctx, sc, Options{})
		if err != nil {
			t.Fatal(err)
		}
		if took := time.Since(stopped); took > 5*time.Second || !r.Interrupted || r.Summary.Total.Viewers.Arrived < 40 {
			t.Errorf("%s: over %v after the interrupt, interrupted %v, %d viewers; want moments, true, and 40 at least", transport, took, r.Interrupted, r.Summary.Total.Viewers.Arrived)
		}
		select {
		case <-srv.gone:
		case <-time.After(5 * time.Second):
			srv.mu.Lock()
			t.Errorf("%s: %d connections are open still", transport, len(srv.open))
			srv.mu.Unlock()
		}
		srv.Close()
	}
}
