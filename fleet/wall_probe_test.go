package fleet

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"path"
	"strings"
	"testing"
	"time"

	"soak/scenarios"
)

// protected is a run against url with tokens from api.
func protected(url, api string) scenarios.Scenario {
	sc := scenarios.Default()
	sc.Target = scenarios.Target{URL: url, TokenAPI: &scenarios.TokenAPI{URL: api}}
	sc.Viewers.Count, sc.Viewers.Mix = 1, sc.Viewers.Mix[:1]
	sc.Arrival = scenarios.Arrival{Kind: scenarios.Once}
	return sc
}

// TestTargetsThatCannotBePlayed is what bad targets get: one line, before anybody
// arrives, that names what is wrong and shows no token.
func TestTargetsThatCannotBePlayed(t *testing.T) {
	const pair = "/cmaf/1_live/secrettoken0/1999999999/"
	now := time.Now().Unix()
	bodies := map[string]string{
		"html.m3u8":  "<!doctype html><html><body>Please sign in</body></html>",
		"error.m3u8": `<?xml version="1.0"?><Error><Code>AccessDenied</Code></Error>`,
		"cut.m3u8":   "#EXTM3U\n#EXT-X-STREAM-INF:BANDWIDTH=100000\nv1/ind",
		"none":       fmt.Sprintf(`{"expires":%d}`, now+60),
		"nan":        `{"token":"abcdefgh","expires":NaN}`,
		"iso":        `{"token":"abcdefgh","expires":"2026-01-01T00:00:00Z"}`,
		"ms":         fmt.Sprintf(`{"token":"abcdefgh","expires":%d000}`, now),
		"ok":         fmt.Sprintf(`{"token":"abcdefgh","expires":%d}`, now+60),
	}
	mux := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, ok := bodies[path.Base(r.URL.Path)]
		if !ok {
			http.NotFound(w, r)
		}
		fmt.Fprint(w, body)
	})
	srv := httptest.NewServer(mux)
	defer srv.Close()
	tls := httptest.NewUnstartedServer(mux)
	tls.Config.ErrorLog = log.New(io.Discard, "", 0) // handshakes fail on purpose
	tls.StartTLS()
	defer tls.Close()

	for _, c := range []struct{ why, url, api, want string }{
		{"a host that does not exist", "http://no-such-host.invalid" + pair + "a.m3u8", srv.URL + "/ok", "no-such-host.invalid"},
		{"nobody listens", "http://" + closedPort(t) + pair + "a.m3u8", srv.URL + "/ok", "refused"},
		{"a certificate nobody knows", tls.URL + pair + "cut.m3u8", srv.URL + "/ok", "certificate"},
		{"the edge says no", srv.URL + pair + "absent.m3u8", srv.URL + "/ok", "404 Not Found"},
		{"a sign-in page with status 200", srv.URL + pair + "html.m3u8", srv.URL + "/ok", "HTML"},
		{"a storage error with status 200", srv.URL + pair + "error.m3u8", srv.URL + "/ok", "XML"},
		{"a playlist cut in the middle of a name", srv.URL + pair + "cut.m3u8", srv.URL + "/ok", "truncated"},
		{"a token API that does not exist", srv.URL + pair + "a.m3u8", "http://no-such-api.invalid/token", "no-such-api.invalid"},
		{"a token API that says no", srv.URL + pair + "a.m3u8", srv.URL + "/absent", "404"},
		{"a token answer without a token", srv.URL + pair + "a.m3u8", srv.URL + "/none", "no token"},
		{"a token answer with NaN", srv.URL + pair + "a.m3u8", srv.URL + "/nan", "NaN"},
		{"a token answer with an ISO date", srv.URL + pair + "a.m3u8", srv.URL + "/iso", "expires"},
		{"a token answer in milliseconds", srv.URL + pair + "a.m3u8", srv.URL + "/ms", "milliseconds"},
		{"a token answer without a url, and none configured", "", srv.URL + "/ok", "url"},
	} {
		t.Run(c.why, func(t *testing.T) {
			ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
			defer cancel()
			_, err := Run(ctx, protected(c.url, c.api), Options{})
			if !errors.Is(err, ErrUnreachable) {
				t.Fatalf("Run = %v; want ErrUnreachable", err)
			}
			if text := err.Error(); !strings.Contains(text, c.want) || strings.Contains(text, "\n") ||
				strings.Contains(text, "secrettoken0") || strings.Contains(text, "abcdefgh") {
				t.Errorf("error is %q; want one line with %q and no token", text, c.want)
			}
		})
	}
}

func closedPort(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}
