package fidelity

import "regexp"

// fileForm tells, for the files of the lab and of ffmpeg's DASH muxer, what kind
// of request one is. The first that fits counts.
type fileForm struct {
	form *regexp.Regexp
	kind string
}

func fileForms() []fileForm {
	return []fileForm{
		{regexp.MustCompile(`(^|/)(master\.m3u8|[^/]+\.mpd)$`), "manifest"},
		{regexp.MustCompile(`\.m3u8$`), "playlist"},
		{regexp.MustCompile(`(^|/)init[^/]*\.(mp4|m4s)$`), "init"},
		{regexp.MustCompile(`(^|/)time$`), "timing"},
		{regexp.MustCompile(`\.key$`), "key"},
	}
}

// kindOf is the kind of a request for the object behind a token, and the media it
// is for.
func kindOf(object string) (kind, media string) {
	for _, f := range fileForms() {
		if f.form.MatchString(object) {
			kind = f.kind
			break
		}
	}
	switch kind {
	case "":
		kind = "segment"
	case "manifest", "timing", "key": // a key serves video and audio
		return kind, ""
	}
	if sound.MatchString(object) {
		return kind, "audio"
	}
	return kind, "video"
}

// sound is the lab's audio rendition, or the third stream of ffmpeg, which the
// end-to-end tests have it write after two of video.
var sound = regexp.MustCompile(`^a[0-9]*/|stream2[-.]|^media_2\.`)
