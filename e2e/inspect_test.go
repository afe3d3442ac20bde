//go:build e2e

package e2e

import (
	"encoding/json"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"soak/inspect"
)

// TestInspectNginx looks at streams of ffmpeg behind an nginx that judges tokens,
// under two of them: what ffmpeg writes is relative, so only the Gcore plugin
// bakes tokens in.
func TestInspectNginx(t *testing.T) {
	need(t, nginx, ffmpeg)
	bin := soak(t)
	e := startNginx(t)
	e.makeFilm(t)
	e.startEvent(t)
	api := startAPI(t, e, 20*time.Second, 0) + "?video={video}&type={type}&expire={expire}"
	for _, c := range []struct {
		why, path string
		args      []string
		live      bool
		hazard    string // of the Gcore plugin
	}{
		{"HLS VOD", "/videos/2675_film/t/1/master.m3u8", nil, false, "H13"},
		{"DASH VOD", "/videos/2675_film/t/1/index.mpd", nil, false, ""},
		{"HLS live", "/cmaf/2675_event/t/1/master.m3u8", []string{"--follow", "3"}, true, ""},
		{"DASH live", "/cmaf/2675_event/t/1/index.mpd", []string{"--follow", "3"}, true, "H14"},
	} {
		args := append([]string{"inspect", "--json", "--token-api", api, e.url + c.path}, c.args...)
		body, err := exec.CommandContext(bounded(t, time.Minute), bin, args...).Output()
		var r inspect.Report
		if err == nil {
			err = json.Unmarshal(body, &r)
		}
		if err != nil {
			t.Errorf("%s: %v\n%s", c.why, err, body)
			continue
		}
		checkInspected(t, c.why, r, c.live, c.hazard)
	}
	keepInspected(t, bin, api, e)
}

func checkInspected(t *testing.T, why string, r inspect.Report, live bool, hazard string) {
	t.Helper()
	if r.Live != live || len(r.Ladder) != 2 || len(r.Tracks) != 1 {
		t.Errorf("%s: live %v, %d rungs, %d tracks; want %v, 2, 1", why, r.Live, len(r.Ladder), len(r.Tracks), live)
	}
	for _, k := range r.Ladder {
		if k.Window == nil || k.Window.Segments < 3 {
			t.Errorf("%s: window %+v of %d; want three segments at least", why, k.Window, k.Bandwidth)
		}
	}
	if r.Derivation == nil || !r.Derivation.Observed || r.Derivation.Grants[1].Invented {
		t.Errorf("%s: not looked at under two tokens", why)
		return
	}
	found := ""
	for _, p := range r.Derivation.Problems {
		if p.Rewrite == "never" {
			continue
		}
		if found = p.Hazard; p.Policy != "gcore-plugin" || p.Hazard != hazard {
			t.Errorf("%s: %s: %s %s: %s; want %q of gcore-plugin only", why, p.Policy, p.Hazard, p.Request, p.Text, hazard)
		}
	}
	if found != hazard {
		t.Errorf("%s: gcore-plugin has %q; want %q", why, found, hazard)
	}
	if live && (r.Follow == nil || r.Follow.Moved <= 0) {
		t.Errorf("%s: the window did not move: %+v", why, r.Follow)
	}
}

// keepInspected writes what people see into the file that INSPECT_OUT names, for
// the documentation.
func keepInspected(t *testing.T, bin, api string, e edge) {
	file := os.Getenv("INSPECT_OUT")
	if file == "" {
		return
	}
	path := e.url + "/cmaf/2675_event/t/1/index.mpd"
	said, err := exec.CommandContext(bounded(t, time.Minute), bin, "inspect", "--token-api", api, "--follow", "3", path).CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, said)
	}
	text := strings.ReplaceAll(string(said), strings.TrimPrefix(e.url, "http://"), "edge.example")
	if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}
