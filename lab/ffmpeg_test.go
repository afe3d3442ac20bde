package lab

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"
)

// tool finds a program or skips, and fails where everything is to be tested.
func tool(t *testing.T, name string) string {
	t.Helper()
	path, err := exec.LookPath(name)
	if err == nil {
		return path
	}
	if os.Getenv("CI") == "true" {
		t.Fatalf("%s is not installed: apt-get install ffmpeg", name)
	}
	t.Skipf("%s is not installed: apt-get install ffmpeg, or brew install ffmpeg", name)
	return ""
}

// wall is real time, for a lab that real programs visit.
func wall() Clock {
	return Clock{Now: time.Now, Sleep: func(ctx context.Context, d time.Duration) error {
		timer := time.NewTimer(d)
		defer timer.Stop()
		select {
		case <-timer.C:
			return nil
		case <-ctx.Done():
			return ctx.Err()
		}
	}}
}

// listen starts a lab and ends it with the test; no goroutine may stay.
func listen(t *testing.T, cfg Config, clock Clock) (*Lab, *Server) {
	t.Helper()
	l, err := New(cfg, 1, clock.Now())
	if err != nil {
		t.Fatal(err)
	}
	s, err := l.Listen(t.Context(), clock)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
		http.DefaultClient.CloseIdleConnections()
		goleak.VerifyNone(t)
	})
	return l, s
}

// masterURL asks the token API over HTTP, as a viewer's page does.
func masterURL(t *testing.T, s *Server, query string) string {
	t.Helper()
	response, err := http.Get(s.API + "?" + query)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	var answer grantJSON
	if err := json.NewDecoder(response.Body).Decode(&answer); err != nil {
		t.Fatal(err)
	}
	return answer.URL
}

// mpdURL is the DASH sibling of a master playlist, found as the guide finds it.
func mpdURL(master string) string { return strings.Replace(master, "master.m3u8", "index.mpd", 1) }

// streams are the four ways to watch. ffmpeg plays live in real time: its DASH
// demuxer never waits for a segment to become available and would run off the edge.
var streams = []struct {
	name, query string
	url         func(string) string
	arguments   []string
}{
	{"live HLS", "video=live&type=live", strings.Clone, []string{"-re"}},
	{"live DASH", "video=live&type=live", mpdURL, []string{"-re"}},
	{"VOD HLS", "video=vod&type=vod", strings.Clone, nil},
	{"VOD DASH", "video=vod&type=vod", mpdURL, nil},
}

// mapReread is what ffmpeg's HLS demuxer says of every live stream with
// EXT-X-MAP: it reads the initialization segment again after each playlist reload
// and its own MP4 demuxer wonders.
const mapReread = "Found duplicated MOOV Atom. Skipped it"

// complaints are the lines that ffmpeg wrote, but for mapReread.
func complaints(out []byte) string {
	var kept strings.Builder
	for line := range strings.Lines(string(out)) {
		if !strings.Contains(line, mapReread) {
			kept.WriteString(line)
		}
	}
	return kept.String()
}

// played is the media time of the last report of ffmpeg's -progress.
func played(progress []byte) time.Duration {
	var last time.Duration
	for line := range strings.Lines(string(progress)) {
		if value, ok := strings.CutPrefix(line, "out_time_us="); ok {
			if us, err := strconv.ParseInt(strings.TrimSpace(value), 10, 64); err == nil {
				last = time.Duration(us) * time.Microsecond
			}
		}
	}
	return last
}

// ffmpeg is a client that nobody here wrote: it must find nothing to complain
// about. SOAK_FFMPEG_SECONDS plays longer than the default 5.
func TestFFmpegPlaysEverything(t *testing.T) {
	ffmpeg := tool(t, "ffmpeg")
	t.Run("numbered", func(t *testing.T) { ffmpegPlays(t, ffmpeg, Config{}, "5") })
	t.Run("timeline", func(t *testing.T) { ffmpegPlays(t, ffmpeg, Config{Timeline: true}, "5") })
	t.Run("low latency", func(t *testing.T) { ffmpegPlays(t, ffmpeg, low(half), "2") })
	t.Run("filled", func(t *testing.T) {
		ffmpegPlays(t, ffmpeg, Config{Padding: inFrames, AudioBitrate: maxFilledAudio, Ladder: []int64{5_000_000}}, "2")
	})
}

