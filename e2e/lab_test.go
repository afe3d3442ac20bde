//go:build e2e

package e2e

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os/exec"
	"strings"
	"testing"
	"time"

	"soak/lab"
	"soak/loop"
)

// A client has to play this much within that time: a machine may be busy.
const (
	playSeconds = 20
	playLimit   = 60
)

// startLab serves a fresh lab on loopback until the test ends.
func startLab(t *testing.T, cfg lab.Config) *lab.Server {
	t.Helper()
	l, err := lab.New(cfg, 1, time.Now())
	if err != nil {
		t.Fatal(err)
	}
	s, err := l.Listen(t.Context(), lab.Clock{Now: time.Now, Sleep: loop.Sleep})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

// signedURL asks the lab's token API, as a page would.
func signedURL(t *testing.T, api string, query url.Values) string {
	t.Helper()
	resp, err := http.Get(api + "?" + query.Encode())
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	var answer struct{ URL string }
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(body, &answer); err != nil {
		t.Fatalf("token API answered %s: %v", body, err)
	}
	return answer.URL
}

var streams = []struct{ name, kind, file string }{
	{"live HLS", "live", "master.m3u8"},
	{"live DASH", "live", "index.mpd"},
	{"VOD HLS", "vod", "master.m3u8"},
	{"VOD DASH", "vod", "index.mpd"},
}

// encrypted changes keys several times within a play. DASH lists the same media
// unencrypted.
var encrypted = lab.Config{Encryption: "aes-128", KeyRotation: 3}

// chatter is what ffmpeg says of every healthy live HLS with EXT-X-MAP: its demuxer
// reads the init again with each reload.
const chatter = "Found duplicated MOOV Atom. Skipped it"

// TestFFmpegPlaysTheLab lets a client that nobody here wrote decode 20 s of each
// stream in real time: its DASH demuxer does not wait for segments to come.
func TestFFmpegPlaysTheLab(t *testing.T) {
	need(t, ffmpeg)
	for name, cfg := range map[string]lab.Config{"clear": {}, "encrypted": encrypted} {
		s := startLab(t, cfg)
		for _, stream := range streams {
			t.Run(name+" "+stream.name, func(t *testing.T) {
				t.Parallel()
				decode(t, s, stream.kind, stream.file)
			})
		}
	}
}

func decode(t *testing.T, s *lab.Server, kind, file string) {
	u := signedURL(t, s.API, url.Values{"video": {kind}, "type": {kind}, "expire": {"600"}})
	u = strings.Replace(u, "master.m3u8", file, 1)
	var said bytes.Buffer
	cmd := exec.CommandContext(bounded(t, 90*time.Second), "ffmpeg", "-hide_banner", "-nostdin", "-nostats",
		"-loglevel", "repeat+warning", "-xerror", "-progress", "pipe:1",
		"-re", "-i", u, "-t", fmt.Sprint(playSeconds), "-map", "0:v:0", "-map", "0:a:0", "-f", "null", "-")
	cmd.Stderr = &said
	out, err := cmd.Output()
	if complaints := complaintsIn(said.String()); err != nil || complaints != "" {
		t.Fatalf("ffmpeg %s: %v\n%s", file, err, complaints)
	}
	if played := lastProgress(string(out)); played < (playSeconds-1)*time.Second {
		t.Errorf("ffmpeg played %v; want %d s", played, playSeconds)
	}
}

func complaintsIn(log string) string {
	var all strings.Builder
	for line := range strings.Lines(log) {
		if !strings.Contains(line, chatter) {
			all.WriteString(line)
		}
	}
	return all.String()
}

// lastProgress reads the last out_time_us that ffmpeg reported.
func lastProgress(progress string) time.Duration {
	var us int64
	for line := range strings.Lines(progress) {
		_, _ = fmt.Sscanf(line, "out_time_us=%d", &us) // other lines are of no interest
	}
	return time.Duration(us) * time.Microsecond
}

// sighting is what a page reports once a second.
type sighting struct {
	Position  float64
	Ready     bool
	Errors    []string
	Refused   int
	Refreshes int
	Quality   int // frames decoded
	Height    int
	Outside   []string // requests that would have left this machine
}

// TestBrowsersPlayTheLab has hls.js and dash.js in headless Chromium play each
// stream through a token that lives 12 s and is renewed 6 s before its end.
func TestBrowsersPlayTheLab(t *testing.T) {
	need(t, chromium, node)
	for _, name := range []string{"playwright-core", "hls.js", "dashjs"} {
		needPackage(t, name)
	}
	pages := servePages(t)
	screens := make(chan struct{}, 2) // more than two browsers at once make each other stutter
	play := func(name, page string) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			screens <- struct{}{}
			defer func() { <-screens }()
			judge(t, watch(t, pages+page))
		})
	}
	clear, secret := startLab(t, lab.Config{}), startLab(t, encrypted)
	for _, stream := range streams {
		play(stream.name, page(clear, stream.kind, stream.file))
		if stream.file == "master.m3u8" {
			play("encrypted "+stream.name, page(secret, stream.kind, stream.file))
		}
	}
}

