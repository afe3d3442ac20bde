//go:build unix

package main

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// hanging serves a stream to so many viewers, whose segments never come; watched is closed
// when all have asked for one.
func hanging(t *testing.T, viewers int) (base string, watched <-chan struct{}) {
	asked, all := make(chan struct{}, 10*viewers), make(chan struct{})
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch path.Ext(r.URL.Path) {
		case "":
			fmt.Fprintf(w, `{"token":"abcdefgh","expires":%d}`, time.Now().Unix()+60)
		case ".m3u8":
			fmt.Fprint(w, "#EXTM3U\n#EXT-X-TARGETDURATION:2\n#EXTINF:2,\na.ts\n#EXTINF:2,\nb.ts\n#EXTINF:2,\nc.ts\n")
		default:
			asked <- struct{}{}
			<-r.Context().Done()
		}
	}))
	t.Cleanup(srv.Close)
	go func() {
		for range viewers {
			<-asked
		}
		close(all)
	}()
	return srv.URL, all
}

// running is soak as somebody runs it, with 40 viewers who have begun.
func running(t *testing.T, dir string, stdout io.Writer) (cmd *exec.Cmd, stderr *bufio.Scanner) {
	t.Helper()
	base, watched := hanging(t, 40)
	cmd = exec.Command("soak", "run", "--viewers", "40", "--duration", "1h", "--arrival", "once", "--out", "s.json", "--player", "hlsjs", "--link", "lan",
		"--set", "viewers.mix[*].stream=live", "--url", base+"/cmaf/1_live/secrettoken0/1999999999/a.m3u8", "--token-api", base+"/api")
	cmd.Dir, cmd.Stdout = dir, stdout
	stderr = begun(t, cmd)
	select {
	case <-watched:
	case <-time.After(20 * time.Second):
		t.Fatal("the viewers never began")
	}
	return cmd, stderr
}

// begun starts a command, which the end of the test ends, and reads what it says.
func begun(t *testing.T, cmd *exec.Cmd) (stderr *bufio.Scanner) {
	t.Helper()
	said, err := cmd.StderrPipe()
	if err == nil {
		err = cmd.Start()
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = cmd.Process.Kill() })
	return bufio.NewScanner(said)
}

// await reads until a line has the text.
func await(t *testing.T, from *bufio.Scanner, text string) {
	t.Helper()
	for from.Scan() {
		if strings.Contains(from.Text(), text) {
			return
		}
	}
	t.Fatalf("soak never said %q", text)
}

// Ctrl-C ends a run over sockets in moments, and the report is written of what was.
func TestInterrupt(t *testing.T) {
	dir := t.TempDir()
	var stdout bytes.Buffer
	cmd, stderr := running(t, dir, &stdout)
	began := time.Now()
	if err := cmd.Process.Signal(os.Interrupt); err != nil {
		t.Fatal(err)
	}
	await(t, stderr, "summary in")
	err := cmd.Wait()
	if code := cmd.ProcessState.ExitCode(); code != codeInterrupted || time.Since(began) > 10*time.Second {
		t.Errorf("%v, exit code %d after %v; want %d in moments", err, code, time.Since(began), codeInterrupted)
	}
	if text := stdout.String(); !strings.HasPrefix(text, "INTERRUPTED") || !strings.Contains(text, "40 arrived") {
		t.Errorf("said %.300q; want a report of 40 viewers", text)
	}
	if summary, err := os.ReadFile(filepath.Join(dir, "s.json")); err != nil || !bytes.Contains(summary, []byte(`"interrupted"`)) {
		t.Errorf("summary: %v; want one of an interrupted run", err)
	}
}

// A second Ctrl-C kills: here while nobody reads the report.
func TestSecondInterruptKills(t *testing.T) {
	read, write, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer read.Close()
	full(t, write)
	cmd, stderr := running(t, t.TempDir(), write)
	if err := cmd.Process.Signal(os.Interrupt); err != nil {
		t.Fatal(err)
	}
	await(t, stderr, "summary in") // what comes next is the report
	if err := cmd.Process.Signal(os.Interrupt); err != nil {
		t.Fatal(err)
	}
	var exit *exec.ExitError
	if err := cmd.Wait(); !errors.As(err, &exit) {
		t.Fatalf("%v; want a signal's death", err)
	}
	if status, ok := exit.Sys().(syscall.WaitStatus); !ok || status.Signal() != syscall.SIGINT {
		t.Errorf("ended with %v; want SIGINT", exit)
	}
}

// full fills a pipe to the brim.
func full(t *testing.T, pipe *os.File) {
	t.Helper()
	if err := pipe.SetWriteDeadline(time.Now().Add(50 * time.Millisecond)); err != nil {
		t.Fatal(err)
	}
	for {
		if _, err := pipe.Write(make([]byte, 4096)); errors.Is(err, os.ErrDeadlineExceeded) {
			return
		} else if err != nil {
			t.Fatal(err)
		}
	}
}
