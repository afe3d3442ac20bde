package fidelity

import "testing"

func TestKindOf(t *testing.T) {
	for _, c := range []struct{ why, object, kind, media string }{
		{"the lab's multivariant playlist", "master.m3u8", "manifest", ""},
		{"an MPD", "index.mpd", "manifest", ""},
		{"a level of the lab", "v2/index.m3u8", "playlist", "video"},
		{"the lab's audio", "a1/index.m3u8", "playlist", "audio"},
		{"ffmpeg's playlists are numbered by stream, audio last", "media_1.m3u8", "playlist", "video"},
		{"ffmpeg's audio playlist", "media_2.m3u8", "playlist", "audio"},
		{"an init segment of the lab", "v3/init.mp4", "init", "video"},
		{"ffmpeg's", "init-stream2.m4s", "init", "audio"},
		{"a segment of the lab", "v1/897836748.m4s", "segment", "video"},
		{"audio of the lab", "a1/897836748.m4s", "segment", "audio"},
		{"ffmpeg's segments", "chunk-stream0-00012.m4s", "segment", "video"},
		{"ffmpeg's audio segments", "chunk-stream2-00012.m4s", "segment", "audio"},
		{"a key of the lab, for video and audio", "keys/7.key", "key", ""},
		{"the lab's clock", "time", "timing", ""},
	} {
		if kind, media := kindOf(c.object); kind != c.kind || media != c.media {
			t.Errorf("%s: kindOf(%q) = %q, %q; want %q, %q", c.why, c.object, kind, media, c.kind, c.media)
		}
	}
}
