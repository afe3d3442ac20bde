//go:build e2e

package e2e

import (
	"bytes"
	"encoding/json"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"text/template"
	"time"

	"soak/token"
)

const (
	client = "2675"
	secret = "an end-to-end secret"
	film   = "film" // VOD
	event  = "event"
)

// edge is a CDN edge that nobody here wrote: nginx judging tokens with
// secure_link in front of files that ffmpeg makes.
type edge struct {
	url     string
	content string // directory of {client}_{video} folders
	log     string // of status, content coding and path of each answer
}

var nginxConf = template.Must(template.New("nginx.conf").Parse(`
daemon off;
user root;
worker_processes 1;
pid {{.Dir}}/nginx.pid;
error_log {{.Dir}}/error.log warn;
events { worker_connections 4096; }
http {
  log_format codings "$status $sent_http_content_encoding $uri";
  access_log {{.Dir}}/access.log codings;
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
  gzip on;
  gzip_types application/vnd.apple.mpegurl application/dash+xml;
  keepalive_requests 100000;
  server {
    listen {{.Listen}};
    location ~ ^/(?:videos|cmaf)/(?<stream>[^/]+)/(?<tok>[^/]+)/(?<exp>[0-9]+)/(?<rest>.+)$ {
      secure_link $tok,$exp;
      secure_link_md5 "${stream}_{{.Secret}}_${exp}_";
      if ($secure_link = "")  { return 403; }
      if ($secure_link = "0") { return 410; }
      add_header Cache-Control no-cache;
      alias {{.Content}}/$stream/$rest;
    }
  }
}
`))

func startNginx(t *testing.T) edge {
	t.Helper()
	dir := t.TempDir()
	e := edge{content: filepath.Join(dir, "content"), log: filepath.Join(dir, "access.log")}
	listen := freePort(t)
	e.url = "http://" + listen
	var conf bytes.Buffer
	err := nginxConf.Execute(&conf, map[string]string{
		"Dir": dir, "Listen": listen, "Content": e.content, "Secret": secret,
	})
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(dir, "nginx.conf")
	if err := os.WriteFile(file, conf.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	background(t, exec.Command("nginx", "-c", file, "-p", dir))
	waitFor(t, "nginx to listen", func() bool {
		conn, err := net.Dial("tcp", listen)
		if err == nil {
			_ = conn.Close()
		}
		return err == nil
	})
	return e
}

// background starts a program and ends it with the test.
func background(t *testing.T, cmd *exec.Cmd) {
	t.Helper()
	var said bytes.Buffer
	cmd.Stdout, cmd.Stderr = &said, &said
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = cmd.Process.Signal(os.Interrupt)
		timer := time.AfterFunc(5*time.Second, func() { _ = cmd.Process.Kill() })
		_ = cmd.Wait() // ended by our signal
		timer.Stop()
		if t.Failed() {
			t.Logf("%s said:\n%s", filepath.Base(cmd.Path), tail(said.String(), 2000))
		}
	})
}

func tail(s string, n int) string {
	if len(s) > n {
		return "…" + s[len(s)-n:]
	}
	return s
}

func freePort(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}

// waitFor polls for at most 30 s.
func waitFor(t *testing.T, what string, ready func() bool) {
	t.Helper()
	tick := time.NewTicker(100 * time.Millisecond)
	defer tick.Stop()
	for range 300 {
		if ready() {
			return
		}
		<-tick.C
	}
	t.Fatalf("waited 30 s in vain for %s", what)
}

// source are ffmpeg's options for a test picture and a tone in two renditions
// with separate audio, 2 s segments.
func source(seconds int, realtime bool) []string {
	var args []string
	if realtime {
		args = append(args, "-re")
	}
	args = append(args, "-f", "lavfi", "-i", "testsrc2=size=320x180:rate=25")
	if realtime {
		args = append(args, "-re")
	}
	return append(args, "-f", "lavfi", "-i", "sine=frequency=440:sample_rate=48000",
		"-t", strconv.Itoa(seconds),
		"-map", "0:v", "-map", "0:v", "-map", "1:a",
		"-c:v", "libx264", "-preset", "ultrafast", "-profile:v", "baseline", "-pix_fmt", "yuv420p",
		"-g", "50", "-keyint_min", "50", "-sc_threshold", "0",
		"-b:v:0", "200k", "-b:v:1", "400k", "-c:a", "aac", "-b:a", "64k")
}

// dashMuxer has ffmpeg write both manifests over one set of segments. Live ones
// list what is complete (a timeline): files do not grow while nginx serves them.
func dashMuxer(dir string, live bool) []string {
	args := []string{"-f", "dash", "-seg_duration", "2", "-use_template", "1",
		"-adaptation_sets", "id=0,streams=v id=1,streams=a", "-hls_playlist", "1"}
	if live {
		args = append(args, "-use_timeline", "1", "-streaming", "0", "-window_size", "8", "-extra_window_size", "8")
	} else {
		args = append(args, "-use_timeline", "0")
	}
	return append(args, filepath.Join(dir, "index.mpd"))
}

func (e edge) folder(t *testing.T, video string) string {
	t.Helper()
	dir := filepath.Join(e.content, client+"_"+video)
	if err := os.MkdirAll(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	return dir
}

func ffmpegArgs(parts ...[]string) []string {
	args := []string{"-hide_banner", "-loglevel", "error", "-nostdin", "-y"}
	for _, p := range parts {
		args = append(args, p...)
	}
	return args
}

// makeFilm writes 120 s of VOD.
func (e edge) makeFilm(t *testing.T) {
	t.Helper()
	dir := e.folder(t, film)
	out, err := exec.CommandContext(bounded(t, 2*time.Minute), "ffmpeg",
		ffmpegArgs(source(120, false), dashMuxer(dir, false))...).CombinedOutput()
	if err != nil {
		t.Fatalf("ffmpeg: %v\n%s", err, out)
	}
}

// startEvent has ffmpeg stream in real time until the test ends.
func (e edge) startEvent(t *testing.T) {
	t.Helper()
	dir := e.folder(t, event)
	background(t, exec.Command("ffmpeg", ffmpegArgs(source(240, true), dashMuxer(dir, true))...))
	waitFor(t, "ffmpeg's first live segments", func() bool {
		body, err := os.ReadFile(filepath.Join(dir, "media_0.m3u8"))
		return err == nil && strings.Count(string(body), "#EXTINF") >= 4
	})
}

// startAPI serves the guide's token API for the edge, answering after delay.
func startAPI(t *testing.T, e edge, ttl, delay time.Duration) string {
	t.Helper()
	signer := token.Signer{Client: client, Secret: secret}
	api := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		select {
		case <-time.After(delay):
		case <-r.Context().Done():
			return
		}
		video, kind := r.FormValue("video"), token.Live
		if r.FormValue("type") == "vod" {
			kind = token.VOD
		}
		g := token.Grant{Expires: time.Now().Add(ttl).Unix()}
		g.Token = signer.Sign(video, g.Expires, "")
		url := e.url + token.Path(kind, client, video, g, "master.m3u8")
		w.Header().Set("Content-Type", "application/json")
		_ = json.NewEncoder(w).Encode(map[string]any{
			"token": g.Token, "token_ip": g.Token, "client_ip": "127.0.0.1",
			"expires": g.Expires, "url": url, "url_ip": url,
		})
	}))
	t.Cleanup(api.Close)
	return api.URL + "/api/token"
}
