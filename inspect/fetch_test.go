package inspect

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"soak/manifest"
)

// Whoever reads the server's logs sees what asked, after a redirect too.
func TestGetNamesSoak(t *testing.T) {
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/from" {
			http.Redirect(w, r, "/to", http.StatusFound)
			return
		}
		fmt.Fprint(w, r.Header.Get("User-Agent"))
	}))
	defer srv.Close()
	got, err := HTTP{}.Get(t.Context(), srv.URL+"/from", manifest.Range{})
	if agent := string(got.Body); err != nil || !strings.HasPrefix(agent, "soak/") || !strings.HasSuffix(agent, " (inspect)") {
		t.Errorf("asked as %q, %v; want soak/VERSION (inspect)", agent, err)
	}
}
