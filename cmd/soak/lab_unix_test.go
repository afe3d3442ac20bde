//go:build unix

package main

import (
	"net"
	"net/url"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"
)

// A lab that has no descriptor left for a connection says so: to clients it only looks
// slow.
func TestLabWithoutDescriptors(t *testing.T) {
	cmd := exec.Command("sh", "-c", "ulimit -n 24; exec soak lab --listen 127.0.0.1:0")
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	stderr := begun(t, cmd)
	var edge string
	for line := range linesOf(t, stdout) {
		if rest, ok := strings.CutPrefix(line, "plain edge"); ok {
			edge = strings.TrimSpace(rest)
		}
		if strings.Contains(line, "Ctrl-C") {
			break
		}
	}
	at, err := url.Parse(edge)
	if err != nil {
		t.Fatal(err)
	}
	for range 30 {
		conn, err := net.DialTimeout("tcp", at.Host, 10*time.Second)
		if err != nil {
			t.Fatal(err) // the system takes it, whoever accepts it
		}
		defer conn.Close()
	}
	await(t, stderr, "connections have to wait: accept")
	if err := cmd.Process.Signal(os.Interrupt); err != nil {
		t.Fatal(err)
	}
	await(t, stderr, "connections could not be accepted")
	if err := cmd.Wait(); err != nil {
		t.Errorf("soak lab ended with %v; want 0", err)
	}
}