func ffmpegPlays(t *testing.T, ffmpeg string, cfg Config, seconds string) {
	if longer := os.Getenv("SOAK_FFMPEG_SECONDS"); longer != "" {
		seconds = longer
	}
	_, s := listen(t, cfg, wall())
	for _, stream := range streams {
		if cfg.Timeline && !strings.HasSuffix(stream.name, "DASH") {
			continue // the same as without
		}
		if cfg.LowLatency.on() && !strings.HasPrefix(stream.name, "live") {
			continue // likewise
		}
		t.Run(stream.name, func(t *testing.T) {
			t.Parallel()
			ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
			defer cancel()
			url := stream.url(masterURL(t, s, stream.query))
			arguments := append([]string{"-nostdin", "-v", "repeat+warning", "-progress", "pipe:1"}, stream.arguments...)
			arguments = append(arguments, "-i", url, "-t", seconds, "-f", "null", "-")
			command := exec.CommandContext(ctx, ffmpeg, arguments...)
			var errs bytes.Buffer
			command.Stderr = &errs
			progress, err := command.Output()
			if said := complaints(errs.Bytes()); err != nil || said != "" {
				t.Errorf("ffmpeg: %v\n%s", err, said)
			}
			want, err := time.ParseDuration(seconds + "s")
			if err != nil {
				t.Fatal(err)
			}
			if got := played(progress); got < want-100*time.Millisecond {
				t.Errorf("ffmpeg played %v of %v", got, want)
			}
		})
	}
}

// decodeTimes are those of the packets of 20 s of one rendition, in its timescale,
// as ffprobe reads them from the segments put end to end.
func decodeTimes(t *testing.T, ffprobe string, r *rendition, first int64) []int64 {
	t.Helper()
	var file strings.Builder
	file.Write(r.init)
	for n := first; n < first+20/r.each; n++ {
		s := r.segment(n, true)
		s.write(&part{w: &file, left: s.size})
	}
	command := exec.CommandContext(t.Context(), ffprobe, "-v", "warning", "-show_entries", "packet=dts", "-of", "csv=p=0", "-")
	command.Stdin = strings.NewReader(file.String())
	var said strings.Builder
	command.Stderr = &said
	out, err := command.Output()
	if err != nil || said.Len() > 0 {
		t.Fatalf("ffprobe: %v\n%s", err, said.String())
	}
	var times []int64
	for _, line := range strings.Fields(string(out)) {
		at, err := strconv.ParseInt(strings.TrimSuffix(line, ","), 10, 64)
		if err != nil {
			t.Fatal(err)
		}
		times = append(times, at)
	}
	return times
}

// Over the seams of the loop (every 8 s) packets follow each other without a gap
// or an overlap, for every segment duration, and begin at the wall clock's time.
func TestLoopHasNoSeam(t *testing.T) {
	ffprobe := tool(t, "ffprobe")
	for _, each := range []time.Duration{time.Second, 2 * time.Second, 5 * time.Second} {
		l, err := New(Config{Segment: each}, 1, moment)
		if err != nil {
			t.Fatal(err)
		}
		for _, r := range l.origin.byID {
			times := decodeTimes(t, ffprobe, r, moment.Unix()/r.each)
			if want := int(20 * r.timescale / r.frame); len(times) < want {
				t.Fatalf("%v %s: %d packets in 20 s, want %d", each, r.id, len(times), want)
			}
			if off := times[0] - moment.Unix()*r.timescale; max(off, -off) > r.frame/2 {
				t.Errorf("%v %s: first packet is %d units off the wall clock", each, r.id, off)
			}
			for i := 1; i < len(times); i++ {
				if step := times[i] - times[i-1]; step != r.frame {
					t.Fatalf("%v %s: packet %d comes %d units after the one before, want %d", each, r.id, i, step, r.frame)
				}
			}
		}
	}
}

// Every picture and every sound of the loop decodes, at any place of it.
func TestLoopDecodes(t *testing.T) {
	ffmpeg := tool(t, "ffmpeg")
	l, err := New(Config{}, 1, moment)
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range l.origin.byID {
		command := exec.CommandContext(t.Context(), ffmpeg, "-v", "warning", "-xerror", "-i", "-", "-f", "null", "-")
		reader, writer := io.Pipe()
		defer reader.Close() // frees the writer if ffmpeg gives up early
		go func() {
			_, err := writer.Write(r.init)
			for n := int64(0); n < 10 && err == nil; n++ {
				s := r.segment(n, true)
				p := part{w: writer, left: s.size}
				s.write(&p)
				err = p.err
			}
			writer.CloseWithError(err)
		}()
		command.Stdin = reader
		if out, err := command.CombinedOutput(); err != nil || len(out) > 0 {
			t.Errorf("%s: %v\n%s", r.id, err, out)
		}
	}
}
