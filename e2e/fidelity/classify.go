package fidelity

import (
	"regexp"
	"strings"
)

// The files of the lab and of ffmpeg's DASH muxer. Sound is the lab's audio
// rendition, or ffmpeg's third stream, after two of video; subtitles are the lab's.
var (
	manifestFile = regexp.MustCompile(`(^|/)(master\.m3u8|[^/]+\.mpd)$`)
	initFile     = regexp.MustCompile(`(^|/)init[^/]*\.(mp4|m4s)$`)
	subtitles    = regexp.MustCompile(`^s[0-9]+/`)
	sound        = regexp.MustCompile(`^a[0-9]*/|stream2[-.]|^media_2\.`)
)

// kindOf is the kind of a request for the object behind a token, and the media it
// is for. A key serves video and audio.
func kindOf(object string) (kind, media string) {
	switch {
	case manifestFile.MatchString(object):
		return "manifest", ""
	case object == "time":
		return "timing", ""
	case strings.HasSuffix(object, ".key"):
		return "key", ""
	case strings.HasSuffix(object, ".m3u8"):
		kind = "playlist"
	case initFile.MatchString(object):
		kind = "init"
	default:
		kind = "segment"
	}
	if subtitles.MatchString(object) {
		return kind, "text"
	}
	if sound.MatchString(object) {
		return kind, "audio"
	}
	return kind, "video"
}
