//go:build e2e

package fidelity

import (
	"bytes"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"text/template"
	"time"

	"soak/lab"
	"soak/loop"
	"soak/scenarios"
)

// edge is nginx judging tokens with secure_link in front of what ffmpeg makes,
// shared by all pairs whose names begin with "nginx/". The scenario's lab lends its
// token API and nothing else.
type edge struct{ url, content string }

const (
	edgeSecret = "a secret of the fidelity tests"
	filmLength = 120 // s
	eventLimit = 50 * time.Minute
)

// edgeConf sends every answer whole, never a 304: what crosses the network is what
// the player asked for.
var edgeConf = template.Must(template.New("nginx.conf").Parse(`
daemon off;
user root;
worker_processes 1;
pid {{.Dir}}/nginx.pid;
error_log {{.Dir}}/error.log warn;
events { worker_connections 1024; }
http {
  access_log off;
  client_body_temp_path {{.Dir}}/body;
  proxy_temp_path {{.Dir}}/proxy;
  fastcgi_temp_path {{.Dir}}/fastcgi;
  uwsgi_temp_path {{.Dir}}/uwsgi;
  scgi_temp_path {{.Dir}}/scgi;
  types {
    application/vnd.apple.mpegurl m3u8;
    application/dash+xml mpd;
    video/mp4 mp4 m4s;
  }
  etag off;
  if_modified_since off;
  server {
    listen {{.Listen}};
    location ~ ^/(?:videos|cmaf)/(?<stream>[^/]+)/(?<tok>[^/]+)/(?<exp>[0-9]+)/(?<rest>.+)$ {
      secure_link $tok,$exp;
      secure_link_md5 "${stream}_{{.Secret}}_${exp}_";
      add_header Access-Control-Allow-Origin * always;
      add_header Access-Control-Expose-Headers Date always;
      add_header Timing-Allow-Origin * always;
      add_header Cache-Control no-cache always;
      if ($secure_link = "")  { return 403; }
      if ($secure_link = "0") { return 410; }
      alias {{.Content}}/$stream/$rest;
    }
  }
}
`))

// startEdge runs nginx and ffmpeg until the test ends.
func startEdge(t *testing.T) edge {
	t.Helper()
	for _, program := range []string{"nginx", "ffmpeg"} {
		if _, err := exec.LookPath(program); err != nil {
			missing(t, program+" is not installed: see CONTRIBUTING.md")
		}
	}
	dir := t.TempDir()
	listen := freeAddress(t)
	e := edge{url: "http://" + listen, content: filepath.Join(dir, "content")}
	var conf bytes.Buffer
	err := edgeConf.Execute(&conf, map[string]string{"Dir": dir, "Listen": listen, "Content": e.content, "Secret": edgeSecret})
	file := filepath.Join(dir, "nginx.conf")
	if err == nil {
		err = os.WriteFile(file, conf.Bytes(), 0o600)
	}
	if err != nil {
		t.Fatal(err)
	}
	background(t, exec.Command("nginx", "-c", file, "-p", dir))
	e.film(t)
	e.event(t)
	return e
}

// film writes a VOD.
func (e edge) film(t *testing.T) {
	t.Helper()
	args := append(source(filmLength, false), "-f", "dash", "-use_timeline", "0")
	out, err := exec.Command("ffmpeg", append(args, muxer(e.folder(t, "vod"))...)...).CombinedOutput()
	if err != nil {
		t.Fatalf("ffmpeg: %v\n%s", err, out)
	}
}

// event streams in real time; it lists what is complete.
func (e edge) event(t *testing.T) {
	t.Helper()
	dir := e.folder(t, "live")
	args := append(source(int(eventLimit.Seconds()), true), "-f", "dash", "-use_timeline", "1", "-streaming", "0", "-window_size", "6", "-extra_window_size", "8")
	background(t, exec.Command("ffmpeg", append(args, muxer(dir)...)...))
	tick := time.NewTicker(100 * time.Millisecond)
	defer tick.Stop()
	for range 300 {
		if body, err := os.ReadFile(filepath.Join(dir, "media_0.m3u8")); err == nil && bytes.Count(body, []byte("#EXTINF")) >= 6 {
			return
		}
		<-tick.C
	}
	t.Fatal("ffmpeg's live segments have not come in 30 s")
}

