package lab

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"os/exec"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/Eyevinn/mp4ff/mp4"

	"soak/token"
)

const half = 500 * time.Millisecond

func low(chunk time.Duration) Config { return Config{LowLatency: LowLatency{Chunk: chunk}} }

// Each chunk is a moof with its mdat, begins where the one before ended, to the frame,
// and ends where the plan of what is made when says.
func TestChunks(t *testing.T) {
	for _, c := range []struct {
		segment, chunk time.Duration
		why            string
	}{
		{2 * time.Second, half, "twelve or thirteen pictures of 25 a second"},
		{2 * time.Second, 100 * time.Millisecond, "the shortest: two or three"},
		{6 * time.Second, time.Second, "whole groups of pictures"},
	} {
		l := lab(t, Config{Segment: c.segment, Ladder: []int64{200_000, 1_200_000}, LowLatency: LowLatency{Chunk: c.chunk}})
		for _, r := range l.origin.byID {
			next := uint64(0) // where the chunk before ended
			for n := moment.Unix() / r.each; n < moment.Unix()/r.each+9; n++ {
				s := r.segment(n, true)
				var text bytes.Buffer
				s.write(&part{w: &text, left: s.size})
				file, err := mp4.DecodeFile(bytes.NewReader(text.Bytes()))
				if err != nil {
					t.Fatal(err)
				}
				parts := r.made(n, c.chunk, time.Unix(n*r.each, 0).Add(c.chunk))
				fragments := file.Segments[0].Fragments
				if want := int(c.segment / c.chunk); len(fragments) != want || len(parts) != want || int64(text.Len()) != s.size {
					t.Fatalf("%s segment %d: %d chunks in %d bytes, %d of them planned; want %d in %d: %s", r.id, n, len(fragments), text.Len(), len(parts), want, s.size, c.why)
				}
				for i, f := range fragments {
					if at := f.Moof.Traf.Tfdt.BaseMediaDecodeTime(); next != 0 && at != next {
						t.Fatalf("%s segment %d chunk %d begins at %d; want %d", r.id, n, i, at, next)
					}
					samples, err := f.GetFullSamples(nil)
					if err != nil {
						t.Fatal(err)
					}
					next = f.Moof.Traf.Tfdt.BaseMediaDecodeTime() + uint64(len(samples))*uint64(r.frame)
					if end := int64(f.Mdat.StartPos + f.Mdat.Size()); end != parts[i].Bytes {
						t.Errorf("%s segment %d chunk %d ends with byte %d; want %d", r.id, n, i, end, parts[i].Bytes)
					}
					if first := samples[0]; r.width > 0 && i*int(c.chunk)%int(gop) == 0 && !first.IsSync() {
						t.Errorf("%s segment %d chunk %d does not begin with a key frame", r.id, n, i)
					}
					if !bytes.Equal(samples[0].Data, r.data[r.offsets[parts0(r, n, c.chunk, i)]:][:len(samples[0].Data)]) {
						t.Errorf("%s segment %d chunk %d: its first frame is another", r.id, n, i)
					}
				}
			}
		}
	}
}

// parts0 is the frame of the loop with which a chunk begins.
func parts0(r *rendition, n int64, chunk time.Duration, i int) int {
	units := n*r.each%loopSeconds*r.timescale + int64(i)*int64(chunk)*r.timescale/int64(time.Second)
	return int((units + r.frame/2) / r.frame % int64(len(r.samples)))
}

