package main

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"math/big"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"time"
)

// origin is an nginx that serves files of the loads' sizes.
type origin struct {
	dir         string
	cmd         *exec.Cmd
	plain, safe string // host:port
}

func (o *origin) url(l load) string {
	host := o.plain
	if l.scheme == "https" {
		host = o.safe
	}
	return fmt.Sprintf("%s://%s/%d", l.scheme, host, l.bytes)
}

func (o *origin) stop() {
	_ = o.cmd.Process.Kill()
	_ = o.cmd.Wait()
	_ = os.RemoveAll(o.dir)
}

// nginxConf has room for more connections than there are descriptors: with less than a
// sixteenth of it free nginx closes those that are idle.
const nginxConf = `daemon off; master_process off; worker_processes 1; pid %[1]s/pid; error_log %[1]s/error.log;
worker_rlimit_nofile 19990;
events { worker_connections 32768; }
http {
	access_log off; sendfile on; tcp_nopush on; keepalive_requests 100000000; keepalive_timeout 300; default_type video/mp4;
	ssl_certificate %[1]s/cert.pem; ssl_certificate_key %[1]s/key.pem; ssl_protocols TLSv1.3; ssl_buffer_size 16k;
	client_body_temp_path %[1]s/b; proxy_temp_path %[1]s/p; fastcgi_temp_path %[1]s/f; uwsgi_temp_path %[1]s/u; scgi_temp_path %[1]s/s;
	server {
		listen %[2]s backlog=8192; listen %[3]s ssl; root %[1]s;
		location ~ ^/cmaf/.*-(\d+)/s\d+\.ts$ { alias %[1]s/$1; }
		location ~ ^/cmaf/.*/master\.m3u8$ { default_type application/vnd.apple.mpegurl; alias %[1]s/master.m3u8; }
		location ~ ^/cmaf/.*/(\d)-\d+/video\.m3u8$ { default_type application/vnd.apple.mpegurl; alias %[1]s/video$1.m3u8; }
	}
}
`

func startOrigin(ctx context.Context) (*origin, error) {
	dir, err := os.MkdirTemp("", "soak-bench-")
	if err != nil {
		return nil, err
	}
	o := &origin{dir: dir}
	if o.plain, err = free(); err == nil {
		o.safe, err = free()
	}
	if err == nil {
		err = o.write()
	}
	if err != nil {
		_ = os.RemoveAll(dir)
		return nil, err
	}
	o.cmd = exec.CommandContext(ctx, "taskset", "-c", strconv.Itoa(runtime.NumCPU()-1), "nginx", "-c", filepath.Join(dir, "nginx.conf"), "-p", dir)
	o.cmd.Stderr = os.Stderr
	if err := o.cmd.Start(); err != nil {
		_ = os.RemoveAll(dir)
		return nil, err
	}
	err = o.publish(ctx)
	if err == nil {
		err = o.await(ctx)
	}
	if err != nil {
		o.stop()
		return nil, err
	}
	return o, nil
}

// free is an address that nobody listens on.
func free() (string, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	defer l.Close()
	return l.Addr().String(), nil
}

// await waits until both ports answer.
func (o *origin) await(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	for _, address := range []string{o.plain, o.safe} {
		for {
			c, err := new(net.Dialer).DialContext(ctx, "tcp", address)
			if err == nil {
				_ = c.Close()
				break
			}
			if ctx.Err() != nil {
				return fmt.Errorf("nginx does not answer: %w", err)
			}
			time.Sleep(20 * time.Millisecond)
		}
	}
	return nil
}

// write writes nginx's files.
func (o *origin) write() error {
	cert, key, err := certificate()
	if err != nil {
		return err
	}
	files := map[string][]byte{"nginx.conf": fmt.Appendf(nil, nginxConf, o.dir, o.plain, o.safe), "cert.pem": cert, "key.pem": key}
	sizes := []int{light, heavy}
	for _, l := range loads {
		sizes = append(sizes, l.bytes)
	}
	for _, n := range sizes {
		files[strconv.Itoa(n)] = make([]byte, n)
	}
	for name, text := range files {
		if err := os.WriteFile(filepath.Join(o.dir, name), text, 0o644); err != nil {
			return err
		}
	}
	return os.Chmod(o.dir, 0o755) // nginx gives up being root
}

// certificate is one for loopback, good for a day.
func certificate() (cert, key []byte, err error) {
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, nil, err
	}
	now := time.Now()
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), NotBefore: now.Add(-time.Hour), NotAfter: now.Add(24 * time.Hour),
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, private.Public(), private)
	if err != nil {
		return nil, nil, err
	}
	pkcs8, err := x509.MarshalPKCS8PrivateKey(private)
	if err != nil {
		return nil, nil, err
	}
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}), pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: pkcs8}), nil
}
