package main

import (
	"bufio"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"
)

// BenchmarkWebRun is a minute of 2,000 viewers over sockets, watched by one page and
// scraped once a second. What watching and scraping cost of it:
//
//	go test ./cmd/soak -run '^$' -bench WebRun -benchtime 1x -cpuprofile cpu.out -o soak.test
//	go tool pprof -top -cum -focus 'soak/live|soak/telemetry|lookAt' soak.test cpu.out
func BenchmarkWebRun(b *testing.B) {
	for b.Loop() {
		said, stderr := io.Pipe()
		done := make(chan int, 1)
		go func() {
			defer stderr.Close()
			done <- run(b.Context(), []string{"run", "--web", ":0", "--viewers", "2000", "--arrival", "ramp 20s", "--duration", "60s", "--out", ""}, strings.NewReader(""), io.Discard, stderr)
		}()
		lines := bufio.NewScanner(said)
		url := ""
		for url == "" && lines.Scan() {
			if at, ok := strings.CutPrefix(lines.Text(), "live on "); ok {
				url = at
			}
		}
		go func() { _, _ = io.Copy(io.Discard, said) }()
		go read(url + "events")
		scrapes := 0
		for tick := time.Tick(time.Second); len(done) == 0; <-tick {
			if read(url+"metrics") > 0 {
				scrapes++
			}
		}
		b.ReportMetric(float64(scrapes), "scrapes")
		if code := <-done; code != codePass && code != codeFail && code != codeInvalid {
			b.Fatalf("exit code %d", code)
		}
	}
}

// read reads all there is, which may take as long as the run; what the run's end breaks
// off is of no use.
func read(url string) int64 {
	resp, err := http.Get(url)
	if err != nil {
		return 0
	}
	defer resp.Body.Close()
	n, _ := io.Copy(io.Discard, resp.Body)
	return n
}