// A segment can be asked for from its first chunk on; what has been made comes at
// once, the rest when it is made.
func TestLowLatencyAvailability(t *testing.T) {
	l := lab(t, low(half))
	begins := moment.Truncate(2 * time.Second)
	n := begins.Unix() / 2
	path := signedFile(l, "v1/"+strconv.FormatInt(n, 10)+".m4s")
	for _, c := range []struct {
		after  time.Duration
		status int
		parts  int // 0: all of it is there
		why    string
	}{
		{half - 1, 404, 0, "not before its first chunk"},
		{half, 200, 4, "one chunk is there, three are to come"},
		{1700 * time.Millisecond, 200, 2, "three come at once, one is to come"},
		{2*time.Second - 1, 200, 2, "until the end"},
		{2 * time.Second, 200, 0, "then it is a segment like any other"},
	} {
		a := l.Edge(Request{Path: path, Viewer: -1}, begins.Add(c.after))
		if a.Status != c.status || len(a.Made) != c.parts {
			t.Errorf("asked %v after it began: %d, parts %v; want %d, %d of them: %s", c.after, a.Status, a.Made, c.status, c.parts, c.why)
		}
		if c.parts > 0 && (a.Made[len(a.Made)-1] != Made{a.Size, begins.Add(2 * time.Second)} || a.Made[0].At.After(begins.Add(c.after))) {
			t.Errorf("asked %v after it began: parts %v of %d bytes; want the first to be there, and the last the end, at %v", c.after, a.Made, a.Size, begins.Add(2*time.Second))
		}
		if body := a.Body(); int64(len(body)) != a.Size {
			t.Errorf("%d bytes of %d", len(body), a.Size)
		}
	}
	a := l.Edge(Request{Path: path, Range: "bytes=0-99", Viewer: -1}, begins.Add(half))
	if a.Status != 200 || len(a.Made) != 4 {
		t.Errorf("a range of what is being made: %d, %v; want all of it", a.Status, a.Made)
	}
	if a := l.Edge(Request{Path: signedFile(l, "master.m3u8"), Viewer: -1}, moment); a.Made != nil {
		t.Errorf("master: %v", a.Made)
	}
}

func signedFile(l *Lab, file string) string { return signed(l, token.Live, "live", file) }

// The MPD says when segments can be asked for, and how far behind to play; a lab
// without low latency says neither.
func TestLowLatencyMPD(t *testing.T) {
	for _, c := range []struct {
		cfg  Config
		want []string
	}{
		{low(half), []string{`availabilityTimeOffset="1.5" availabilityTimeComplete="false"`, `<Latency target="3000"/>`}},
		{Config{LowLatency: LowLatency{Chunk: 200 * time.Millisecond, Target: 1800 * time.Millisecond}}, []string{`availabilityTimeOffset="1.8"`, `<Latency target="1800"/>`}},
		{Config{}, nil},
	} {
		l := lab(t, c.cfg)
		text := string(l.Edge(Request{Path: signedFile(l, "index.mpd"), Viewer: -1}, moment).Body())
		for _, w := range c.want {
			if !strings.Contains(text, w) {
				t.Errorf("%+v: the MPD lacks %s:\n%s", c.cfg.LowLatency, w, text)
			}
		}
		if c.want == nil && (strings.Contains(text, "availabilityTime") || strings.Contains(text, "Latency")) {
			t.Errorf("an MPD of complete segments speaks of latency:\n%s", text)
		}
		vod := string(l.Edge(Request{Path: signed(l, token.VOD, "vod", "index.mpd"), Viewer: -1}, moment).Body())
		if strings.Contains(vod, "availabilityTime") || strings.Contains(vod, "Latency") {
			t.Errorf("a VOD speaks of latency:\n%s", vod)
		}
	}
}

func TestLowLatencyConfig(t *testing.T) {
	for _, c := range []struct {
		cfg  Config
		want string
	}{
		{Config{LowLatency: LowLatency{Chunk: 300 * time.Millisecond}}, "part of the segment"},
		{Config{LowLatency: LowLatency{Chunk: 50 * time.Millisecond}}, "100ms or more"},
		{Config{LowLatency: LowLatency{Chunk: 2 * time.Second}}, "part of the segment"},
		{Config{LowLatency: LowLatency{Target: time.Second}}, "lowLatency.chunk"},
		{Config{LowLatency: LowLatency{Chunk: half, Target: time.Minute}}, "lowLatency.target"},
		{Config{LowLatency: LowLatency{Chunk: half}, Timeline: true}, "timeline"},
		{Config{Ladder: []int64{80_000}, LowLatency: LowLatency{Chunk: 100 * time.Millisecond}}, "a higher bit rate"},
	} {
		if _, err := New(c.cfg, 1, moment); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("New(%+v): %v; want %q", c.cfg, err, c.want)
		}
	}
}

