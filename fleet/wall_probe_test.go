package fleet

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"soak/scenarios"
)

// protected is a run against url with tokens from api.
func protected(url, api string) scenarios.Scenario {
	sc := scenarios.Default()
	sc.Target = scenarios.Target{URL: url}
	if api != "" {
		sc.Target.TokenAPI = &scenarios.TokenAPI{URL: api}
	}
	sc.Viewers.Count = 1
	sc.Viewers.Mix = sc.Viewers.Mix[:1]
	sc.Duration = time.Second
	return sc
}

// TestTargetsThatCannotBePlayed is what bad targets get: one line, before anybody
// arrives, that names what is wrong and shows no token.
func TestTargetsThatCannotBePlayed(t *testing.T) {
	const pair = "/cmaf/1_live/secrettoken0/1999999999/"
	now := time.Now().Unix()
	answer := func(body string) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, body) }
	}
	mux := http.NewServeMux()
	mux.HandleFunc(pair+"html.m3u8", answer("<!doctype html><html><body>Please sign in</body></html>"))
	mux.HandleFunc(pair+"error.m3u8", answer(`<?xml version="1.0"?><Error><Code>AccessDenied</Code></Error>`))
	mux.HandleFunc(pair+"cut.m3u8", answer("#EXTM3U\n#EXT-X-STREAM-INF:BANDWIDTH=100000\nv1/ind"))
	mux.HandleFunc("/token/none", answer(fmt.Sprintf(`{"expires":%d}`, now+60)))
	mux.HandleFunc("/token/nan", answer(`{"token":"abcdefgh","expires":NaN}`))
	mux.HandleFunc("/token/iso", answer(`{"token":"abcdefgh","expires":"2026-01-01T00:00:00Z"}`))
	mux.HandleFunc("/token/ms", answer(fmt.Sprintf(`{"token":"abcdefgh","expires":%d000}`, now)))
	mux.HandleFunc("/token/ok", answer(fmt.Sprintf(`{"token":"abcdefgh","expires":%d}`, now+60)))
	srv := httptest.NewServer(mux)
	defer srv.Close()
	tls := httptest.NewTLSServer(mux)
	defer tls.Close()
	tls.Config.ErrorLog = nil

	for _, c := range []struct{ why, url, api, want string }{
		{"a host that does not exist", "http://no-such-host.invalid" + pair + "a.m3u8", "", "no-such-host.invalid"},
		{"nobody listens", "http://" + closedPort(t) + pair + "a.m3u8", "", "refused"},
		{"a certificate nobody knows", tls.URL + pair + "cut.m3u8", "", "certificate"},
		{"the edge says no", srv.URL + pair + "absent.m3u8", "", "404 Not Found"},
		{"a sign-in page with status 200", srv.URL + pair + "html.m3u8", "", "HTML"},
		{"a storage error with status 200", srv.URL + pair + "error.m3u8", "", "XML"},
		{"a playlist cut in the middle of a name", srv.URL + pair + "cut.m3u8", "", "truncated"},
		{"a token answer without a token", srv.URL + pair + "a.m3u8", srv.URL + "/token/none", "no token"},
		{"a token answer with NaN", srv.URL + pair + "a.m3u8", srv.URL + "/token/nan", "NaN"},
		{"a token answer with an ISO date", srv.URL + pair + "a.m3u8", srv.URL + "/token/iso", "expires"},
		{"a token answer in milliseconds", srv.URL + pair + "a.m3u8", srv.URL + "/token/ms", "milliseconds"},
		{"a token answer without a url, and none configured", "", srv.URL + "/token/ok", "url"},
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
