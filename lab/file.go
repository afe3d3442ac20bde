package lab

import (
	"strings"

	"soak/qoe"
	"soak/token"
)

// file is what a request asks for, whether or not it exists at the moment.
type file struct {
	token.Location            // not of the clock that is for anyone
	kind           qoe.Kind   // what a player would call it
	mpd            bool       // of a manifest: DASH
	rendition      *rendition // of playlists, initialization segments and segments
	number         int64      // of segments and keys
	clear          bool       // a segment as DASH lists it where HLS has it encrypted
	known          bool       // false: there can be no such file
}

func (f *file) live() bool { return f.Kind == token.Live }

// media is what the file holds; manifests and keys serve all of it.
func (f *file) media() qoe.Media {
	switch {
	case f.rendition == nil:
		return qoe.NoMedia
	case f.rendition.subtitle != nil:
		return qoe.Text
	case f.rendition.channels > 0:
		return qoe.Audio
	}
	return qoe.Video
}

// find reads what stands behind a token.
func (o *origin) find(loc token.Location) file {
	f := file{Location: loc, known: true}
	switch loc.Rest {
	case "master.m3u8":
		return f
	case "index.mpd":
		f.mpd = true
		return f
	case clockFile:
		f.kind, f.known = qoe.Timing, o.cfg.UTCTiming == protected
		return f
	}
	folder, name, _ := strings.Cut(loc.Rest, "/")
	if folder == keyFolder && o.keys != nil {
		f.kind = qoe.Key
		f.number, f.known = keyNumber(name)
		return f
	}
	f.rendition = o.byID[folder]
	switch {
	case f.rendition == nil:
		f.known = false
	case name == "index.m3u8":
		f.kind = qoe.Playlist
	case f.rendition.subtitle != nil:
		f.kind = qoe.Segment
		f.number, f.known = segmentNumber(name, cueFile)
	case name == "init.mp4":
		f.kind = qoe.Init
	default:
		f.kind = qoe.Segment
		if o.keys != nil {
			name, f.clear = strings.CutPrefix(name, clearMark)
		}
		f.number, f.known = segmentNumber(name, mediaFile)
	}
	return f
}

// How the names of segments end.
const (
	mediaFile = ".m4s"
	cueFile   = ".vtt"
)

// segmentNumber reads "123.m4s".
func segmentNumber(name, ending string) (int64, bool) {
	digits, ok := strings.CutSuffix(name, ending)
	if !ok {
		return 0, false
	}
	return canonical(digits)
}

// canonical reads digits without leading zeros, so that one file has one URL.
func canonical(digits string) (int64, bool) {
	if digits == "" || len(digits) > 12 || digits[0] == '0' && len(digits) > 1 {
		return 0, false
	}
	var n int64
	for _, c := range []byte(digits) {
		if c < '0' || c > '9' {
			return 0, false
		}
		n = 10*n + int64(c-'0')
	}
	return n, true
}
