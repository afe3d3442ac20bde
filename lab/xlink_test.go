package lab

import (
	"strings"
	"testing"
	"time"

	"soak/manifest"
	"soak/token"
)

// An MPD of which a part stands elsewhere is, with that part put in, the MPD without
// links, live and VOD, with a timeline and absolute URLs as well.
func TestXlink(t *testing.T) {
	for _, part := range []string{xlinkPeriod, xlinkAudio} {
		for _, c := range []struct {
			cfg  Config
			kind token.Kind
			name string
		}{
			{Config{}, token.Live, "live"},
			{Config{}, token.VOD, "vod"},
			{Config{Timeline: true}, token.Live, "live"},
			{Config{URLs: URLs{Absolute: true}}, token.Live, "live"},
		} {
			plain := lab(t, c.cfg)
			c.cfg.Xlink = part
			l := lab(t, c.cfg)
			ask := func(l *Lab, file string) []byte {
				a := l.Edge(Request{Path: signed(l, c.kind, c.name, file), Viewer: -1}, moment)
				if a.Status != 200 {
					t.Fatalf("%s of %+v: %d %s", file, c.cfg, a.Status, a.Reason)
				}
				return a.Body()
			}
			linked := ask(l, "index.mpd")
			remotes, err := manifest.Remotes(linked)
			if err != nil || len(remotes) != 1 || !remotes[0].OnLoad {
				t.Fatalf("%s: remotes %+v, %v; want one", part, remotes, err)
			}
			if at, want := remotes[0].Ref.URI, l.hosts.Plain+signed(l, c.kind, c.name, part+".xml"); at != want {
				t.Errorf("%s stands at %s; want %s", part, at, want)
			}
			whole, err := manifest.Dereference(linked, remotes[0], ask(l, part+".xml"))
			if err != nil {
				t.Fatal(err)
			}
			got := strings.Join(strings.Fields(strings.Replace(string(whole), ` xmlns:xlink="http://www.w3.org/1999/xlink"`, "", 1)), " ")
			if want := strings.Join(strings.Fields(string(ask(plain, "index.mpd"))), " "); got != want {
				t.Errorf("%s put in:\n%s\nwant\n%s", part, got, want)
			}
		}
	}
}

func TestXlinkIsJudged(t *testing.T) {
	l := lab(t, Config{Xlink: xlinkPeriod})
	for _, c := range []struct {
		file   string
		after  time.Duration
		status int
	}{{"period.xml", 0, 200}, {"period.xml", 2 * time.Hour, 410}, {"audio.xml", 0, 404}} {
		if a := l.Edge(Request{Path: signed(l, token.Live, "live", c.file), Viewer: -1}, moment.Add(c.after)); a.Status != c.status {
			t.Errorf("%s after %v: %d; want %d", c.file, c.after, a.Status, c.status)
		}
	}
	for want, cfg := range map[string]Config{"use period or audio": {Xlink: "video"}, "no query": {Xlink: xlinkPeriod, URLs: URLs{Query: true}}} {
		if _, err := New(cfg, 1, moment); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("New(%+v): %v; want %q", cfg, err, want)
		}
	}
}
