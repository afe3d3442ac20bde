package lab

import (
	"bytes"
	"fmt"
	"os/exec"
	"strings"
	"testing"
	"time"

	"soak/qoe"
	"soak/token"
)

func subtitles() []Subtitle {
	return []Subtitle{{Language: "en", Name: "English", Default: true}, {Language: "pt-BR", Autoselect: true}, {Language: "de", Name: "Deutsch (erzwungen)", Forced: true}}
}

// A segment of subtitles is tied to the media by a clock of 33 bits, and tells every
// second of its own.
func TestCues(t *testing.T) {
	l := lab(t, Config{Subtitles: subtitles(), Length: 15 * time.Second, Segment: 4 * time.Second})
	for _, row := range []struct {
		kind token.Kind
		file string
		want string
		why  string
	}{
		{token.VOD, "s1/0.vtt", "WEBVTT\nX-TIMESTAMP-MAP=MPEGTS:0,LOCAL:00:00:00.000\n\n00:00:00.000 --> 00:00:01.000\nen 00:00:00\n" +
			"\n00:00:01.000 --> 00:00:02.000\nen 00:00:01\n\n00:00:02.000 --> 00:00:03.000\nen 00:00:02\n\n00:00:03.000 --> 00:00:04.000\nen 00:00:03\n", "from the beginning"},
		{token.VOD, "s2/3.vtt", "WEBVTT\nX-TIMESTAMP-MAP=MPEGTS:1080000,LOCAL:00:00:00.000\n\n00:00:00.000 --> 00:00:01.000\npt-BR 00:00:12\n" +
			"\n00:00:01.000 --> 00:00:02.000\npt-BR 00:00:13\n\n00:00:02.000 --> 00:00:03.000\npt-BR 00:00:14\n", "the last is shorter"},
		{token.Live, fmt.Sprintf("s1/%d.vtt", moment.Unix()/4-1), fmt.Sprintf("WEBVTT\nX-TIMESTAMP-MAP=MPEGTS:%d,LOCAL:00:00:00.000\n", (moment.Unix()/4-1)*4*90_000%(1<<33)), "live wraps"},
	} {
		a := l.Edge(Request{Path: signed(l, row.kind, row.kind.String(), row.file)}, moment)
		if got := string(a.Body()); a.Status != 200 || a.ContentType != vttType || !strings.HasPrefix(got, row.want) || row.kind == token.VOD && got != row.want {
			t.Errorf("%s (%s): %d %s\n%s\nwant\n%s", row.file, row.why, a.Status, a.ContentType, got, row.want)
		}
	}
}

// What is behind a token is behind it for subtitles too; what is not there is not.
func TestSubtitlesAreFiles(t *testing.T) {
	l := lab(t, Config{Subtitles: subtitles(), Faults: []EdgeFault{{Media: qoe.Text, Rendition: "s2", Kinds: []qoe.Kind{qoe.Segment}, Status: 503}}})
	for _, row := range []struct {
		file   string
		status int
		why    string
	}{
		{"s1/index.m3u8", 200, "the playlist"},
		{"s3/5.vtt", 200, "a segment"},
		{"s2/5.vtt", 503, "a fault may be theirs alone"},
		{"s4/index.m3u8", 404, "there are three"},
		{"s1/init.mp4", 404, "WebVTT has no initialization segment"},
		{"s1/5.m4s", 404, "nor is it MP4"},
		{"s1/300.vtt", 404, "after the end"},
		{"v1/5.vtt", 404, "video is not WebVTT"},
	} {
		if a := l.Edge(Request{Path: signed(l, token.VOD, "vod", row.file)}, moment); a.Status != row.status {
			t.Errorf("%s (%s): %d %s, want %d", row.file, row.why, a.Status, a.Reason, row.status)
		}
	}
	late := l.Edge(Request{Path: signed(l, token.VOD, "vod", "s1/5.vtt")}, moment.Add(time.Hour*24))
	if late.Status != 410 {
		t.Errorf("with a token that has expired: %d, want 410", late.Status)
	}
}

