//go:build e2e

package e2e

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"soak/http1"
)

// servesFiles is an nginx with what CDN edges are made of.
const servesFiles = `daemon off; user root; worker_processes 1; pid %[1]s/pid; error_log %[1]s/error.log warn;
events { worker_connections 256; }
http {
	access_log off; types { application/vnd.apple.mpegurl m3u8; video/mp4 m4s; }
	client_body_temp_path %[1]s/b; proxy_temp_path %[1]s/p; fastcgi_temp_path %[1]s/f; uwsgi_temp_path %[1]s/u; scgi_temp_path %[1]s/s;
	gzip on; gzip_types application/vnd.apple.mpegurl; gzip_min_length 20;
	server {
		listen %[2]s; root %[1]s; keepalive_requests 5;
		location = /away { return 302 /list.m3u8; }
		location = /no { return 403; }
		location = /gone { return 410 "expired"; }
		location = /nothing { return 204; }
		location = /closed { return 444; }
	}
}
`

// servesChunks is a Node.js server: chunks, an HTTP/1.0 manner of ending, 1xx.
const servesChunks = `
const http = require('http'), [host, port] = process.argv[1].split(':');
http.createServer({keepAliveTimeout: 50}, (q, r) => {
	if (q.url === '/list.m3u8') { r.setHeader('Content-Type', 'application/vnd.apple.mpegurl'); r.write('#EXTM3U\n'); setTimeout(() => r.end('#EXT-X-ENDLIST\n'), 10); }
	else if (q.url === '/segment.m4s') { for (let i = 0; i < 300; i++) r.write(Buffer.alloc(1000)); r.addTrailers({Digest: 'x'}); r.end(); }
	else if (q.url === '/no') { r.writeHead(403, {Connection: 'close'}); r.end('no'); }
	else if (q.url === '/nothing') { r.writeHead(204); r.end(); }
	else if (q.url === '/away') { r.writeHead(307, {Location: '/list.m3u8'}); r.end('away'); }
	else if (q.url === '/gone') { r.writeEarlyHints({link: '</x>; rel=preload'}); r.writeHead(410); r.end('expired'); }
	else q.socket.destroy();
}).listen(port, host);`

// Both transports see the same of servers that nobody here wrote.
func TestTransportsSeeTheSame(t *testing.T) {
	t.Parallel()
	need(t, nginx, node)
	dir, err := os.MkdirTemp("", "soak-transport-") // which nginx may read
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	nginxAt, nodeAt := freePort(t), freePort(t)
	for name, text := range map[string]string{
		"nginx.conf": fmt.Sprintf(servesFiles, dir, nginxAt), "list.m3u8": "#EXTM3U\n#EXT-X-ENDLIST\n", "segment.m4s": string(make([]byte, 300_000)),
	} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	background(t, exec.Command("nginx", "-c", filepath.Join(dir, "nginx.conf"), "-p", dir))
	background(t, exec.Command("node", "-e", servesChunks, nodeAt))
	for _, at := range []string{nginxAt, nodeAt} {
		waitFor(t, at+" to listen", func() bool {
			c, err := net.Dial("tcp", at)
			if err == nil {
				_ = c.Close()
			}
			return err == nil
		})
	}
	for _, packed := range []bool{false, true} {
		lean := &http1.Client{Dial: new(net.Dialer).DialContext, Now: time.Now, Gzip: packed}
		standard := &http.Transport{DisableCompression: !packed, MaxConnsPerHost: 6}
		for _, at := range []string{nginxAt, nodeAt} {
			for _, path := range []string{"/list.m3u8", "/segment.m4s", "/no", "/nothing", "/away", "/gone", "/closed", "/list.m3u8", "/absent", "/segment.m4s"} {
				got, want := seenBy(lean, "http://"+at+path), seenBy(standard, "http://"+at+path)
				if path == "/segment.m4s" && !strings.Contains(got, " 300000 of ") {
					t.Errorf("%s of %s: %s; want 300000 bytes", path, at, got)
				}
				if got != want {
					t.Errorf("%s of %s: %s over the lean transport, %s over net/http", path, at, got, want)
				}
			}
		}
		lean.Close()
		standard.CloseIdleConnections()
	}
}

// seenBy is what a client sees of a GET, redirects followed.
func seenBy(rt http.RoundTripper, url string) string {
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return err.Error()
	}
	resp, err := (&http.Client{Transport: rt}).Do(req)
	if err != nil {
		return "failed"
	}
	defer resp.Body.Close()
	n, err := io.Copy(io.Discard, resp.Body)
	return fmt.Sprintf("%s, %s, %d of %d bytes, unpacked %v, %v, %s", resp.Status, resp.Header.Get("Content-Type"), n, resp.ContentLength, resp.Uncompressed, err, resp.Request.URL.Path)
}