func (e edge) folder(t *testing.T, video string) string {
	t.Helper()
	dir := filepath.Join(e.content, "2675_"+video)
	if err := os.MkdirAll(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	return dir
}

// source is a test picture in two renditions and a tone.
func source(seconds int, realtime bool) []string {
	args := []string{"-hide_banner", "-loglevel", "error", "-nostdin", "-y"}
	input := func(spec string) {
		if realtime {
			args = append(args, "-re")
		}
		args = append(args, "-f", "lavfi", "-i", spec)
	}
	input("testsrc2=size=320x180:rate=25")
	input("sine=frequency=440:sample_rate=48000")
	return append(args, "-t", strconv.Itoa(seconds), "-map", "0:v", "-map", "0:v", "-map", "1:a",
		"-c:v", "libx264", "-preset", "ultrafast", "-profile:v", "baseline", "-pix_fmt", "yuv420p",
		"-g", "50", "-keyint_min", "50", "-sc_threshold", "0",
		"-b:v:0", "150k", "-b:v:1", "300k", "-c:a", "aac", "-b:a", "64k")
}

// muxer writes both manifests over one set of segments of 2 s.
func muxer(dir string) []string {
	return []string{"-seg_duration", "2", "-use_template", "1", "-hls_playlist", "1",
		"-adaptation_sets", "id=0,streams=v id=1,streams=a", filepath.Join(dir, "index.mpd")}
}

// onto puts a play in front of the edge: its tokens are signed by the pair's token
// API with the edge's secret.
func (e edge) onto(s *stage) {
	s.open = func(t *testing.T, begin time.Time) string {
		filled := s.sc.Target.Lab.Filled()
		return e.tokenAPI(t, s.sc, begin) + "?" + s.query(filled.Live[0], filled.VOD[0]).Encode()
	}
}

// tokenAPI serves the pair's token API for the edge until the test ends. Its faults
// count from begin.
func (e edge) tokenAPI(t *testing.T, sc scenarios.Scenario, begin time.Time) string {
	cfg := *sc.Target.Lab
	cfg.Secret = edgeSecret
	l, err := lab.New(cfg, sc.Seed, begin)
	if err != nil {
		t.Error(err)
		return ""
	}
	api := httptest.NewServer(&tokens{lab: l, edge: e.url})
	t.Cleanup(func() {
		api.CloseClientConnections()
		api.Close()
	})
	return api.URL + "/"
}

// tokens is a lab's token API for another edge.
type tokens struct {
	lab   *lab.Lab
	edge  string
	calls atomic.Int64 // that did not say their number
}

// number is which call of the viewer's this is. soak's viewers do not tell a
// backend that is not their lab, and before the first of them fleet calls once to
// see whether anybody is there: call 0, which is answered at once, so that the viewer
// begins when the browser does.
func (a *tokens) number(r *http.Request) int {
	if n, err := strconv.Atoi(r.Header.Get(lab.CallHeader)); err == nil {
		return n
	}
	return int(a.calls.Add(1)) - 1
}

func (a *tokens) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Access-Control-Allow-Origin", "*")
	number := a.number(r)
	answer := a.lab.Token(lab.Request{RawQuery: r.URL.RawQuery, ClientIP: "127.0.0.1", Call: number}, time.Now())
	if number == 0 {
		answer.Delay = 0
	}
	if answer.Hang {
		<-r.Context().Done()
		panic(http.ErrAbortHandler)
	}
	if loop.Sleep(r.Context(), answer.Delay) != nil {
		panic(http.ErrAbortHandler)
	}
	w.Header().Set("Content-Type", answer.ContentType)
	w.WriteHeader(answer.Status)
	body := bytes.ReplaceAll(answer.Body(), []byte(a.lab.Hosts().Plain), []byte(a.edge))
	_, _ = w.Write(body) // a page that is gone has no use for it
}

// background runs a program and ends it with the test.
func background(t *testing.T, cmd *exec.Cmd) {
	t.Helper()
	var said strings.Builder
	cmd.Stdout, cmd.Stderr = &said, &said
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = cmd.Process.Signal(os.Interrupt)
		kill := time.AfterFunc(5*time.Second, func() { _ = cmd.Process.Kill() })
		defer kill.Stop()
		if err := cmd.Wait(); t.Failed() {
			t.Logf("%s: %v\n%s", filepath.Base(cmd.Path), err, said.String())
		}
	})
}

// freeAddress is where nothing listens.
func freeAddress(t *testing.T) string {
	t.Helper()
	s := httptest.NewServer(nil)
	defer s.Close()
	return strings.TrimPrefix(s.URL, "http://")
}