// Low latency is the media's alone: subtitles come when they are complete.
func TestSubtitlesBesideLowLatency(t *testing.T) {
	cfg := low(half)
	cfg.Subtitles = subtitles()
	l := lab(t, cfg)
	n := moment.Unix() / 2
	for _, row := range []struct {
		file   string
		status int
	}{{fmt.Sprintf("s1/%d.vtt", n-1), 200}, {fmt.Sprintf("s1/%d.vtt", n), 404}, {fmt.Sprintf("v1/%d.m4s", n), 200}} {
		if a := l.Edge(Request{Path: signedFile(l, row.file)}, moment.Truncate(2*time.Second).Add(1900*time.Millisecond)); a.Status != row.status {
			t.Errorf("%s: %d %s, want %d", row.file, a.Status, a.Reason, row.status)
		}
	}
}

func TestValidateSubtitles(t *testing.T) {
	for _, row := range []struct {
		cfg  Config
		want string
	}{
		{Config{Subtitles: subtitles()}, ""},
		{Config{Subtitles: []Subtitle{{}}}, `subtitles[0].language "": use a language tag, as in en or pt-BR`},
		{Config{Subtitles: []Subtitle{{Language: "en", Name: `a"b`}}}, `subtitles[0].name "a\"b": use up to 64 characters, no quotes or backslashes`},
		{Config{Subtitles: []Subtitle{{Language: "en"}, {Language: "de", Name: "en"}}}, `subtitles[1].name "en": taken by another; a group's names differ (RFC 8216 section 4.3.4.1.1)`},
		{Config{Subtitles: []Subtitle{{Language: "en", Default: true}, {Language: "de", Default: true}}}, "subtitles: 2 are the default, keep one (RFC 8216 section 4.3.4.1.1)"},
		{Config{Padding: "zeros"}, `padding "zeros": use frames, or leave it out`},
		{Config{Padding: inFrames, LowLatency: LowLatency{Chunk: half}}, "lowLatency: chunks have their padding behind their frames; leave padding out"},
		{Config{Padding: inFrames, AudioBitrate: 4_000_000}, "audioBitrate 4000000 bit/s: with padding in frames use up to 3000000 (a frame of AAC holds 8 kB at most)"},
	} {
		got := ""
		if err := row.cfg.Validate(); err != nil {
			got = err.Error()
		}
		if got != row.want {
			t.Errorf("%+v: %q, want %q", row.cfg.Subtitles, got, row.want)
		}
	}
}

// ffmpeg reads every cue at its time.
func TestFFmpegReadsSubtitles(t *testing.T) {
	ffmpeg := tool(t, "ffmpeg")
	l := lab(t, Config{Subtitles: subtitles(), Segment: 60 * time.Second})
	command := exec.CommandContext(t.Context(), ffmpeg, "-nostdin", "-v", "warning", "-f", "webvtt", "-i", "-", "-f", "srt", "-")
	command.Stdin = bytes.NewReader(l.Edge(Request{Path: signed(l, token.VOD, "vod", "s2/1.vtt")}, moment).Body())
	var errs strings.Builder
	command.Stderr = &errs
	out, err := command.Output()
	if err != nil || errs.Len() > 0 {
		t.Fatalf("ffmpeg: %v\n%s", err, errs.String())
	}
	if n := strings.Count(string(out), "pt-BR 00:01:"); n != 60 || !strings.Contains(string(out), "00:00:59,000 --> 00:01:00,000\npt-BR 00:01:59") {
		t.Errorf("%d of 60 cues:\n%s", n, out)
	}
}

func TestDisplayable(t *testing.T) {
	for _, c := range []struct {
		name string
		want bool
		why  string
	}{
		{"Deutsch (CC)", true, "letters, spaces, brackets"},
		{"日本語", true, "any script"},
		{"", false, "nothing to read"},
		{strings.Repeat("ü", 64), true, "64 characters, 128 bytes"},
		{strings.Repeat("ü", 65), false, "one too many"},
		{`a"b`, false, "ends the attribute"},
		{`a\b`, false, "may escape in some readers"},
		{"a\tb", false, "a control"},
		{"a\u200eb", false, "a mark of direction, which is not seen"},
		{"a\ue000b", false, "for private use"},
	} {
		if got := displayable(c.name); got != c.want {
			t.Errorf("displayable(%q) = %v; want %v: %s", c.name, got, c.want, c.why)
		}
	}
}