// page is the page that plays a stream.
func page(s *lab.Server, kind, file string) string {
	player := "/hls.html?"
	if file == "index.mpd" {
		player = "/dash.html?"
	}
	api := s.API + "?" + url.Values{"video": {kind}, "type": {kind}, "expire": {"12"}}.Encode()
	return player + url.Values{"api": {api}, "lead": {"6"}}.Encode()
}

// judge wants the playhead to move through the whole run once it has started.
func judge(t *testing.T, seen []sighting) {
	t.Helper()
	last := seen[len(seen)-1]
	if len(last.Errors) > 0 || len(last.Outside) > 0 || last.Refused > 0 {
		t.Errorf("errors %q, requests to other machines %q, %d refused; want none", last.Errors, last.Outside, last.Refused)
	}
	if last.Refreshes < 2 {
		t.Errorf("token renewed %d times; want at least 2", last.Refreshes)
	}
	if last.Quality == 0 || last.Height == 0 {
		t.Errorf("%d frames of height %d decoded; want a picture", last.Quality, last.Height)
	}
	var from float64
	for _, s := range seen {
		if from = s.Position; s.Ready && s.Position > 0 {
			break
		}
	}
	if moved := last.Position - from; moved < playSeconds {
		t.Errorf("playhead moved %.1f s from %.1f s; want %d s", moved, from, playSeconds)
	}
}

// servePages serves the pages and the players from this machine.
func servePages(t *testing.T) string {
	t.Helper()
	mux := http.NewServeMux()
	mux.Handle("/", http.FileServer(http.Dir("pages")))
	for path, file := range map[string]string{
		"/hls.js":  "node_modules/hls.js/dist/hls.min.js",
		"/dash.js": "node_modules/dashjs/dist/modern/umd/dash.all.min.js",
	} {
		mux.HandleFunc(path, func(w http.ResponseWriter, r *http.Request) { http.ServeFile(w, r, file) })
	}
	srv := httptest.NewServer(mux)
	t.Cleanup(srv.Close)
	return srv.URL
}

// watch opens a page in Chromium until it has played playSeconds.
func watch(t *testing.T, page string) []sighting {
	t.Helper()
	var said bytes.Buffer
	cmd := exec.CommandContext(bounded(t, 2*time.Minute), "node", "play.mjs", page, fmt.Sprint(playSeconds), fmt.Sprint(playLimit))
	cmd.Stderr = &said
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("play.mjs: %v\n%s", err, said.String())
	}
	var seen []sighting
	for line := range strings.Lines(string(out)) {
		var s sighting
		if err := json.Unmarshal([]byte(line), &s); err != nil {
			t.Fatalf("play.mjs wrote %q: %v", line, err)
		}
		seen = append(seen, s)
	}
	if len(seen) == 0 {
		t.Fatalf("play.mjs wrote nothing\n%s", said.String())
	}
	return seen
}
