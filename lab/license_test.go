package lab

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"soak/qoe"
	"soak/token"
)

// Licences stand behind the token like everything else, and are there only when they
// are asked for in the configuration.
func TestLicenses(t *testing.T) {
	with, without := lab(t, Config{Licenses: true}), lab(t, Config{})
	faulty := lab(t, Config{Licenses: true, Faults: []EdgeFault{{Kinds: []qoe.Kind{qoe.License}, Status: 503}}})
	for _, c := range []struct {
		lab    *Lab
		kind   token.Kind
		video  string
		file   string
		after  time.Duration
		status int
		why    string
	}{
		{with, token.Live, "live", "license", 0, 200, "a licence"},
		{with, token.VOD, "vod", "certificate", 0, 200, "a certificate"},
		{with, token.Live, "live", "license", 2 * time.Hour, 410, "the token has expired"},
		{without, token.Live, "live", "license", 0, 404, "nobody asked for licences"},
		{faulty, token.Live, "live", "license", 0, 503, "faults may strike them"},
	} {
		a := c.lab.Edge(Request{Path: signed(c.lab, c.kind, c.video, c.file), Viewer: -1}, moment.Add(c.after))
		if a.Status != c.status || a.Status == 200 && a.Size < 100 {
			t.Errorf("%s: %d, %d bytes; want %d", c.why, a.Status, a.Size, c.status)
		}
	}
	_, s := listen(t, Config{Licenses: true}, new(still).clock())
	resp, err := http.Post(s.Plain+"/cmaf/2675_live/tokentoken/1900000000/license", "application/octet-stream", strings.NewReader("challenge"))
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
	if resp.StatusCode != 403 {
		t.Errorf("a POST with a wrong token: %d; want it judged like a GET", resp.StatusCode)
	}
}