// Over sockets the body has no length, and its parts come when they are made.
func TestLowLatencyOnTheWire(t *testing.T) {
	now := moment.Truncate(2 * time.Second).Add(700 * time.Millisecond)
	var slept []time.Duration
	clock := Clock{
		Now: func() time.Time { return now },
		Sleep: func(_ context.Context, d time.Duration) error {
			slept = append(slept, d)
			now = now.Add(d)
			return nil
		},
	}
	l, err := New(low(half), 1, now)
	if err != nil {
		t.Fatal(err)
	}
	served := func(path string) (*http.Response, []byte) {
		slept = nil
		_, s := listen(t, low(half), clock)
		resp, err := http.Get(s.Hosts.Plain + path)
		if err != nil {
			t.Fatal(err)
		}
		defer resp.Body.Close()
		body, err := io.ReadAll(resp.Body)
		if err != nil {
			t.Fatal(err)
		}
		return resp, body
	}
	n := now.Unix() / 2
	resp, body := served(signedFile(l, "v1/"+strconv.FormatInt(n, 10)+".m4s"))
	if resp.ContentLength != -1 || len(resp.TransferEncoding) != 1 || resp.TransferEncoding[0] != "chunked" {
		t.Errorf("length %d, %v; want none, and chunked", resp.ContentLength, resp.TransferEncoding)
	}
	if len(slept) != 3 || slept[0] != 300*time.Millisecond || slept[1] != half || slept[2] != half {
		t.Errorf("waited %v; want until the second chunk is made, and half a second each for two more", slept)
	}
	if want := l.Edge(Request{Path: signedFile(l, "v1/"+strconv.FormatInt(n, 10)+".m4s"), Viewer: -1}, now).Body(); !bytes.Equal(body, want) {
		t.Errorf("%d bytes that are not the %d of the segment", len(body), len(want))
	}
	resp, _ = served(signedFile(l, "v1/"+strconv.FormatInt(n, 10)+".m4s")) // it is complete by now
	if resp.ContentLength <= 0 || len(slept) != 0 {
		t.Errorf("complete: length %d, waited %v; want a length, and no wait", resp.ContentLength, slept)
	}
}

// ffmpeg and ffprobe read the chunks as one stream, over every seam.
func TestFFmpegReadsChunks(t *testing.T) {
	ffprobe, ffmpeg := tool(t, "ffprobe"), tool(t, "ffmpeg")
	l := lab(t, low(half))
	for _, r := range []*rendition{l.origin.video[0], l.origin.audio} {
		times := decodeTimes(t, ffprobe, r, moment.Unix()/r.each)
		for i := 1; i < len(times); i++ {
			if step := times[i] - times[i-1]; step != r.frame {
				t.Fatalf("%s: packet %d comes %d units after the one before, want %d", r.id, i, step, r.frame)
			}
		}
		var stream bytes.Buffer
		stream.Write(r.init)
		for n := int64(100); n < 106; n++ {
			s := r.segment(n, true)
			s.write(&part{w: &stream, left: s.size})
		}
		command := exec.CommandContext(t.Context(), ffmpeg, "-v", "warning", "-xerror", "-i", "-", "-f", "null", "-")
		command.Stdin = &stream
		if out, err := command.CombinedOutput(); err != nil || len(out) > 0 {
			t.Errorf("%s: %v\n%s", r.id, err, out)
		}
	}
}
